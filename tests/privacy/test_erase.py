"""What was asked to be forgotten is gone, whatever runs, fails or is restored meanwhile."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure
from chalicelib.model.refusal import Refusal
from chalicelib.privacy import erasures, retention
from chalicelib.privacy.eraser import Eraser
from chalicelib.privacy.erasures import BACKUPS_MS, EraseStores, refuse_full, suppress_events
from chalicelib.report.reader import Reader
from chalicelib.seal import change
from chalicelib.seal.rewriting import rewrite_files
from chalicelib.seal.sealer import Sealer
from chalicelib.store.items import decode_record, make_record
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.receipts import Receipt, Receipts
from chalicelib.store.tail import Tail
from tests.harness.sealing import DAY, HOUR, MINUTE, SITE, START, Life
from tests.seal.test_seal_faults import FAULTS, Killed, calm, disturb

VISITOR, OTHER = "v-a", "v-b"


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


@pytest.fixture
def stores(life: Life) -> EraseStores:
    receipts = Receipts(Documents(life.aws, "registry"), life.aws, "data")
    return EraseStores(receipts, life.events, life.stores)


@pytest.fixture
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def ask(life: Life, stores: EraseStores, entry: Erasure) -> Receipt:
    """A request as the API makes it; what it covers is no longer part of the truth."""
    receipt = request(life, stores, entry)
    forget_truth(life, entry)
    return receipt


def request(life: Life, stores: EraseStores, entry: Erasure) -> Receipt:
    subject = "visitor" if entry.visitor else "path" if entry.path else "day"
    receipt = Receipt(entry, subject, life.now, "tests")  # type: ignore[arg-type]
    stores.receipts.save(SITE.id, receipt)
    suppress_events(SITE.id, life.sealed, [entry], life.clock)
    return receipt


def forget_truth(life: Life, entry: Erasure) -> None:
    """Plain Python's own idea of what an entry covers."""

    def is_kept(visitor_id: str, at_ms: int, path: str) -> bool:
        same = entry.visitor in (0, number_of(visitor_id))
        inside = entry.from_ms <= at_ms < entry.before_ms
        prefix = entry.path.removesuffix("*")
        there = path.startswith(prefix) if entry.path.endswith("*") else entry.path in ("", path)
        return not (same and inside and there)

    for key, beacon in life.accepted.items():
        parts = tuple(
            replace(
                part,
                events=tuple(e for e in part.events if is_kept(part.visitor_id, e.at_ms, e.path)),
            )
            for part in beacon.parts
        )
        life.accepted[key] = replace(beacon, parts=parts)


def visitor(life: Life, name: str, at: int | None = None) -> Erasure:
    return Erasure(f"{number_of(name)}-{life.now}", at or life.now + 1, visitor=number_of(name))


def maintain(life: Life, stores: EraseStores) -> dict[str, int]:
    return Eraser(stores, life.clock).run([SITE])


def everything_stored(life: Life) -> str:
    """All bytes of tables, bucket and the cache of segments, a minute after the last report."""
    for copy in life.sealed.cache.path_of(SITE.id, "any").parent.glob("*"):
        os.utime(copy, (0, 0))
    life.sealed.cache.trim(SITE.id, {file.sha256 for file in life.manifest().files})
    tables = json.dumps([list(table.values()) for table in life.aws.tables.values()])
    objects = "".join(body.decode() for body, _ in life.aws.objects.values())
    cached = "".join(
        path.read_text() for path in life.sealed.cache.path_of(SITE.id, "any").parent.glob("*")
    )
    return tables + objects + cached


def assert_exact(life: Life) -> None:
    assert life.seen() == life.truth()
    assert life.seen(reader=life.cold()) == life.truth()


def two_visitors(life: Life) -> None:
    """Both in a sealed hour, in a final one, and in the hour that is filling."""
    for hour in range(4):
        life.put(f"a{hour}", session="a", path="/a")
        life.put(f"b{hour}", session="b", path="/b")
        life.now += HOUR
        life.seal()
    life.put("a-tail", session="a", path="/c/d")
    life.put("b-tail", session="b", path="/c")


def ask_for_one_of_two(life: Life, stores: EraseStores) -> Receipt:
    two_visitors(life)
    life.now += 1
    return ask(life, stores, visitor(life, VISITOR))


def test_an_erased_visitor_is_in_no_answer_from_the_request_on(
    life: Life, stores: EraseStores
) -> None:
    two_visitors(life)
    ask(life, stores, visitor(life, VISITOR))
    assert number_of(VISITOR) not in {line[1] for line in life.seen()}
    assert_exact(life)


