"""A registry table on an emulated DynamoDB over HTTP, and the administration of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import pytest

from chalicelib.admin import access
from chalicelib.admin.administration import Administration
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.store.registry.audit import Audit
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.objections import Objections
from chalicelib.store.registry.sites import Sites
from chalicelib.store.registry.tokens import Tokens
from infra.local.emulator import emulator

START = 1_760_000_000_000
OWNER = Principal("admin", ("*",), "owner", id="owner")
MINUTE = 60_000
DAY = 86_400_000


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of an emulated AWS, which the environment names as long as it lives."""
    with emulator() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        yield address


@pytest.fixture(scope="session")
def dynamodb(endpoint: str) -> Iterator[Any]:
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    yield client
    client.close()


@dataclass
class Deployment:
    """One registry, a clock that tests turn, and as many instances as they like."""

    client: Any
    table: str
    now: int = START
    opened: list[str] = field(default_factory=list)

    def instance(self) -> Administration:
        """An instance of the function, with caches of its own."""
        documents = Documents(self.client, self.table)
        return Administration(
            sites=Sites(documents, lambda: self.now),
            tokens=Tokens(documents, lambda: self.now),
            audit=Audit(documents, lambda: self.now),
            documents=documents,
            objections=Objections(documents),
            open_history=self.opened.append,
            now_ms=lambda: self.now,
        )

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.scan(TableName=self.table)["Items"]
        return found


@pytest.fixture
def deployment(dynamodb: Any) -> Deployment:
    table = f"registry-{uuid4().hex}"
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    return Deployment(dynamodb, table)


@pytest.fixture
def administration(deployment: Deployment) -> Administration:
    """An instance of a deployment with the sites `alpha` and `beta`."""
    administration = deployment.instance()
    for name in ("alpha", "beta"):
        administration.sites.add(Site(id=name, name=name.title(), hostnames=(f"{name}.example",)))
    return administration


def principal_of(administration: Administration, secret: str) -> Principal:
    """Who holds a secret, as a route finds out. Raises Refusal 401."""
    return access.authenticate(f"Bearer {secret}", administration.tokens.find)


def refused(status: int, field: str = "") -> Any:
    """Expect a Refusal of that status; its field is checked where one is given."""
    return pytest.raises(Refusal, check=lambda r: r.status == status and field in ("", r.field))
