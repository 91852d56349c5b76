"""What a report reads, what it costs, and what it says when something cannot be read."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from chalicelib.engine.engine import open_engine
from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure, Segment
from chalicelib.model.refusal import Refusal
from chalicelib.model.spans import Span, list_days
from chalicelib.seal.change import open_change
from chalicelib.seal.rewriting import rewrite_files
from tests.harness.sealing import DAY, FIRST_HOUR, HOUR, MINUTE, SITE, START, Life


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def busy(life: Life, beacons: int) -> None:
    """An hour of traffic sealed, and `beacons` received since, 1 KB an item in all."""
    life.put("old", session="old")
    life.now = START + 80 * MINUTE
    life.seal()
    for number_ in range(beacons):
        life.now += 100
        life.put(str(number_), session=str(number_), path="/" + "p" * 700)


def cost(life: Life, act: object) -> tuple[list[str], float]:
    """The AWS calls and read units of an act."""
    life.aws.calls.clear()
    life.aws.read_units = 0
    act()  # type: ignore[operator]
    return list(life.aws.calls), life.aws.read_units


def test_a_dashboard_left_open_costs_three_small_reads_a_poll(life: Life) -> None:
    busy(life, 2000)
    reader = life.cold()
    calls, units = cost(life, lambda: life.seen(reader=reader))
    assert calls == ["GetItem", "GetObject", "Query", "Query"]
    assert units > 200
    for _ in range(20):
        life.now += 10_000
        life.put(str(life.now), session="new")
        calls, units = cost(life, lambda: life.seen(reader=reader))
        assert calls == ["GetItem", "Query", "Query"]
        assert units < 45  # what came in the last 30 seconds, 1 KB each
        assert life.seen(reader=reader) == life.truth()
    life.now += 60_000
    life.put("quiet", session="new")
    life.now += 60_000
    life.seen(reader=reader)
    calls, units = cost(life, lambda: life.seen(reader=reader))
    assert (calls, units) == (["GetItem", "Query", "Query"], 2.0)


def test_realtime_reads_half_an_hour_sealed_or_not(life: Life) -> None:
    for minute in range(0, 180, 2):
        life.now = START + minute * MINUTE
        life.put(str(minute), session=str(minute), path="/" + "p" * 700)
    life.now = START + 3 * HOUR - MINUTE
    recent = (life.now - 29 * MINUTE, life.now + 1)
    _, unsealed = cost(life, lambda: life.seen(recent, life.cold()))
    life.seal()
    reader = life.cold()
    calls, units = cost(life, lambda: life.seen(recent, reader))
    assert calls == ["GetItem", "Query", "Query"]
    assert units <= unsealed + 0.5 < 0.5 * 15 + 2
    assert life.seen(recent, reader) == life.truth(recent)


def test_an_old_period_reads_neither_tail_nor_other_files(life: Life) -> None:
    for hour in range(50):
        life.now = START + hour * HOUR
        life.put(str(hour))
        life.now += 20 * MINUTE
        life.seal()
    life.now = START + 5 * DAY
    life.seal()
    period = (START + 3 * HOUR, START + 5 * HOUR)
    calls, _ = cost(life, lambda: life.seen(period, life.cold()))
    assert calls == ["GetItem", "GetObject"]
    assert life.seen(period) == life.truth(period) != []


def test_an_event_told_two_days_later_is_in_the_period_when_it_happened(life: Life) -> None:
    life.now = START + 47 * HOUR + 59 * MINUTE
    life.put("late", age=47 * HOUR + 50 * MINUTE)
    life.put("older than the collector takes", age=48 * HOUR)
    period = (START - MINUTE, START + 10 * MINUTE)
    assert life.seen(period) == life.truth(period) != []
    assert len(life.seen(period)) == 2


def test_days_sealed_late_are_read_once_from_their_buckets(life: Life) -> None:
    for hour in range(30):
        life.now = START + hour * HOUR
        life.put(str(hour))
    calls, _ = cost(life, life.seen)
    assert calls.count("Query") == 1 + 30 + 1
    life.now += 30_000
    calls, _ = cost(life, life.seen)
    assert calls.count("Query") == 3  # the hour that has not settled, this one and the next
    assert life.seen() == life.truth()


@pytest.mark.parametrize("call", ["GetItem", "Query"])
def test_a_store_that_does_not_answer_is_a_503(life: Life, call: str) -> None:
    def refuse(_number: int, name: str) -> None:
        if name == call:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, name)

    life.aws.before = refuse
    with pytest.raises(Refusal) as refused:
        life.seen()
    assert (refused.value.status, refused.value.retry_after_s > 0) == (503, True)


def test_days_that_cannot_be_read_are_those_of_the_site() -> None:
    assert list_days(START - 1, START + DAY, "UTC") == ["2024-10-03", "2024-10-04", "2024-10-05"]
    assert list_days(START - 1, START, "Asia/Kathmandu") == ["2024-10-04"]
    assert list_days(START + 20 * HOUR, START + 20 * HOUR, "Pacific/Auckland") == ["2024-10-05"]


def test_copies_that_no_manifest_names_go_once_unused_for_a_minute(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE
    life.seal()
    life.seen()
    (live,) = life.sealed.cache.path_of(SITE.id, "x").parent.glob("*.parquet")
    dead = life.sealed.cache.path_of(SITE.id, "f" * 64)
    dead.write_bytes(b"dead")
    os.utime(dead, (life.now / 1000 - 30,) * 2)
    os.utime(live, (life.now / 1000 - 90,) * 2)
    life.seen((0, 1))
    assert dead.exists()
    os.utime(dead, (life.now / 1000 - 90,) * 2)
    life.seen((0, 1))
    assert (dead.exists(), live.exists()) == (False, True)


def test_a_file_that_was_given_up_half_made_is_swept_from_the_cache(life: Life) -> None:
    folder = life.sealed.cache.path_of(SITE.id, "x").parents[2]
    made = [folder / name for name in ("made-1.parquet", "load-1.ndjson", "made-2.parquet")]
    for age_m, path in zip((31, 31, 29), made, strict=True):
        path.write_bytes(b"x")
        os.utime(path, (life.now / 1000 - age_m * 60,) * 2)
    life.seen()
    assert [path.exists() for path in made] == [False, False, True]


def test_a_report_of_another_moment_sweeps_nothing_that_is_in_use(life: Life) -> None:
    folder = life.sealed.cache.path_of(SITE.id, "x").parents[2]
    dead = life.sealed.cache.path_of(SITE.id, "f" * 64)
    made = folder / "load-1.ndjson"
    for path in (dead, made):
        path.write_bytes(b"x")
        os.utime(path, (life.now / 1000,) * 2)
    life.reader.snapshot(SITE, [Span(0, life.now)], life.now + 2 * HOUR)
    assert dead.exists()
    assert made.exists()


def test_room_is_made_of_what_is_longest_unused_and_not_wanted(life: Life) -> None:
    copies = [life.sealed.cache.path_of(SITE.id, name * 64) for name in "abcd"]
    for age_s, copy in zip((500, 400, 300, 2), copies, strict=True):
        copy.write_bytes(b"x" * 1000)
        os.utime(copy, (life.now / 1000 - age_s,) * 2)
    life.sealed.cache._size = 3500
    new = life.sealed.cache.path_of("other", "e" * 64)
    assert life.sealed.cache.make_room({copies[0]: 1000, new: 1500})
    assert [copy.exists() for copy in copies] == [True, False, False, True]
    assert not life.sealed.cache.make_room({copies[0]: 1000, new: 2501})
    assert [copy.exists() for copy in copies] == [True, False, False, False]


def another_site(life: Life) -> int:
    """Fills the cache with another site's file, used just now; what the history of ours takes."""
    life.put("1")
    life.now = START + 80 * MINUTE
    life.seal()
    (file,) = life.manifest().files
    other = life.sealed.cache.path_of("other", "f" * 64)
    other.write_bytes(b"x" * file.bytes)
    return file.bytes


