"""Each rule of sealing: a small history that is answered right with it and wrong without it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest

from chalicelib.engine.segments import FileFacts
from chalicelib.model.event import Beacon, Part
from chalicelib.model.spans import HOUR_MS
from chalicelib.seal import change, sealer
from chalicelib.seal.sealer import Sealer
from chalicelib.store.clock import stop_clock
from tests.harness.sealing import DAY, FIRST_HOUR, HOUR, MINUTE, SITE, START, Life, LineSegments


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def assert_exact(life: Life) -> None:
    """Whole, in pieces, warm and cold, every answer is the recount."""
    edges = [0, START, START + 30 * MINUTE, life.now - 90 * MINUTE, life.now, 2**50]
    for reader in (life.reader, life.cold()):
        assert life.seen(reader=reader) == life.truth()
        for period in zip(sorted(edges), sorted(edges)[1:], strict=False):
            assert life.seen(period, reader) == life.truth(period)


def hours_sealed(life: Life) -> list[int]:
    return [tile.from_hour - FIRST_HOUR for tile in life.manifest().tiles if tile.file]


def test_a_closed_hour_is_sealed_15_minutes_past_its_end_and_read_from_its_file(life: Life) -> None:
    life.put("1")
    life.now = START + HOUR + 14 * MINUTE
    assert life.seal()["hours"] == 1  # the empty hour before the site's first
    assert hours_sealed(life) == []
    life.now += MINUTE
    life.seal()
    assert hours_sealed(life) == [0]
    life.expire(life.now)
    assert_exact(life)


def test_a_session_goes_on_over_a_sealed_hour(life: Life) -> None:
    life.put("1", path="/a")
    life.now = START + 80 * MINUTE
    life.seal()
    life.put("2", path="/b", age=40 * MINUTE)
    assert_exact(life)


def test_a_missed_day_is_caught_up_in_slices(life: Life) -> None:
    for hour in range(30):
        life.now = START + hour * HOUR
        life.put(str(hour), session=str(hour % 5))
    life.now += 2 * HOUR
    life.seal()
    commits = [name for name in life.aws.calls if name == "PutItem"]
    assert len(commits) == 1 + 2 + 1  # the new site's, two slices of 24 hours at most, the day
    assert [len(tile.hours) for tile in life.manifest().tiles] == [1, 24, 1, 1, 1, 1, 1, 1]
    assert_exact(life)


def test_an_event_that_the_index_shows_late_is_found_by_the_second_look(life: Life) -> None:
    life.now = START + 59 * MINUTE
    life.put("late")
    life.put("punctual")
    late = life.aws.tables["events"]["demo#s", "late"]
    life.aws.is_visible = lambda item: item is not late or life.now >= START + 90 * MINUTE
    life.now = START + 80 * MINUTE
    life.seal()
    assert len(life.seen()) == 1
    life.now = START + 140 * MINUTE
    life.seal()
    assert_exact(life)


def test_a_stale_second_look_never_shrinks_what_is_sealed(life: Life) -> None:
    life.now = START + 59 * MINUTE
    life.put("1")
    life.now = START + 75 * MINUTE
    life.seal()
    life.aws.is_visible = lambda _item: False
    life.now = START + 140 * MINUTE
    life.seal()
    assert_exact(life)
    life.aws.is_visible = lambda _item: True
    life.now += HOUR
    life.seal()
    assert life.manifest().tiles[1].read_at == life.now


def test_one_session_id_of_two_visitors_is_two_sessions_when_sealed(life: Life) -> None:
    life.put("1", visitor="v", source="a")
    life.now += MINUTE
    life.put("2", visitor="w", source="b")
    life.put("3", visitor="w", source="a")
    life.now = START + 80 * MINUTE
    life.seal()
    assert_exact(life)


def test_what_came_after_an_early_look_is_read_from_the_bucket(life: Life) -> None:
    life.put("1")
    Sealer(life.stores, stop_clock(life.now + 3 * HOUR)).run([SITE])  # as the local stage may
    assert hours_sealed(life) == [0]
    life.now += 5 * MINUTE
    life.put("2")
    assert_exact(life)
    life.now = START + 80 * MINUTE
    life.seal()
    life.expire(life.now)
    assert_exact(life)


def test_a_stamp_ahead_of_our_clock_is_read_from_the_next_hour(life: Life) -> None:
    life.now = START + 58 * MINUTE
    life.put("1", at=START + 61 * MINUTE)
    assert_exact(life)


def test_a_stamp_older_than_the_site_is_sealed_too(life: Life) -> None:
    life.put("1", at=START - MINUTE)
    assert_exact(life)
    life.now = START + 80 * MINUTE
    life.seal()
    assert_exact(life)


def test_a_lost_race_throws_away_what_was_read(life: Life) -> None:
    life.now = START + 59 * MINUTE
    life.put("1")
    late = life.aws.tables["events"]["demo#s", "1"]
    life.aws.is_visible = lambda item: item is not late or life.now >= START + 82 * MINUTE
    life.now = START + 80 * MINUTE

    def faster_sealer(_number: int, name: str) -> None:
        if name == "PutItem":
            life.aws.before = lambda _number, _name: None
            life.now = START + 82 * MINUTE
            life.seal()

    life.aws.before = faster_sealer
    life.seal()
    assert_exact(life)


def test_a_file_never_gets_a_name_that_garbage_collection_may_hold(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE
    killed_before(life, "PutItem", life.seal)
    orphans = set(life.aws.objects)
    life.now += DAY + MINUTE
    listed = life.sealed.segments.list(SITE.id)
    life.seal()
    assert {item.key for item in listed} == orphans
    assert not orphans & {file.key for file in life.manifest().files}


def test_orphans_go_after_a_day_and_live_files_never(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE
    killed_before(life, "PutItem", life.seal)
    orphans = set(life.aws.objects)
    life.seal()
    assert orphans < set(life.aws.objects)
    life.now += DAY
    life.seal()
    assert orphans < set(life.aws.objects)
    life.now += HOUR
    life.seal()
    assert set(life.aws.objects) == {file.key for file in life.manifest().files}
    assert_exact(life)


def test_a_file_committed_while_garbage_is_collected_stays(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE

    def seal_meanwhile(_number: int, name: str) -> None:
        if name == "DeleteObject" or name == "GetItem":
            life.aws.after = lambda _number, _name: None
            life.seal()
            life.now += DAY + HOUR

    life.aws.after = seal_meanwhile
    sealer.collect_garbage(SITE, life.sealed)
    assert_exact(life)


def test_garbage_is_old_by_the_clock_of_the_store_not_by_ours(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE
    killed_before(life, "PutItem", life.seal)
    orphans = set(life.aws.objects)
    life.skew = 2 * DAY
    sealer.collect_garbage(SITE, life.sealed)
    assert set(life.aws.objects) == orphans


def test_a_job_thawed_after_a_day_commits_nothing(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE

    def freeze(_number: int, name: str) -> None:
        if name == "PutObject":
            life.aws.after = lambda _number, _name: None
            life.now += DAY + 20 * MINUTE
            sealer.collect_garbage(SITE, life.sealed)

    life.aws.after = freeze
    Sealer(life.stores, life.clock).seal_slice(SITE, set())
    assert_exact(life)


def test_an_hour_that_cannot_be_read_does_not_keep_later_ones_waiting(life: Life) -> None:
    for hour in range(3):
        life.now = START + hour * HOUR
        life.put(str(hour))
    life.now = START + 3 * HOUR + 20 * MINUTE
    readable = life.stores.buckets

    class Broken:
        def hour(self, site: str, start_ms: int, shards: int, since: int = 0) -> object:
            if start_ms == START + HOUR:
                raise OSError("no such partition today")
            return readable.hour(site, start_ms, shards, since)

    life.stores = replace(life.stores, buckets=Broken())
    life.seal()
    assert hours_sealed(life) == [0, 2]
    assert_exact(life)
    life.stores = replace(life.stores, buckets=readable)
    life.seal()
    assert hours_sealed(life) == [0, 1, 2]
    life.expire(life.now)
    assert_exact(life)


def test_while_a_file_is_written_no_beacon_of_its_hour_is_in_memory(tmp_path: Path) -> None:
    alive: list[int] = []

    class Counting(LineSegments):
        def write(self, parts: Iterable[Part], path: Path) -> FileFacts:
            alive.append(sum(isinstance(thing, Beacon) for thing in gc.get_objects()))
            return super().write(parts, path)

    life = Life(tmp_path, segments=Counting())
    for number in range(9):
        life.put(str(number), session=str(number % 3))
    gc.collect()
    before = sum(isinstance(thing, Beacon) for thing in gc.get_objects())
    life.now = START + 80 * MINUTE
    life.seal()
    assert set(alive) == {before}
    assert_exact(life)


def test_a_record_that_cannot_be_read_is_set_aside_counted_and_blocks_nothing(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    life.put("good")
    item = dict(life.aws.tables["events"]["demo#s", "good"])
    poison = [
        {"parts": {"S": "not json"}},
        {"parts": {"N": "7"}},
        {"parts": {"S": '[{"v": 7}]'}},
        {"parts": {"S": '[{"v": "v", "a": {}, "e": [{"type": 7}]}]'}},
    ]
    for number, wrong in enumerate(poison):
        table = life.aws.tables["events"]
        table["demo#s", f"bad{number}"] = {**item, "sk": {"S": f"bad{number}"}, **wrong}
    assert_exact(life)
    life.now = START + 80 * MINUTE
    life.seal()
    assert_exact(life)
    assert [tile.set_aside for tile in life.manifest().tiles] == [0, 4]
    assert "set_aside site=demo hour=480000 records=4" in caplog.text
    kept_records = life.aws.objects["set-aside/demo/20241004T00.jsonl"][0].decode()
    assert kept_records.count("\n") == 4
    assert "not json" in kept_records


def test_fewer_beacons_after_expiry_leave_the_file_and_end_the_looking(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE
    life.seal()
    life.expire(life.now)
    life.now = START + 3 * DAY
    life.seal()
    assert_exact(life)
    tile = next(tile for tile in life.manifest().tiles if tile.file)
    assert tile.read_at >= tile.end_ms + 75 * MINUTE


def test_a_merged_day_is_one_file_and_answers_the_same(life: Life) -> None:
    for hour in range(24):
        life.now = START + hour * HOUR
        life.put(str(hour), session=str(hour % 3), path=f"/{hour}", source=str(hour % 2))
    life.now = START + DAY + 80 * MINUTE
    life.seal()
    day = life.manifest().tiles[1]
    assert (len(day.hours), day.beacons, day.file and day.file.rows) == (24, 24, 6)
    life.expire(life.now)
    assert_exact(life)


def a_day(life: Life) -> None:
    """A beacon in each of a day's hours, all sealed, not all final."""
    for hour in range(24):
        life.now = START + hour * HOUR
        life.put(str(hour), path=f"/{hour}")
    life.now = START + DAY + 20 * MINUTE
    life.seal()


