"""What the local stage is made of, in the order it is made."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from chalicelib.admin import access
from chalicelib.model.principal import Principal
from chalicelib.model.site import Site
from chalicelib.model.spans import DAY_MS
from infra.deploy.publish import publish
from infra.deploy.stacks import load_template
from infra.local.server import Origin
from infra.local.traffic import history
from infra.local.visitors import RECENT_MS, live_visitors

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
EDGE = Path(__file__).parent.parent / "edge.yaml"
SITE = Site(
    id="demo",
    name="Alder Roastery",
    hostnames=("localhost", "127.0.0.1", "example.com"),
)
SEED = 20260101
DEMO_DAYS = 60  # a month to look at, and the one before to compare it with
DEMO_SESSIONS = 12_000
SEAL_EVERY_SECONDS = 300
OUTPUTS = {
    "EVENTS_TABLE": "EventsTableName",
    "REGISTRY_TABLE": "RegistryTableName",
    "SALTS_TABLE": "SaltsTableName",
    "DATA_BUCKET": "DataBucketName",
}


class Stopped(Exception):
    """The user stopped the stage while it was being made."""


@dataclass(frozen=True)
class Running:
    """The origin, ready to serve, and the threads to start beside it."""

    origin: Origin
    background: list[threading.Thread]


def is_token(text: str) -> bool:
    """Whether a token could ever be accepted."""
    return access.TOKEN.fullmatch(text) is not None


def prepare(
    endpoint: str, token: str, port: int, with_demo: bool, stopped: threading.Event
) -> Running:
    """Provision, fill and wire everything; raises Stopped when `stopped` is set meanwhile."""
    with _step("Tables and buckets from infra/template.yaml"):
        buckets = provision(endpoint)
    secret = secrets.token_urlsafe(24)
    os.environ["EDGE_SECRET_SHA256"] = hashlib.sha256(secret.encode()).hexdigest()
    # Only now: app.py reads the environment when it is imported.
    import app as routes

    with _step("Dashboard, tracker, site 'demo' and its token"):
        s3 = boto3.client("s3")
        publish(s3, buckets["SiteBucketName"])
        routes.wired.sites.add(SITE)
        routes.wired.sealed.manifests.begin(SITE.id, routes.clock())
        routes.wired.tokens.add(access.token_hash(token), Principal("admin", ("*",), "local stage"))
    if with_demo:
        fill(routes, stopped)
    origin = Origin(
        port=port,
        app=routes.app,
        read_object=lambda key: read_object(s3, buckets["SiteBucketName"], key),
        jobs=routes.JOBS,
        edge_headers={"x-footfall-edge": secret},
        site_headers=security_headers(),
    )
    background = [_thread(lambda: seal_often(routes, stopped))]
    if with_demo:
        address = f"http://127.0.0.1:{port}"
        background.append(_thread(lambda: live_visitors(address, stopped, SEED + 1)))
    return Running(origin, background)


def provision(endpoint: str) -> dict[str, str]:
    """Create the production template's stack in the emulator; returns the stack's outputs.

    Sets the environment that boto3 and the app read. The emulator's CloudFormation ignores TTL
    and lifecycle rules; tests assert those on the template itself.
    """
    os.environ |= {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName="footfall-local",
        TemplateBody=TEMPLATE.read_text("utf-8"),
        Parameters=[
            {"ParameterKey": "Stage", "ParameterValue": "local"},
            {"ParameterKey": "DeletionProtection", "ParameterValue": "false"},
        ],
    )
    stack = cloudformation.describe_stacks(StackName="footfall-local")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    os.environ |= {name: outputs[key] for name, key in OUTPUTS.items()}
    return outputs


def fill(routes: Any, stopped: threading.Event) -> None:
    """Write two months of demo history as segments, through the import that operators use."""
    now_ms = routes.clock()
    until = now_ms - RECENT_MS
    hits = history(SEED, DEMO_SESSIONS, now_ms - DEMO_DAYS * DAY_MS, until)
    with _step(f"{DEMO_DAYS} days of demo traffic") as say:
        routes.wired.history.import_events(SITE.id, "demo", counted(hits, say, stopped))


def counted(
    hits: Iterator[dict[str, Any]], say: Callable[[str], None], stopped: threading.Event
) -> Iterator[dict[str, Any]]:
    """The same hits, telling how many went by; raises Stopped when the user has had enough."""
    number = 0
    for number, hit in enumerate(hits, 1):
        yield hit
        if number % 5000 == 0:
            say(f"{number:,} events")
        if stopped.is_set():
            raise Stopped
    say(f"{number:,} events")


def seal_often(routes: Any, stopped: threading.Event) -> None:
    """Run the sealer as production's schedule does, only oftener: a small tail is a quick one."""
    while not stopped.wait(SEAL_EVERY_SECONDS):
        try:
            routes.JOBS["seal"](None)
        except Exception as defect:
            print(f"seal failed: {defect!r}", file=sys.stderr, flush=True)


def read_object(client: Any, bucket: str, key: str) -> tuple[str, str, bytes] | None:
    """Type, caching and bytes of an object of the site bucket, or None where there is none."""
    try:
        found = client.get_object(Bucket=bucket, Key=key)
    except (client.exceptions.NoSuchKey, client.exceptions.ClientError):
        return None
    return found["ContentType"], found["CacheControl"], found["Body"].read()


def security_headers() -> dict[str, str]:
    """The headers that production's edge puts on the dashboard, read from its template."""
    policies = [
        resource["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        for resource in load_template(EDGE)["Resources"].values()
        if resource["Type"] == "AWS::CloudFront::ResponseHeadersPolicy"
    ]
    policy = next(p for p in policies if "ContentSecurityPolicy" in p)
    return {
        "Content-Security-Policy": policy["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": policy["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": policy["FrameOptions"]["FrameOption"],
    }


@contextmanager
def _step(what: str) -> Iterator[Callable[[str], None]]:
    """Print a step, its progress on the same line where that is a terminal, and its time."""
    began = time.monotonic()
    detail = ""

    def say(text: str) -> None:
        nonlocal detail
        detail = f": {text}"
        if sys.stdout.isatty():
            print(f"\r  {what}{detail} ...", end="", flush=True)

    print(f"  {what} ...", end="" if sys.stdout.isatty() else "\n", flush=True)
    yield say
    line = f"  {what}{detail}  ({time.monotonic() - began:.1f} s)"
    print(f"\r{line:<72}" if sys.stdout.isatty() else line, flush=True)


def _thread(work: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=work, daemon=True)