def test_a_question_about_another_site_finds_room_however_lately_the_first_was_asked_about(
    life: Life,
) -> None:
    life.sealed.cache._size = another_site(life)
    assert life.seen() == life.truth() != []
    assert not life.sealed.cache.path_of("other", "f" * 64).exists()


def test_more_files_than_the_cache_holds_are_a_503_before_one_is_fetched(life: Life) -> None:
    life.sealed.cache._size = another_site(life) - 1
    life.aws.calls.clear()
    with pytest.raises(Refusal) as refused:
        life.seen()
    assert (refused.value.status, refused.value.code) == (503, "out_of_space")
    assert life.aws.calls == ["GetItem"]


def test_a_full_disk_is_a_503_and_leaves_nothing_half_made(life: Life) -> None:
    another_site(life)
    folder = life.sealed.cache.path_of(SITE.id, "x").parents[2]
    before = {path for path in folder.rglob("*") if path.is_file()}
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, most))
    try:
        with pytest.raises(Refusal, check=lambda refusal: refusal.status == 503):
            life.seen()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert {path for path in folder.rglob("*") if path.is_file()} == before
    assert life.seen() == life.truth() != []


ERASED = [
    (Erasure("e", 2**50, visitor=number_of("v-a")), {"a"}),
    (Erasure("e", START + 30 * MINUTE, visitor=number_of("v-a")), {"a early"}),
    (Erasure("e", START + DAY, START + HOUR), {"a late", "b late"}),
    (Erasure("e", 2**50, path="/a*"), {"a"}),
    (Erasure("e", 2**50, path="/a"), set()),
    (Erasure("e", START, visitor=number_of("v-b")), set()),
]


