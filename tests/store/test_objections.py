"""Objections of a site's visitors: what collectors know of them, and what that costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.store.dynamodb import DynamoDB
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.objections import Objections
from chalicelib.store.registry.sites import CACHED_MS, PAUSED_MS, Sites
from infra.local.dynamodb import MemoryDynamoDB

ALPHA, BETA = Site("alpha", "Alpha", ("alpha.example",)), Site("beta", "Beta", ("beta.example",))
VISITORS = [str(UUID(int=n)) for n in range(4)]


@dataclass
class Registry:
    """A table, its clock, the partitions that were queried and those that do not answer."""

    table: MemoryDynamoDB = field(default_factory=MemoryDynamoDB)
    now: int = 0
    asked: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)

    def client(self) -> DynamoDB:
        return DynamoDB("eu-west-1", send=self._send, patience_s=0)

    def sites(self) -> Sites:
        """The sites as a new process has them."""
        return Sites(Documents(self.client(), "registry"), lambda: self.now)

    def objections(self) -> Objections:
        return Objections(Documents(self.client(), "registry"))

    def _send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if headers["X-Amz-Target"].endswith("Query"):
            [kind] = json.loads(body)["ExpressionAttributeValues"].values()
            self.asked.append(kind["S"])
            if kind["S"] in self.silent:
                return 500, b"{}"
        return self.table.send(body, headers)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    for site in (ALPHA, BETA):
        registry.sites().add(site)
    return registry


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "withdraw", "change", "pass"]),
        st.sampled_from(["alpha", "beta"]),
        st.sampled_from(VISITORS),
    ),
    max_size=12,
)


@given(STEPS)
def test_a_minute_later_every_instance_knows_exactly_who_objects(
    steps: list[tuple[str, str, str]],
) -> None:
    registry = Registry()
    sites = registry.sites()
    for site in (ALPHA, BETA):
        sites.add(site)
    truth: set[tuple[str, str]] = set()
    for step, site_id, visitor in steps:
        if step == "add":
            registry.objections().add(site_id, visitor)
            truth.add((site_id, visitor))
        elif step == "withdraw":
            registry.objections().withdraw(site_id, visitor)
            truth.discard((site_id, visitor))
        elif step == "change":
            before = registry.sites().get_fresh(site_id)
            assert before
            assert registry.sites().swap(before, Site(site_id, visitor))
        else:
            registry.now += CACHED_MS
            assert _known(sites) == truth
    registry.now += CACHED_MS
    assert _known(sites) == truth
    assert [site.id for site in sites.all()] == ["alpha", "beta"]


def _known(sites: Sites) -> set[tuple[str, str]]:
    return {(s, v) for s in ("alpha", "beta") for v in VISITORS if sites.has_objection(s, v)}


def test_more_than_a_thousand_visitors_object_and_a_setting_changed_meanwhile_is_no_conflict(
    registry: Registry,
) -> None:
    sites = registry.sites()
    assert sites.get("alpha") == ALPHA
    visitors = [str(UUID(int=n)) for n in range(1, 2502)]
    for visitor in visitors:
        registry.objections().add("alpha", visitor)
    assert sites.swap(ALPHA, Site("alpha", "Renamed"))
    registry.now += CACHED_MS
    assert all(sites.has_objection("alpha", visitor) for visitor in visitors)
    assert not sites.has_objection("beta", visitors[0])


def test_a_site_without_objections_costs_no_request_and_others_one_reading_a_change(
    registry: Registry,
) -> None:
    registry.objections().add("alpha", VISITORS[0])
    sites = registry.sites()
    for _ in range(5):
        for visitor in VISITORS:
            sites.has_objection("alpha", visitor)
            sites.has_objection("beta", visitor)
        registry.now += CACHED_MS
    assert registry.asked == ["site", "objection#alpha", *["site"] * 4]
    registry.objections().add("alpha", VISITORS[1])
    assert sites.has_objection("alpha", VISITORS[1])
    assert registry.asked[6:] == ["site", "objection#alpha"]


def test_an_instance_that_cannot_read_objections_refuses_that_sites_hits_and_asks_sparingly(
    registry: Registry,
) -> None:
    registry.objections().add("alpha", VISITORS[0])
    sites = registry.sites()
    registry.silent = {"objection#alpha"}
    for _ in range(20):
        with pytest.raises(Refusal, check=lambda refusal: refusal.status == 503):
            sites.has_objection("alpha", VISITORS[1])
        assert not sites.has_objection("beta", VISITORS[0])
    assert registry.asked.count("objection#alpha") == 1
    registry.silent = set()
    registry.now += PAUSED_MS
    assert sites.has_objection("alpha", VISITORS[0])
    assert not sites.has_objection("alpha", VISITORS[1])


def test_an_objection_is_kept_by_number_and_the_id_nowhere(registry: Registry) -> None:
    visitor = str(UUID(int=2**100 + 7))
    registry.objections().add("alpha", visitor)
    assert visitor not in str(registry.table.items)
    registry.objections().withdraw("alpha", visitor)
    registry.objections().forget_all("alpha")
    assert {key[1:] for key in registry.table.items} == {("site", "alpha"), ("site", "beta")}