def test_with_daily_traffic_a_receipt_waits_a_day_for_files_that_merging_replaced(
    life: Life, stores: EraseStores
) -> None:
    life.now -= life.now % DAY
    for hour in range(50):
        life.put(f"a{hour}", session=f"a{hour}", visitor=VISITOR)
        life.put(f"b{hour}", session=f"b{hour}", visitor=OTHER)
        life.now += HOUR + 20 * MINUTE * (hour == 0)
        life.seal()
    ask(life, stores, visitor(life, VISITOR))
    waited = 0
    while not any(receipt.erased_at_ms for receipt in stores.receipts.all(SITE.id)):
        life.now += HOUR
        waited += 1
        life.seal()
        maintain(life, stores)
    # Asked at 02:20; the file of the day's last hour is of 00:20 and goes when over 24 hours old.
    assert waited == 23
    assert VISITOR not in everything_stored(life)


def test_an_erased_visitor_is_in_no_store_once_its_receipt_says_so(
    life: Life, stores: EraseStores
) -> None:
    entry = ask_for_one_of_two(life, stores).entry
    maintain(life, stores)
    receipt = stores.receipts.get(SITE.id, entry.id)
    assert receipt
    assert receipt.erased_at_ms == 0  # the filling hour still holds an item
    life.now += 3 * HOUR
    life.seal()
    maintain(life, stores)
    receipt = stores.receipts.get(SITE.id, entry.id)
    assert receipt
    assert receipt.erased_at_ms == life.clock()
    assert_exact(life)
    assert VISITOR not in everything_stored(life)
    assert OTHER in everything_stored(life)


def test_a_visitor_who_comes_back_is_counted_from_then_on(life: Life, stores: EraseStores) -> None:
    ask_for_one_of_two(life, stores)
    life.now += MINUTE
    life.put("again", session="a")
    for _ in range(4):
        life.now += HOUR
        life.seal()
        maintain(life, stores)
    assert_exact(life)
    assert number_of(VISITOR) in {line[1] for line in life.seen()}


def test_a_late_beacon_of_an_erased_visitor_is_erased_too(life: Life, stores: EraseStores) -> None:
    entry = ask_for_one_of_two(life, stores).entry
    life.now += 40 * HOUR
    life.seal()
    maintain(life, stores)
    life.put("late", session="a", age=41 * HOUR)
    forget_truth(life, entry)
    assert_exact(life)
    life.now += 3 * HOUR
    life.seal()
    maintain(life, stores)
    assert VISITOR not in everything_stored(life)


@pytest.mark.parametrize(
    "entry",
    [
        Erasure("day", START + 2 * HOUR, from_ms=START + HOUR),
        Erasure("path", START + DAY, path="/a"),
        Erasure("prefix", START + DAY, path="/c*"),
        Erasure("path on a day", START + 2 * HOUR, from_ms=START, path="/b"),
        Erasure("nothing", START + DAY, path="/nowhere"),
    ],
)
def test_a_day_or_a_path_goes_from_every_store_and_nothing_else_does(
    life: Life, stores: EraseStores, entry: Erasure
) -> None:
    two_visitors(life)
    ask(life, stores, replace(entry, before_ms=min(entry.before_ms, life.now + 1)))
    assert_exact(life)
    life.now += 50 * HOUR
    life.seal()
    maintain(life, stores)
    assert_exact(life)
    beacons = [decode_record(make_record(item)) for item in life.aws.tables["events"].values()]
    kept = [e for beacon in beacons for part in beacon.parts for e in part.events]
    assert len(kept) == len(life.truth())


def test_an_item_that_cannot_be_read_goes_by_its_visitor_and_so_does_its_copy(
    life: Life, stores: EraseStores
) -> None:
    for name in (VISITOR, OTHER):
        life.put(name, session=name.removeprefix("v-"))
        life.aws.tables["events"][f"demo#{name.removeprefix('v-')}", name]["parts"] = {"S": "{"}
    life.accepted.clear()
    life.now += 3 * HOUR
    life.seal()
    assert VISITOR in everything_stored(life)
    ask(life, stores, visitor(life, VISITOR))
    life.now += 50 * HOUR
    life.seal()
    maintain(life, stores)
    assert VISITOR not in everything_stored(life)
    assert OTHER in everything_stored(life)


