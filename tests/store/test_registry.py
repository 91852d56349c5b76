"""Sites of the registry: what one instance remembers, and what two change at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.store.dynamodb import DynamoDB
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.sites import PAUSED_MS, Sites
from infra.local.dynamodb import MemoryDynamoDB

ALPHA = Site("alpha", "Alpha", ("alpha.example",))


@dataclass
class Registry:
    """A table that answers or not, and the instances that ask it."""

    table: MemoryDynamoDB = field(default_factory=MemoryDynamoDB)
    answers: bool = True
    now: int = 0

    def instance(self) -> Sites:
        """Sites as a new process has them."""
        client = DynamoDB("eu-west-1", send=self._send, patience_s=0)
        return Sites(Documents(client, "registry"), lambda: self.now)

    def _send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        return self.table.send(body, headers) if self.answers else (500, b"{}")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def unavailable() -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.status == 503)


def test_a_reading_anew_that_fails_is_503_and_leaves_the_last_one_in_force() -> None:
    registry = Registry()
    sites = registry.instance()
    sites.add(ALPHA)
    assert sites.get("alpha") == ALPHA
    registry.answers = False
    with unavailable():
        sites.get_fresh("alpha")
    assert sites.get("alpha") == ALPHA
    assert sites.of_host("alpha.example") == ALPHA


def test_a_change_whose_reading_fails_does_not_take_the_sites_away() -> None:
    registry = Registry()
    sites = registry.instance()
    sites.add(ALPHA)
    sites.get("alpha")
    sites.add(Site("beta"))
    registry.answers = False
    assert sites.get("alpha") == ALPHA
    registry.answers = True
    registry.now += PAUSED_MS
    assert sites.get("beta") == Site("beta")


def test_a_write_whose_answer_was_lost_was_made() -> None:
    table, lost = MemoryDynamoDB(), [True, False]

    def send(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        answer = table.send(body, headers)
        is_put = headers["X-Amz-Target"].endswith("PutItem")
        return (500, b"{}") if is_put and lost and lost.pop(0) else answer

    client = DynamoDB("eu-west-1", send=send, pause=lambda _seconds: None)
    sites = Sites(Documents(client, "registry"), lambda: 0)
    assert sites.add(ALPHA)
    assert lost == []
    assert not sites.add(Site("alpha", "Other"))
    assert sites.get_fresh("alpha") == ALPHA
