"""Deploy, look after and remove a stage: `python -m infra.deploy deploy --stage prod`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence

import boto3

from chalicelib.model.principal import Principal
from infra.deploy import chalice_project, publish, teardown
from infra.deploy.stacks import declared
from infra.deploy.stage import EDGE, TEMPLATE, WEB_ACL, Deployment, Unusable
from infra.deploy.steps import FAILURES, new_token, publish_site, run, smoke_test

STAGE = re.compile(r"[a-z][a-z0-9-]{0,15}")

HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")


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
    in_use = deployment.stacks.outputs(deployment.edge).get("WebAclArn", "none")
    yield f"web ACL {in_use}"
    for record in chalice_project.existing(deployment.session, deployment.stage):
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
    kept = teardown.remove_stage(
        deployment.session, deployment.stacks, deployment.project, deployment.edge
    )
    deployment.web_acls.remove(deployment.web_acl)
    print("removed" + (f"; kept, because protected: {', '.join(kept)}" if kept else ", all of it"))


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    known = {**declared(TEMPLATE), **declared(EDGE), **declared(WEB_ACL), "WebAcl": {}}
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