@pytest.mark.usefixtures("_quiet")
def test_a_death_at_any_call_delays_an_erasure_and_loses_nothing(
    life: Life, stores: EraseStores
) -> None:
    ask_for_one_of_two(life, stores)
    life.now += 3 * HOUR
    life.seal()
    tables = {name: dict(table) for name, table in life.aws.tables.items()}
    objects = dict(life.aws.objects)
    life.aws.calls.clear()
    maintain(life, stores)
    calls, now = len(life.aws.calls), life.now
    for number_of_call in range(calls):
        for fault in FAULTS:
            life.aws.tables = {name: dict(table) for name, table in tables.items()}
            life.aws.objects = dict(objects)
            disturb(life, [(number_of_call, fault)])
            run(lambda: maintain(life, stores))
            calm(life)
            assert_exact(life)
            maintain(life, stores)
            assert_exact(life)
            [receipt] = stores.receipts.all(SITE.id)
            if receipt.erased_at_ms:
                assert VISITOR not in everything_stored(life), (number_of_call, fault)
            else:  # a dead job's file waits for garbage collection
                life.now += DAY + HOUR
                life.seal()
                maintain(life, stores)
                assert VISITOR not in everything_stored(life), (number_of_call, fault)
                assert stores.receipts.all(SITE.id)[0].erased_at_ms
                life.now = now
    assert calls > 20


def run(job: Callable[[], object]) -> None:
    with suppress(Killed, Refusal):
        job()


def test_an_erasure_outlives_a_registry_restored_to_before_it(
    life: Life, stores: EraseStores
) -> None:
    two_visitors(life)
    life.now += 3 * HOUR
    life.seal()
    backup = dict(life.aws.tables["registry"]), dict(life.aws.tables["events"])
    objects = dict(life.aws.objects)
    life.now += 1
    ask(life, stores, visitor(life, VISITOR))
    maintain(life, stores)
    assert VISITOR not in everything_stored(life)
    life.aws.tables["registry"], life.aws.tables["events"] = backup
    life.aws.objects = {**objects, **life.aws.objects}  # noncurrent versions brought back
    assert VISITOR in everything_stored(life)
    life.now += DAY + MINUTE
    life.seal()
    maintain(life, stores)
    life.seal()
    assert_exact(life)
    maintain(life, stores)
    assert VISITOR not in everything_stored(life)


def test_an_entry_goes_when_no_backup_can_bring_the_visitor_back(
    life: Life, stores: EraseStores
) -> None:
    ask_for_one_of_two(life, stores)
    life.now += 3 * DAY
    life.seal()
    maintain(life, stores)
    ask(life, stores, visitor(life, OTHER))
    life.now += BACKUPS_MS - 2 * DAY
    life.seal()
    maintain(life, stores)
    assert [entry.visitor for entry in life.manifest().erased] == [number_of(OTHER)]
    assert len(stores.receipts.list_tombstones(SITE.id)) == 1
    assert len(stores.receipts.all(SITE.id)) == 2
    assert_exact(life)
    maintain(life, stores)
    assert [entry.visitor for entry in life.manifest().erased] == [number_of(OTHER)]


