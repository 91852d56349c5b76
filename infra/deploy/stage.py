"""One stage, as a run of the deploy tool knows it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.store.manifests import Manifests
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.sites import Sites
from chalicelib.store.registry.tokens import Tokens
from infra.deploy import chalice_project
from infra.deploy.stacks import Stacks

ROOT = Path(__file__).parents[2]

TEMPLATE = ROOT / "infra" / "template.yaml"

EDGE = ROOT / "infra" / "edge.yaml"

WEB_ACL = ROOT / "infra" / "web_acl.yaml"

CLOUDFRONT_REGION = "us-east-1"
"""Where certificates and web ACLs of CloudFront live."""


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
    web_acl_arn: str = ""

    def __post_init__(self) -> None:
        self.project = chalice_project.Project(self.root, self.stage, say)
        self.stacks = self._stacks(self.session.region_name)
        self.web_acls = self._stacks(CLOUDFRONT_REGION)

    def _stacks(self, region: str) -> Stacks:
        client = self.session.client("cloudformation", region_name=region)
        return Stacks(client, say, self.poll_seconds)

    @property
    def lasting(self) -> str:
        """The name of the stack of template.yaml."""
        return f"footfall-{self.stage}"

    @property
    def edge(self) -> str:
        """The name of the stack of edge.yaml."""
        return f"footfall-{self.stage}-edge"

    @property
    def web_acl(self) -> str:
        """The name of the stack of web_acl.yaml, which is in another region than the others."""
        return f"{self.lasting}-web-acl-{self.session.region_name}"

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
        return Tokens(self.documents(), now_ms)

    def sites(self) -> Sites:
        """The stage's sites."""
        return Sites(self.documents(), now_ms)

    def documents(self) -> Documents:
        """What the stage's administrators wrote."""
        return Documents(self.session.client("dynamodb"), self.outputs()["RegistryTableName"])

    def manifests(self) -> Manifests:
        """The manifests of the stage's sites."""
        return Manifests(self.documents())


def now_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def say(line: str) -> None:
    """One line of progress, seen at once also where output is piped."""
    print(f"      {line}", flush=True)