@pytest.mark.parametrize("spare", [0, -1])
def test_a_merge_finds_room_for_what_it_reads_and_what_it_writes(life: Life, spare: int) -> None:
    a_day(life)
    other = life.sealed.cache.path_of("other", "f" * 64)
    other.write_bytes(b"x" * 1000)
    hours = sum(file.bytes for file in life.manifest().files)
    life.sealed.cache._size = 1000 + 2 * hours + spare
    life.now = START + DAY + 80 * MINUTE
    life.seal()
    assert [len(tile.hours) for tile in life.manifest().tiles] == [1, 24, 1]
    assert other.exists() == (spare == 0)


def test_copies_of_merged_files_go_from_the_sealers_own_disk_with_the_next_run(life: Life) -> None:
    a_day(life)
    life.now = START + DAY + 80 * MINUTE
    life.seal()
    copies = list(life.sealed.cache.path_of(SITE.id, "any").parent.glob("*"))
    for copy in copies:
        os.utime(copy, (life.now / 1000, life.now / 1000))
    life.now += HOUR
    life.seal()
    assert len(copies) == 24
    assert [copy for copy in copies if copy.exists()] == []


def test_files_that_cannot_be_merged_are_told_and_keep_nothing_else_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(LineSegments):
        def merge(self, paths: Sequence[Path], path: Path) -> FileFacts:
            path.write_bytes(paths[0].read_bytes())
            raise OSError(ENOSPC, "No space left on device")

    life = Life(tmp_path, segments=Full())
    a_day(life)
    life.aws.objects["sealed/demo/orphan.parquet"] = (b"", START - 9 * DAY)
    life.now = START + DAY + 80 * MINUTE
    assert "failed" not in life.seal()
    assert "sealed/demo/orphan.parquet" not in life.aws.objects
    assert f"merge_failed site=demo hours={FIRST_HOUR}-{FIRST_HOUR + 24}" in caplog.text
    assert_exact(life)