def test_history_older_than_the_site_keeps_it_goes_by_the_day(
    life: Life, stores: EraseStores
) -> None:
    for day in range(5):
        life.put(f"{day}", session="a")
        life.now += DAY
        life.seal()
    life.expire(life.now)
    site = replace(SITE, retention_days=2)
    Eraser(stores, life.clock).run([site])
    cutoff = (life.now // DAY - 2) * DAY
    assert life.seen() == [line for line in life.truth() if line[3] >= cutoff] != []
    assert len({line[3] for line in life.seen()}) == 2
    live = {file.key for file in life.manifest().files}
    assert {key for key in life.aws.objects if key.startswith("sealed/")} == live


def live_seventy_days(life: Life) -> None:
    """A session with an event a day, sealed every tenth; its raw events have expired."""
    for day in range(70):
        life.put(f"{day}", session="a")
        life.now += DAY
        if day % 10 == 9:
            life.seal()
    life.expire(life.now)


def test_a_file_over_the_edge_of_what_is_kept_loses_the_older_part(
    life: Life, stores: EraseStores
) -> None:
    live_seventy_days(life)
    site = replace(SITE, retention_days=45)
    Eraser(stores, life.clock).run([site])
    cutoff = (life.now // DAY - 45) * DAY
    assert life.seen() == [line for line in life.truth() if line[3] >= cutoff]


def test_a_retention_thawed_after_its_files_may_be_garbage_names_none_of_them(
    life: Life,
) -> None:
    live_seventy_days(life)
    seen = life.manifest()

    def freeze(_number: int, name: str) -> None:
        life.now += DAY if name == "PutObject" else 0

    life.aws.after = freeze
    assert retention.expire_events(replace(SITE, retention_days=45), life.stores, life.clock) == 0
    assert "PutObject" in life.aws.calls
    assert life.manifest() == seen


def test_a_deleted_site_leaves_nothing_behind(life: Life, stores: EraseStores) -> None:
    two_visitors(life)
    ask(life, stores, visitor(life, VISITOR))
    maintain(life, stores)
    stores.documents.put("deleted", SITE.id, {"at": life.now, "shards": 1})
    assert Eraser(stores, life.clock).run([])["sites"] == 0  # collectors may still know it
    life.now += 10 * MINUTE
    assert Eraser(stores, life.clock).run([])["sites"] == 0  # jobs may still write for it
    assert life.aws.objects == {}
    life.now += DAY
    assert Eraser(stores, life.clock).run([])["sites"] == 1
    assert [item for table in life.aws.tables.values() for item in table.values()] == []
    assert life.aws.objects == {}


def test_a_deleted_site_that_fails_keeps_no_other_waiting_and_loses_no_count(
    life: Life, stores: EraseStores, caplog: pytest.LogCaptureFixture
) -> None:
    ask_for_one_of_two(life, stores)
    stores.documents.put("deleted", "broken", {"at": 0})
    stores.documents.put("deleted", "gone", {"at": 0, "shards": 1})
    done = maintain(life, stores)
    assert (done["files"] > 0, done["sites"], done["failed"]) == (True, 1, 1)
    assert "erase_failed site=broken" in caplog.text


def test_sites_with_much_to_sweep_share_one_run_and_each_gets_on(
    life: Life, stores: EraseStores
) -> None:
    sites = [SITE, replace(SITE, id="second")]
    assert life.sealed.manifests.begin("second", START)
    life.now = START + 20 * DAY
    Sealer(life.stores, life.clock).run(sites)
    for site in sites:
        receipt = Receipt(visitor(life, VISITOR), "visitor", life.now, "tests")
        stores.receipts.save(site.id, receipt)

    def be_slow(_number: int, name: str) -> None:
        life.now += 4_000 if name == "Query" else 0

    began, life.aws.before = life.now, be_slow
    Eraser(stores, life.clock).run(sites)
    assert life.now - began <= change.JOB_MS
    swept = [stores.receipts.all(site.id)[0].swept_to_hour for site in sites]
    assert [hour >= START // HOUR for hour in swept] == [True, True]


def full(life: Life, room: int) -> None:
    """A manifest with room for so many requests more."""
    entries = [Erasure(str(n), 1, visitor=n) for n in range(1, erasures.OPEN_ENTRIES - room + 1)]
    suppress_events(SITE.id, life.sealed, entries, life.clock)


def test_a_full_manifest_takes_no_request_and_fits_its_item(life: Life) -> None:
    full(life, room=1)
    refuse_full(SITE.id, life.sealed, life.clock)
    full(life, room=0)
    with pytest.raises(Refusal, check=lambda refusal: refusal.status == 409):
        refuse_full(SITE.id, life.sealed, life.clock)
    size = len(life.aws.tables["registry"]["manifest#demo", "manifest"]["body"]["S"])
    assert size < 300_000


def meanwhile(life: Life, call: str, act: Callable[[], object]) -> None:
    """Have something happen just before the next call of that name."""

    def before(_number: int, name: str) -> None:
        if name == call:
            calm(life)
            act()

    life.aws.before = before


def test_a_report_whose_files_are_rewritten_meanwhile_reads_the_new_ones(
    life: Life, stores: EraseStores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask_for_one_of_two(life, stores)
    life.now += 2 * HOUR
    life.seal()
    old = {file.key for file in life.manifest().files}
    meanwhile(life, "GetObject", lambda: maintain(life, stores))
    reader = Reader(
        life.instance(tmp_path / "b"), Tail(life.events, life.hour_budget), life.segments
    )
    assert life.seen(reader=reader) == life.truth()
    assert len(old - set(life.aws.objects)) > 1
    assert "segment_damaged" not in caplog.text


def test_the_younger_of_two_requests_waits_where_one_has_room_and_holds_nothing_up(
    life: Life, stores: EraseStores
) -> None:
    full(life, room=1)
    for name in (VISITOR, OTHER):
        entry = visitor(life, name)
        stores.receipts.save(SITE.id, Receipt(entry, "visitor", life.now, "tests"))
        life.now += 1
    assert maintain(life, stores) == {"files": 0, "items": 0, "sites": 0}
    assert [entry.visitor for entry in life.manifest().erased] == [number_of(VISITOR)]
    maintain(life, stores)
    assert [e.visitor for e in life.manifest().erased] == [number_of(VISITOR), number_of(OTHER)]


def test_a_seal_under_way_when_an_erasure_is_asked_starts_over(
    life: Life, stores: EraseStores
) -> None:
    two_visitors(life)
    life.now += 2 * HOUR

    def ask_at_upload(_number: int, name: str) -> None:
        if name == "PutObject":
            calm(life)
            ask(life, stores, visitor(life, VISITOR))

    life.aws.before = ask_at_upload
    life.seal()
    assert rewrite_files(SITE, life.stores, life.clock) > 0
    assert_exact(life)
