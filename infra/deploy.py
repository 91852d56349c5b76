"""Deploy, look after and remove a stage: `python -m infra.deploy deploy --stage prod`.

A deployment is a list of steps. Each brings one thing to what it should be and changes nothing
where it already is, so a run that was interrupted anywhere is simply run again.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import access
from chalicelib.model import Principal, Site
from chalicelib.store.registry import Sites
from chalicelib.store.sealed import Sealed
from chalicelib.store.tokens import Tokens
from infra import bundle, functions, gateway, publish, removal
from infra.smoke import smoke
from infra.stacks import Stack, StackFailed, Stacks, declared

ROOT = Path(__file__).parent.parent
STAGE = re.compile(r"[a-z][a-z0-9-]{0,15}")
HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
TEMPLATE = ROOT / "infra" / "template.yaml"
EDGE = ROOT / "infra" / "edge.yaml"


class Unusable(Exception):
    """What was asked for cannot be done; the message says what to do instead."""


@dataclass
class Deployment:
    """One stage in one account and region, and what this run learned about it."""

    session: Any
    stage: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Template parameters given now; all others keep their last value."""
    url: str = ""
    """Where the stage is reached; the edge's own address if empty."""
    hostnames: tuple[str, ...] = ()
    """Of the first site, made where no site has the first of them yet."""
    poll_seconds: float = 2.0
    root: Path = ROOT
    secret: str = ""

    def __post_init__(self) -> None:
        self.project = functions.Project(self.root, self.stage, say)
        self.stacks = Stacks(self.session.client("cloudformation"), say, self.poll_seconds)

    @property
    def lasting(self) -> str:
        """The name of the stack of template.yaml."""
        return f"footfall-{self.stage}"

    @property
    def edge(self) -> str:
        """The name of the stack of edge.yaml."""
        return f"footfall-{self.stage}-edge"

    def outputs(self) -> dict[str, str]:
        """The lasting stack's outputs. Raises Unusable where the stage is not deployed."""
        found = self.stacks.outputs(self.lasting)
        if not found:
            raise Unusable(f"there is no stage {self.stage!r} in {self.session.region_name}")
        return found

    def address(self) -> str:
        """The stage's URL without a slash at its end."""
        return (self.url or self.stacks.outputs(self.edge).get("Url", "")).rstrip("/")

    def tokens(self) -> Tokens:
        """The stage's tokens."""
        return Tokens(self.session.client("dynamodb"), self.outputs()["RegistryTableName"], now_ms)

    def sites(self) -> Sites:
        """The stage's sites."""
        return Sites(self.session.client("dynamodb"), self.outputs()["RegistryTableName"], now_ms)

    def sealed(self) -> Sealed:
        """The stage's manifests; no segment is read through it."""
        outputs = self.outputs()
        return Sealed(
            self.session.client("dynamodb"),
            self.session.client("s3"),
            registry_table=outputs["RegistryTableName"],
            bucket=outputs["DataBucketName"],
            folder=self.root / "build",
            cache_bytes=0,
            count_rows=lambda _path: 0,
        )


def now_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def say(line: str) -> None:
    """One line of progress, seen at once also where output is piped."""
    print(f"      {line}", flush=True)


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
    deployment.project.remember(functions.existing(deployment.session, deployment.stage))
    deployment.project.deploy()


def tune_gateway(deployment: Deployment) -> None:
    """Throttling by method, and the gateway's own answers."""
    client = deployment.session.client("apigateway")
    api = functions.rest_api_id(deployment.session, deployment.stage)
    stage = deployment.project.config["api_gateway_stage"]
    wanted = gateway.properties(deployment.root / "infra" / "api.json")
    gateway.put_answers(client, api, stage, wanted)
    changed = gateway.throttle(client, api, stage, wanted)
    say(f"{changed} limits set" if changed else "limits are as they should be")


def apply_edge(deployment: Deployment) -> None:
    """CloudFront, bucket policies, alarms and budget."""
    outputs = deployment.outputs()
    own = {
        "Stage": deployment.stage,
        "ApiId": functions.rest_api_id(deployment.session, deployment.stage),
        "ApiStage": deployment.project.config["api_gateway_stage"],
        "SiteBucketName": outputs["SiteBucketName"],
        "DataBucketName": outputs["DataBucketName"],
    }
    if deployment.secret:
        digest = hashlib.sha256(deployment.secret.encode()).hexdigest()
        own |= {"EdgeSecret": deployment.secret, "EdgeSecretSha256": digest}
        say("a new distribution takes about five minutes")
    given = _declared(EDGE, deployment.parameters)
    deployment.stacks.apply(Stack(deployment.edge, EDGE, {**given, **own}))


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
    if sites.of_host(deployment.hostnames[0]):
        say(f"{deployment.hostnames[0]} belongs to a site already")
        return
    name = deployment.hostnames[0]
    site = Site(id=name.replace(".", "-"), name=name, hostnames=deployment.hostnames)
    deployment.sealed().begin(site.id, now_ms())
    sites.save(site)
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
    ("edge, alarms, budget", apply_edge),
    ("dashboard and tracker", publish_site),
    ("admin token", first_token),
    ("first site", first_site),
    ("smoke test", smoke_test),
)


