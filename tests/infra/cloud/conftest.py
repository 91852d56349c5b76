"""A copy of this checkout, deployed once into the local cloud with the real command."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.admin import access
from chalicelib.model.principal import Principal
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.tokens import Tokens
from infra.deploy import bundle
from infra.deploy.teardown import names
from tests.infra.cloud.edge import Edge, edge
from tests.infra.cloud.local_cloud import ROOT, local_cloud

STAGE = "trial"
SITE = "shop-example"
ADMIN = "admin-token-of-the-trial"
VIEWER = "viewer-token-of-another-site"
PARTS = ("app.py", "chalicelib", "infra", ".chalice/config.json", "requirements.txt")
BUILT = ("sdk/dist", "dashboard_site/dist")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    older = pytest.mark.skipif(
        sys.version_info[:2] not in bundle.RUNTIMES, reason="packaging needs Python 3.12 or 3.13"
    )
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cloud)
            item.add_marker(older)


@dataclass(frozen=True)
class Checkout:
    """A copy of this checkout, and the environment in which AWS means the local cloud."""

    root: Path
    environment: Mapping[str, str]
    edge_url: str = ""

    @property
    def session(self) -> Any:
        return boto3.Session(region_name=self.environment["AWS_DEFAULT_REGION"])

    def deploy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m infra.deploy ARGUMENTS`, as an operator types it."""
        return subprocess.run(
            [sys.executable, "-m", "infra.deploy", *arguments],
            cwd=self.root,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
        )


def architecture() -> str:
    """Lambda's name of this machine's processor: the local cloud runs functions on it."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    folder = tmp_path_factory.mktemp("cloud")
    with local_cloud(folder) as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment


@pytest.fixture(scope="session")
def checkout(cloud: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    root = tmp_path_factory.mktemp("checkout")
    without = shutil.ignore_patterns("__pycache__")
    for name in (*PARTS, *BUILT):
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target, **({"ignore": without} if source.is_dir() else {}))
    config = root / ".chalice" / "config.json"
    for_here = config.read_text().replace('"arm64"', f'"{architecture()}"')
    config.write_text(for_here)
    without_expressions(root / "infra" / "edge.yaml")
    return Checkout(root, cloud)


def without_expressions(template: Path) -> None:
    """Alarms with an expression become plain ones: the local cloud refuses metric math."""
    plain = ("Namespace: AWS/DynamoDB", "MetricName: Any", "Period: 300", "Statistic: Sum")
    lines = "".join(f"      {line}\n" for line in plain)
    text, replaced = re.subn(r"      Metrics:\n(?: {8}.*\n)+", lines, template.read_text("utf-8"))
    assert replaced
    template.write_text(text, "utf-8")


@pytest.fixture(scope="session")
def front(cloud: Mapping[str, str]) -> Iterator[Edge]:
    with edge(cloud, f"Footfall {STAGE}") as server:
        yield server


@pytest.fixture(scope="session")
def deployed(checkout: Checkout, front: Edge) -> Checkout:
    """The stage, deployed by the real command, with two known tokens."""
    site = ("--site", "shop.example,127.0.0.1")
    done = checkout.deploy("deploy", "--stage", STAGE, "--url", front.url, *site)
    assert done.returncode == 0, done.stdout + done.stderr
    # The local cloud speaks plain HTTP, which this policy refuses to everyone but the root user.
    s3 = checkout.session.client("s3")
    s3.delete_bucket_policy(Bucket=names(checkout.session, STAGE).data_bucket)
    client = checkout.session.client("dynamodb")
    table = f"footfall-{STAGE}-registry"
    tokens = Tokens(Documents(client, table), lambda: 0)
    tokens.add(access.token_hash(ADMIN), Principal("admin", ("*",), "test"))
    tokens.add(access.token_hash(VIEWER), Principal("viewer", ("another",), "test"))
    return Checkout(checkout.root, checkout.environment, front.url)