def test_a_site_without_a_manifest_is_read_and_sealed_all_the_same(life: Life) -> None:
    life.put("1")
    life.aws.tables["registry"].clear()
    assert_exact(life)
    life.now = START + 80 * MINUTE
    life.seal()
    assert life.manifest().to_hour == FIRST_HOUR + 1
    life.expire(life.now)
    assert_exact(life)


def test_one_failing_site_does_not_keep_the_others_waiting(life: Life) -> None:
    life.put("1")
    life.now = START + 80 * MINUTE
    key = ("manifest#broken", "manifest")
    life.aws.tables["registry"][key] = {"body": {"S": "{}"}, "version": {"N": "1"}}
    result = Sealer(life.stores, life.clock).run([replace(SITE, id="broken"), SITE])
    assert result == {"hours": 2, "failed": 1}
    assert hours_sealed(life) == [0]


def test_sites_with_a_backlog_share_one_run_and_each_gets_on(life: Life) -> None:
    sites = [replace(SITE, id=id) for id in ("first", "second", "third")]
    for site in sites:
        assert life.sealed.manifests.begin(site.id, START)

    def be_slow(_number: int, name: str) -> None:
        life.now += 4_000 if name == "Query" else 0

    life.now = began = START + 30 * DAY
    life.aws.before = be_slow
    Sealer(life.stores, life.clock).run(sites)
    assert life.now - began <= change.JOB_MS
    sealed = [life.sealed.manifests.read(site.id) for site in sites]
    assert [len(list(manifest.tiles)) > 1 for manifest in sealed if manifest] == [True] * 3