def story_of_two(tmp_path: Path) -> Life:
    """Two visitors in two sealed hours, one of them again in the tail."""
    life = Life(tmp_path, open_engine(tmp_path / "a"))
    life.put("a early", session="a", path="/a/1")
    life.put("b early", session="b", path="/b")
    life.now = START + 70 * MINUTE
    life.put("a late", session="a", path="/a/2")
    life.put("b late", session="b", path="/b")
    life.now = START + 2 * HOUR + 80 * MINUTE
    life.seal()
    life.now = START + DAY + HOUR
    life.put("b tail", session="b", path="/b")
    return life


def erase(life: Life, entry: Erasure, gone: set[str]) -> None:
    """Enter an erasure; the truth forgets the beacons it names (`a`: all of that session)."""
    seen = life.manifest()
    changed = seen.__class__(
        seen.version, seen.from_hour, seen.tiles, seen.imports, (*seen.erased, entry)
    )
    assert life.sealed.manifests.commit(SITE.id, seen, changed)
    for session, beacon in list(life.accepted):
        if beacon in gone or session in gone:
            del life.accepted[session, beacon]


@pytest.mark.parametrize(("entry", "gone"), ERASED)
def test_what_is_erased_is_in_no_answer_and_after_the_rewrite_in_no_file(
    tmp_path: Path, entry: Erasure, gone: set[str]
) -> None:
    life = story_of_two(tmp_path)
    erase(life, entry, gone)
    assert life.seen() == life.truth()
    assert life.seen(reader=life.cold()) == life.truth()
    before = {file.key for file in life.manifest().files}
    rewritten = rewrite_files(SITE, life.stores, life.clock)
    assert rewritten == len(before - set(life.aws.objects))
    assert rewritten or not gone
    assert set(life.aws.objects) == {file.key for file in life.manifest().files}
    assert all(file.erasures == 1 for file in life.manifest().files)
    assert life.seen(reader=life.cold()) == life.truth()
    assert rewrite_files(SITE, life.stores, life.clock) == 0


def test_a_file_without_what_is_erased_is_itself_another_or_none(tmp_path: Path) -> None:
    life = story_of_two(tmp_path)
    file = life.manifest().files[0]

    def left(*entries: Erasure) -> Segment | None:
        return open_change(SITE, life.stores, life.clock).without(file, entries)

    assert left() == left(Erasure("e", START, visitor=number_of("v-b"))) == file
    other = left(Erasure("e", START + DAY, visitor=number_of("v-b")))
    assert other
    assert (file.rows, other.rows, other.key in life.aws.objects) == (2, 1, True)
    assert left(Erasure("e", START + DAY)) is None


def test_an_hour_sealed_after_an_erasure_never_has_what_was_erased(tmp_path: Path) -> None:
    life = story_of_two(tmp_path)
    erase(life, Erasure("e", 2**50, visitor=number_of("v-b")), {"b"})
    life.now += 2 * HOUR
    life.seal()
    assert life.manifest().to_hour > FIRST_HOUR + 24
    assert life.seen(reader=life.cold()) == life.truth()
    rewrite_files(SITE, life.stores, life.clock)
    assert sorted(
        part.visitor_id
        for part in life.segments.read(
            [life.sealed.cache.fetch(SITE.id, file) for file in life.manifest().files]
        )
    ) == [f"#{number_of('v-a'):016x}"]


@pytest.mark.parametrize("entries", [[], [ERASED[0]]], ids=["as sealed", "without what was erased"])
def test_copies_of_an_earlier_process_stay_for_the_question_that_reads_them(
    tmp_path: Path, entries: list[tuple[Erasure, set[str]]]
) -> None:
    life = story_of_two(tmp_path)
    for entry, gone in entries:
        erase(life, entry, gone)
    read = life.snapshot().files
    other = life.sealed.cache.path_of("other", "f" * 64)
    other.write_bytes(b"x" * 10_000)
    for age_s, paths in ((500, read), (400, [other])):
        for path in paths:
            os.utime(path, (life.now / 1000 - age_s,) * 2)
    life.sealed = life.instance(tmp_path / "a")
    life.sealed.cache._size = sum(path.stat().st_size for path in read) + 5_000
    snapshot = life.snapshot(reader=life.cold())
    assert (list(snapshot.files), list(snapshot.partial)) == (list(read), [])
    assert [path.exists() for path in (*read, other)] == [True, True, False]