def run(deployment: Deployment, steps: Sequence[Step] = STEPS) -> None:
    """All steps in order. The first failure ends the run; its step says so with the way on."""
    for number, (name, step) in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {name}", flush=True)
        try:
            step(deployment)
        except (*FAILURES, KeyboardInterrupt) as failure:
            left = ", ".join(title for title, _ in steps[number - 1 :])
            raise Unusable(
                f"{name}: {str(failure) or 'interrupted'}\nStill to do: {left}.\n"
                "Put the cause right and run the same command again; what is done stays done."
            ) from failure


FAILURES = (
    Unusable,
    StackFailed,
    bundle.BadBundle,
    functions.ChaliceFailed,
    publish.NotBuilt,
    BotoCoreError,
    ClientError,
)


def snippet(deployment: Deployment) -> str:
    """What a site's pages carry, and the same pinned to this very version."""
    url = deployment.address()
    tracker = {file.key: file for file in publish.files(deployment.root)}[publish.TRACKER]
    pinned = publish.pinned_tracker(tracker)
    return (
        f'<script defer src="{url}/{tracker.key}"></script>\n'
        "or, fixed to this version:\n"
        f'<script defer src="{url}/{pinned.key}" integrity="{pinned.integrity}" '
        'crossorigin="anonymous"></script>'
    )


def status(deployment: Deployment) -> Iterator[str]:
    """What the account holds of the stage, a line each."""
    for name in (deployment.lasting, deployment.edge):
        yield f"stack {name}: {deployment.stacks.status(name) or 'absent'}"
    for record in functions.existing(deployment.session, deployment.stage):
        yield f"{record['resource_type']} {record['name']}"
    yield f"address {deployment.address() or 'none yet'}"
    alarms = deployment.session.client("cloudwatch").describe_alarms(
        AlarmNamePrefix=f"footfall-{deployment.stage}-"
    )
    for alarm in alarms["MetricAlarms"]:
        yield f"alarm {alarm['AlarmName']}: {alarm['StateValue']}"


def destroy(deployment: Deployment) -> None:
    """Remove the stage in the opposite order; protected data stays and is named."""
    outputs = deployment.stacks.outputs(deployment.lasting)
    if outputs:  # Chalice deletes only what it is configured for, and this may be a fresh checkout
        deployment.project.configure(outputs, "")
    kept = removal.remove_stage(
        deployment.session, deployment.stacks, deployment.project, deployment.edge
    )
    print("removed" + (f"; kept, because protected: {', '.join(kept)}" if kept else ", all of it"))


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


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    known = {**declared(TEMPLATE), **declared(EDGE)}
    if not equals or name not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(known)}=VALUE")
    return name, value


def _stage(text: str) -> str:
    if not STAGE.fullmatch(text):
        raise argparse.ArgumentTypeError("1-16 of a-z, 0-9 and -, beginning with a letter")
    return text


def _hostnames(text: str) -> tuple[str, ...]:
    names = tuple(text.lower().split(","))
    if not all(HOSTNAME.fullmatch(name) for name in names):
        raise argparse.ArgumentTypeError("hostnames joined by commas, without scheme and path")
    return names


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, about in (
        ("deploy", "bring the whole stage to what this checkout says"),
        ("publish", "SDK and dashboard only"),
        ("status", "what the account holds of the stage"),
        ("smoke", "ask the stage from outside whether it works"),
        ("token", "make a further token"),
        ("destroy", "remove the stage"),
    ):
        made = commands.add_parser(command, help=about)
        made.add_argument("--stage", type=_stage, required=True)
        made.add_argument(
            "--url", default="", help="where the stage is reached, if not at the edge"
        )
        if command == "deploy":
            made.add_argument(
                "--set", type=_parameter, action="append", default=[], metavar="NAME=VALUE"
            )
            made.add_argument(
                "--site", type=_hostnames, default=(), metavar="HOST[,HOST]", help="the first site"
            )
        if command == "token":
            made.add_argument("--role", choices=("admin", "viewer"), default="viewer")
            made.add_argument("--sites", default="*", help="site ids joined by commas; * is all")
            made.add_argument("--name", default="")
        if command == "destroy":
            made.add_argument("--confirm", required=True, metavar="STAGE", help="the name again")
    return parser


def perform(given: argparse.Namespace, deployment: Deployment) -> None:
    """Do what the command line asks for."""
    if given.command == "deploy":
        run(deployment)
        print(f"\n{deployment.address()} is ready. Paste into the pages of a site:")
        print(snippet(deployment))
    elif given.command == "publish":
        publish_site(deployment)
        print(snippet(deployment))
    elif given.command == "status":
        print("\n".join(status(deployment)))
    elif given.command == "smoke":
        smoke_test(deployment)
    elif given.command == "token":
        new_token(deployment, Principal(given.role, tuple(given.sites.split(",")), given.name))
    elif given.confirm != given.stage:
        raise Unusable("--confirm must repeat the stage's name")
    else:
        destroy(deployment)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line; failures end with their sentence and status 1."""
    given = _arguments().parse_args(arguments)
    session = boto3.Session()
    if session.region_name is None:
        sys.exit("name the region: export AWS_DEFAULT_REGION=eu-central-1 (or another)")
    deployment = Deployment(
        session,
        given.stage,
        parameters=dict(getattr(given, "set", [])),
        url=given.url,
        hostnames=getattr(given, "site", ()),
    )
    try:
        perform(given, deployment)
    except FAILURES as failure:
        sys.exit(f"{given.command}: {failure}")


if __name__ == "__main__":
    main()