def test_a_site_that_falls_behind_says_so(life: Life, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_number: int, name: str) -> None:
        if name == "Query":
            raise OSError("no")

    life.now = START + 2 * HOUR
    life.aws.before = refuse
    life.seal()
    assert "seal_late" not in caplog.text
    life.now = START + 4 * HOUR
    life.seal()
    assert f"seal_late site=demo unsealed_age_ms={4 * HOUR}" in caplog.text


def test_an_idle_site_costs_one_commit_an_hour_and_no_file(life: Life) -> None:
    for hour in range(1, 50):
        life.now = START + hour * HOUR + 20 * MINUTE
        life.seal()
    assert life.aws.objects == {}
    life.aws.calls.clear()
    life.now += HOUR
    life.seal()
    assert life.aws.calls.count("PutItem") == 1
    assert life.aws.calls.count("Query") == 2
    assert len(life.manifest().tiles) < 30


class Killed(BaseException):
    """The process is gone."""


def killed_before(life: Life, call: str, act: object) -> None:
    def kill(_number: int, name: str) -> None:
        if name == call:
            raise Killed

    life.aws.before = kill
    with pytest.raises(Killed):
        act()  # type: ignore[operator]
    life.aws.before = lambda _number, _name: None


def test_an_hour_is_numbered_in_utc() -> None:
    assert START == 1_728_000_000_000 == FIRST_HOUR * HOUR_MS
