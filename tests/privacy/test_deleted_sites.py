"""A deleted site stays deleted, whatever was under way when it went."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.privacy.departed_sites import SURE_MS
from chalicelib.privacy.eraser import Eraser
from chalicelib.privacy.erasures import EraseStores, suppress_events
from chalicelib.seal.sealer import Sealer
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.objections import Objections
from chalicelib.store.registry.receipts import Receipt, Receipts
from chalicelib.store.registry.tokens import Tokens
from chalicelib.transfer.importing import History
from tests.harness.sealing import HOUR, MINUTE, SITE, START, Life

HIT = {
    "at_ms": START - HOUR,
    "event_type": "pageview",
    "visitor_id": "11111111-1111-4111-8111-111111111111",
    "session_id": "11111111-1111-4111-8111-111111111112",
    "url": "https://example.com/a",
}


@pytest.fixture
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class World:
    """A site with beacons, a sealed hour, an import, a request to erase, and a token."""

    def __init__(self, folder: Path) -> None:
        self.life = Life(folder)
        aws = self.life.aws
        self.documents = Documents(aws, "registry")
        self.stores = EraseStores(
            Receipts(self.documents, aws, "data"), self.life.events, self.life.stores
        )
        self.tokens = Tokens(self.documents, self.life.clock)
        self.sites = {SITE.id: replace(SITE, hostnames=("example.com",))}
        for hour in range(3):
            self.life.now = START + hour * HOUR
            self.life.put(str(hour), visitor=str(hour % 2))
        self.life.now += 2 * HOUR
        self.life.seal()
        self.life.put("later")
        self.tokens.add("a" * 64, Principal("viewer", (SITE.id,), "reader"))
        Objections(self.documents).add(SITE.id, "me")
        entry = Erasure("e", self.life.now, visitor=number_of("1"))
        self.stores.receipts.save(SITE.id, Receipt(entry, "visitor", self.life.now, "tests"))
        suppress_events(SITE.id, self.life.sealed, [entry], self.life.clock)
        self.life.now += 2 * HOUR

    def delete(self) -> None:
        """The site goes, as the API's verb does it, and two runs of `maintain` pass."""
        self.documents.put("deleted", SITE.id, {"at": self.life.now, "shards": 1})
        self.sites.clear()
        for _ in range(2):
            self.maintain()
            self.life.now += 6 * MINUTE

    def maintain(self) -> None:
        Eraser(self.stores, self.life.clock).run([])

    def left(self) -> list[str]:
        """Keys of all that is stored after the deletion is sure."""
        self.life.aws.before = self.life.aws.after = lambda _number, _name: None
        for _ in range(2):
            self.life.now += SURE_MS // 2 + MINUTE
            self.maintain()
        tables = self.life.aws.tables.values()
        return [*(str(key) for table in tables for key in table), *self.life.aws.objects]


def _seal(world: World) -> None:
    Sealer(world.life.stores, world.life.clock).run([SITE])


def _rewrite(world: World) -> None:
    Eraser(world.stores, world.life.clock).run([SITE])


def _import(world: World) -> None:
    life = world.life
    history = History(life.stores, life.reader, world.sites.get, life.clock)
    with suppress(Refusal):  # there is no such site any more
        history.import_events(SITE.id, "old", [HIT])


JOBS: dict[str, Callable[[World], None]] = {"seal": _seal, "erase": _rewrite, "import": _import}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.usefixtures("_quiet")
def test_nothing_is_left_of_a_site_deleted_before_or_after_any_call_of_a_job(
    job: str, tmp_path: Path
) -> None:
    at, moments = 0, []
    while True:
        world = World(tmp_path / f"{at}")
        start = len(world.life.aws.calls) + at

        def happen(number: int, name: str, world: World = world, start: int = start) -> None:
            if number == start:
                moments.append(name)
                world.life.aws.before = lambda _number, _name: None
                world.delete()

        world.life.aws.before = happen
        JOBS[job](world)
        if world.life.aws.before is happen:
            break
        assert world.left() == [], (at, moments[-1])
        at += 1
    assert {"PutObject", "PutItem"} <= {*moments}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.usefixtures("_quiet")
def test_nothing_is_left_of_a_site_for_which_a_job_runs_amid_its_deletion(
    job: str, tmp_path: Path
) -> None:
    """The job knew the site before, and runs between two calls of the deletion."""
    reference = World(tmp_path / "reference")
    before = len(reference.life.aws.calls)
    reference.delete()
    writes = [
        place
        for place, name in enumerate(reference.life.aws.calls[before:])
        if name not in ("Query", "GetItem")
    ]
    for at in writes:
        world = World(tmp_path / f"{at}")
        known = dict(world.sites)
        start = len(world.life.aws.calls) + at

        def happen(
            number: int, _name: str, world: World = world, known: Any = known, start: int = start
        ) -> None:
            if number == start:
                world.life.aws.before = lambda _number, _name: None
                world.sites.update(known)
                JOBS[job](world)
                world.sites.clear()

        world.life.aws.before = happen
        world.delete()
        assert world.left() == [], at


def test_a_deletion_that_died_half_way_is_finished_and_no_token_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.documents.put("site", SITE.id, {})
    world.documents.put("deleted", SITE.id, {"at": world.life.now, "shards": 1})
    world.maintain()
    assert world.documents.get("site", SITE.id) is None
    assert list(world.tokens.all()) == []
    world.tokens.add("a" * 64, Principal("viewer", (SITE.id,), "made at the same moment"))
    assert world.left() == []
