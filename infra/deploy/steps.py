"""What a deployment does, step by step. Each brings one thing to what it should be and changes
nothing where it already is, so a run that was interrupted anywhere is simply run again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.admin import access
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site, may_meet
from infra.deploy import bundle, chalice_project, gateway, publish
from infra.deploy.render import write_edge
from infra.deploy.smoke import smoke
from infra.deploy.stacks import Stack, StackFailed, declared
from infra.deploy.stage import EDGE, TEMPLATE, WEB_ACL, Deployment, Unusable, now_ms, say


def check_tools(deployment: Deployment) -> None:
    """This Python can package, the SDK and dashboard are built, the credentials work."""
    say(f"packaging for {bundle.runtime()} on {deployment.project.architecture}")
    say(f"{len(publish.files(deployment.root))} files to publish")
    account = deployment.session.client("sts").get_caller_identity()["Account"]
    say(f"account {account}, region {deployment.session.region_name}")


def apply_template(deployment: Deployment) -> None:
    """Tables, buckets, logs and roles."""
    given = _declared(TEMPLATE, deployment.parameters)
    stack = Stack(deployment.lasting, TEMPLATE, {**given, "Stage": deployment.stage})
    deployment.stacks.apply(stack)


def configure(deployment: Deployment) -> None:
    """The stage's section of .chalice/config.json, and with it the secret's hash."""
    digest = deployment.stacks.outputs(deployment.edge).get("EdgeSecretSha256", "")
    if not digest:
        # The secret itself is kept by the edge alone; until that stands, each run makes a new one.
        deployment.secret = secrets.token_urlsafe(32)
        digest = hashlib.sha256(deployment.secret.encode()).hexdigest()
    changed = deployment.project.configure(deployment.outputs(), digest)
    say("written" if changed else "nothing to change")


def package(deployment: Deployment) -> None:
    """The zip, checked before anything is uploaded."""
    facts = deployment.project.package(deployment.root / "build" / "chalice" / deployment.stage)
    say(f"{facts.zipped / 1e6:.1f} MB, {facts.unzipped / 1e6:.0f} MB unzipped, native modules:")
    say(", ".join(facts.native))


def deploy_functions(deployment: Deployment) -> None:
    """Functions, API and schedule, through Chalice."""
    deployment.project.remember(chalice_project.existing(deployment.session, deployment.stage))
    deployment.project.deploy()


def tune_gateway(deployment: Deployment) -> None:
    """Throttling by method, and the gateway's own answers."""
    client = deployment.session.client("apigateway")
    api = chalice_project.rest_api_id(deployment.session, deployment.stage)
    stage = deployment.project.config["api_gateway_stage"]
    wanted = gateway.properties(deployment.root / "infra" / "api.json")
    gateway.put_answers(client, api, stage, wanted)
    changed = gateway.throttle(client, api, stage, wanted)
    say(f"{changed} limits set" if changed else "limits are as they should be")


def apply_web_acl(deployment: Deployment) -> None:
    """The web ACL: made for `WebAcl=create`, looked after from then on, until a `WebAclArn` is
    given. Raises Unusable for other wishes."""
    wish = deployment.parameters.get("WebAcl", "")
    if wish not in ("", "create"):
        raise Unusable("WebAcl is create; `--set WebAclArn=` does without one again")
    if "WebAclArn" in deployment.parameters:
        if wish:
            raise Unusable("give WebAcl or WebAclArn, not both")
        say("a web ACL of one's own, or none")
        return
    in_use = deployment.stacks.outputs(deployment.edge).get("WebAclArn", "")
    if not wish and f"/{deployment.lasting}-{deployment.session.region_name}/" not in in_use:
        say("none of ours; `--set WebAcl=create` makes one")
        return
    own = {"Stage": deployment.stage, "HomeRegion": deployment.session.region_name}
    given = _declared(WEB_ACL, deployment.parameters)
    made = deployment.web_acls.apply(Stack(deployment.web_acl, WEB_ACL, {**given, **own}))
    deployment.web_acl_arn = made["WebAclArn"]


def apply_edge(deployment: Deployment) -> None:
    """CloudFront, bucket policies, alarms and budget."""
    outputs = deployment.outputs()
    own = {
        "Stage": deployment.stage,
        "ApiId": chalice_project.rest_api_id(deployment.session, deployment.stage),
        "ApiStage": deployment.project.config["api_gateway_stage"],
        "SiteBucketName": outputs["SiteBucketName"],
        "DataBucketName": outputs["DataBucketName"],
    }
    if deployment.secret:
        digest = hashlib.sha256(deployment.secret.encode()).hexdigest()
        own |= {"EdgeSecret": deployment.secret, "EdgeSecretSha256": digest}
        say("a new distribution takes about five minutes")
    give_edge(deployment, own)


