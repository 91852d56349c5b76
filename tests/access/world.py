"""The app itself over emulated stores, with everyone who may or may not knock at its door."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import boto3
from chalice.test import Client

from chalicelib.admin import access
from chalicelib.model.principal import Principal
from chalicelib.model.site import Site
from tests.contract.described import check
from tests.harness.local_stage import Answer

ROOT = Path(__file__).parents[2]
SITES = ("alpha", "beta", "missing")
KEYS = {
    "events": ["pk", "sk", "hour", "received_at_ms"],
    "registry": ["pk", "sk"],
    "salts": ["pk", "sk"],
}
INDEX = {
    "IndexName": "by_hour",
    "KeySchema": [
        {"AttributeName": "hour", "KeyType": "HASH"},
        {"AttributeName": "received_at_ms", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}


def environment(endpoint: str, folder: Path) -> dict[str, str]:
    """Fresh tables and a bucket in the emulator, and the environment that names them."""
    stage = uuid4().hex[:12]
    names = {
        "EVENTS_TABLE": f"{stage}-events",
        "REGISTRY_TABLE": f"{stage}-registry",
        "SALTS_TABLE": f"{stage}-salts",
        "DATA_BUCKET": f"{stage}-data",
        "CACHE_DIR": str(folder),
    }
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    for kind, keys in KEYS.items():
        client.create_table(
            TableName=names[f"{kind.upper()}_TABLE"],
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "N" if key.endswith("_ms") else "S"}
                for key in keys
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            **({"GlobalSecondaryIndexes": [INDEX]} if kind == "events" else {}),
        )
    client.close()
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket=names["DATA_BUCKET"])
    s3.close()
    return names


def load_app() -> ModuleType:
    """app.py as a module of its own, which reads the environment as it is now."""
    spec = importlib.util.spec_from_file_location(f"app_{uuid4().hex}", ROOT / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class World:
    """The app, its sites `alpha` and `beta`, and a secret for everyone who has one."""

    module: ModuleType
    secrets: Mapping[str, str]

    def call(
        self, method: str, path: str, who: str = "admin", body: Any = None, **headers: str
    ) -> Answer:
        """One request by one of the principals; a body is sent as JSON, bytes as they are. Fails
        where the OpenAPI document does not describe the answer."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if who in self.secrets:
            sent["Authorization"] = f"Bearer {self.secrets[who]}"
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        with Client(self.module.app, project_dir=str(ROOT)) as client:
            answer = client.http.request(
                method, path, headers=sent, body=b"" if body is None else content
            )
        named = {name.lower(): value for name, value in answer.headers.items()}
        said = json.loads(answer.body) if answer.body else None
        check(method, path, answer.status_code, said)
        return Answer(answer.status_code, named, said)

    def report(
        self, question: str, site: str = "alpha", who: str = "admin", **asked: Any
    ) -> Answer:
        query = urlencode({"site": site, **asked}, doseq=True)
        return self.call("GET", f"/api/reports/{question}?{query}", who)


def build(module: ModuleType) -> World:
    """Two sites and everyone; call it again to undo what a test did to them."""
    wired = module.wired
    documents = wired.tokens.documents
    for kind in ("token", "deleted"):
        for name, _ in list(documents.all(kind)):
            documents.delete(kind, name)
    for known in wired.sites.all():
        wired.sites.delete(known.id)
    for site in ("alpha", "beta"):
        wired.sites.add(Site(site, site.title(), (f"{site}.example",)))
        wired.sealed.manifests.begin(site, module.clock())
    wired.tokens._known.clear()
    secrets = {who: add(wired, *principal) for who, principal in PRINCIPALS.items()}
    for who in ("revoked", "revoked share of alpha"):
        wired.tokens.revoke(access.token_hash(secrets[who])[:16])
    return World(module, {**secrets, "garbage": "garbage", "nobody's": access.new_secret()})


PRINCIPALS = {
    "admin": (Principal("admin", ("*",), "admin"), 0),
    "admin of alpha": (Principal("admin", ("alpha",), "admin of alpha"), 0),
    "viewer of alpha": (Principal("viewer", ("alpha",), "viewer of alpha"), 0),
    "viewer of beta": (Principal("viewer", ("beta",), "viewer of beta"), 0),
    "share of alpha": (Principal("share", ("alpha",), "share", ("country:is:DE",)), 0),
    "expired": (Principal("admin", ("*",), "expired"), 1),
    "revoked": (Principal("admin", ("*",), "revoked"), 0),
    "revoked share of alpha": (Principal("share", ("alpha",), "revoked share"), 0),
}
STRANGERS = ("none", "garbage", "nobody's", "expired", "revoked", "revoked share of alpha")
MEMBERS = tuple(who for who in PRINCIPALS if who not in STRANGERS)


def add(wired: Any, principal: Principal, expires_at_ms: int) -> str:
    """A secret of that principal."""
    secret = access.new_secret()
    wired.tokens.add(access.token_hash(secret), principal, expires_at_ms)
    return secret