def give_edge(deployment: Deployment, own: Mapping[str, str]) -> None:
    """Bring the edge to what was given now and found out by `own` and earlier steps."""
    if deployment.web_acl_arn:
        own = {**own, "WebAclArn": deployment.web_acl_arn}
    given = _declared(EDGE, deployment.parameters)
    deployment.stacks.apply(Stack(deployment.edge, write_edge(deployment.root), {**given, **own}))
    if "WebAclArn" in deployment.parameters:  # only now nothing hangs on the one we made
        deployment.web_acls.remove(deployment.web_acl)


def publish_site(deployment: Deployment) -> None:
    """SDK and dashboard to the site bucket; what changed under the same name leaves the edge."""
    client = deployment.session.client("s3")
    changed = publish.publish(client, deployment.outputs()["SiteBucketName"], deployment.root)
    say(f"{len(changed)} files uploaded" if changed else "nothing to upload")
    stale = [f"/{key}" for key in changed if not publish.HASHED.search(key)]
    if stale:
        _refresh(deployment, stale)


def first_token(deployment: Deployment) -> None:
    """An admin token, where the stage has none; it is shown once and never stored."""
    table = deployment.outputs()["RegistryTableName"]
    found = deployment.session.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="pk = :token",
        ExpressionAttributeValues={":token": {"S": "token"}},
        Limit=1,
    )
    if found["Count"]:
        say("there are tokens already; `token` makes another")
    else:
        new_token(deployment, Principal("admin", ("*",), "first"))


def first_site(deployment: Deployment) -> None:
    """The site named on the command line, where no site has its hostname."""
    if not deployment.hostnames:
        say("none asked for; `--site example.com` makes one")
        return
    sites = deployment.sites()
    for taken in (name for site in sites.all() for name in site.hostnames):
        if any(may_meet(name, taken) for name in deployment.hostnames):
            say(f"{taken} belongs to a site already")
            return
    name = deployment.hostnames[0]
    site = Site(id=name.replace(".", "-"), name=name, hostnames=deployment.hostnames)
    if deployment.documents().get("deleted", site.id):
        raise Unusable(f"the data of a deleted site {site.id} is still there; try again tomorrow")
    deployment.manifests().begin(site.id, now_ms())
    if not sites.add(site):
        raise Unusable(f"there is a site {site.id} already: `change-site` gives it hostnames")
    say(f"site {site.id} for {', '.join(site.hostnames)}")


def smoke_test(deployment: Deployment) -> None:
    """The stage answers from outside as it should. Raises Unusable where it does not."""
    findings = smoke(deployment.address(), deployment.root)
    for finding in findings:
        say(
            f"NOT  {finding.claim}: {finding.trouble}"
            if finding.trouble
            else f"ok   {finding.claim}"
        )
    failed = sum(bool(finding.trouble) for finding in findings)
    if failed:
        raise Unusable(f"{failed} of {len(findings)} claims do not hold at {deployment.address()}")


def new_token(deployment: Deployment, principal: Principal) -> str:
    """Make a token, store its hash, show it."""
    token = secrets.token_urlsafe(32)
    deployment.tokens().add(access.token_hash(token), principal)
    say(f"{principal.role} token (shown only now): {token}")
    return token


Step = tuple[str, Callable[[Deployment], None]]

STEPS: tuple[Step, ...] = (
    ("tools and credentials", check_tools),
    ("tables, buckets, roles", apply_template),
    ("configuration", configure),
    ("package", package),
    ("functions and API", deploy_functions),
    ("throttling and errors of the API", tune_gateway),
    ("web ACL", apply_web_acl),
    ("edge, alarms, budget", apply_edge),
    ("dashboard and tracker", publish_site),
    ("admin token", first_token),
    ("first site", first_site),
    ("smoke test", smoke_test),
)


def run(deployment: Deployment, steps: Sequence[Step] = STEPS) -> None:
    """All steps in order. The first failure ends the run; its step says so with the way on."""
    for number, (name, step) in enumerate(steps, 1):
        try:
            print(f"[{number}/{len(steps)}] {name}", flush=True)
            step(deployment)
        except (*FAILURES, KeyboardInterrupt) as failure:
            left = ", ".join(title for title, _ in steps[number - 1 :])
            reason = failure.__cause__ if isinstance(failure, Refusal) else failure
            raise Unusable(
                f"{name}: {str(reason) or 'interrupted'}\nStill to do: {left}.\n"
                "Put the cause right and run the same command again; what is done stays done."
            ) from failure


FAILURES = (
    Unusable,
    Refusal,
    StackFailed,
    bundle.BadBundle,
    chalice_project.ChaliceFailed,
    publish.NotBuilt,
    BotoCoreError,
    ClientError,
)


def _declared(template: Path, parameters: Mapping[str, str]) -> dict[str, str]:
    known = declared(template)
    return {name: value for name, value in parameters.items() if name in known}


def _refresh(deployment: Deployment, paths: list[str]) -> None:
    """Have CloudFront ask the bucket again for these paths; nothing to do without an edge."""
    distribution = deployment.stacks.outputs(deployment.edge).get("DistributionId", "")
    if distribution:
        deployment.session.client("cloudfront").create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": paths},
                "CallerReference": secrets.token_hex(8),
            },
        )
