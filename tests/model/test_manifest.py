"""What the manifest decides: tiles, looks, merges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model import sealing
from chalicelib.model.manifest import (
    Erasure,
    Import,
    Inconsistent,
    Manifest,
    Segment,
    Tile,
    check_manifest,
    dump_manifest,
    load_manifest,
    with_tiles,
)
from chalicelib.model.sealing import FINAL_MS, SETTLED_MS
from chalicelib.model.spans import HOUR_MS

FIRST = 480_000  # 2024-10-04T00
FILE = Segment("key", "sha", 1, 2, 3, 4)


BUDGET = 128_000_000


def final_tile(hour: int, beacons: int = 1) -> Tile:
    return Tile(hour, hour + 1, (hour + 1) * HOUR_MS + FINAL_MS, beacons, FILE)


def hours_due(manifest: Manifest, now_ms: int) -> list[int]:
    return [tile.from_hour for tile in sealing.list_due(manifest, now_ms, BUDGET)]


@pytest.mark.parametrize("tiles", [[(0, 1), (2, 3)], [(0, 2), (1, 3)], [(1, 2)], [(0, 1), (1, 1)]])
def test_tiles_that_leave_a_gap_or_overlap_are_refused(tiles: list[tuple[int, int]]) -> None:
    wrong = Manifest(1, 0, tuple(Tile(*hours, read_at=0) for hours in tiles))
    with pytest.raises(Inconsistent):
        check_manifest(wrong)
    with pytest.raises(Inconsistent):
        load_manifest(dump_manifest(wrong))


def test_a_manifest_comes_back_as_it_was_written() -> None:
    whole = Manifest(
        version=7,
        from_hour=FIRST,
        tiles=(final_tile(FIRST), Tile(FIRST + 1, FIRST + 2, read_at=0)),
        imports=(Import("sha", "old.csv", 5, 9, (FILE, FILE)),),
        erased=(Erasure("e1", 77, visitor=2**64 - 1, path="/a*"),),
    )
    assert load_manifest(dump_manifest(whole)) == whole


def test_an_hour_is_due_from_15_minutes_past_its_end() -> None:
    manifest, end_ms = Manifest(1, FIRST), (FIRST + 1) * HOUR_MS
    assert hours_due(manifest, end_ms + SETTLED_MS - 1) == []
    assert hours_due(manifest, end_ms + SETTLED_MS) == [FIRST]
    assert hours_due(manifest, end_ms + SETTLED_MS + 2 * HOUR_MS) == [FIRST, FIRST + 1, FIRST + 2]


def test_a_settled_hour_is_due_again_75_minutes_past_its_end_and_then_never() -> None:
    end_ms = (FIRST + 1) * HOUR_MS
    tile = replace(final_tile(FIRST), read_at=end_ms + SETTLED_MS)
    manifest = Manifest(1, FIRST, (tile,))
    assert hours_due(manifest, end_ms + FINAL_MS - 1) == []
    assert hours_due(manifest, end_ms + FINAL_MS) == [FIRST, FIRST + 1]
    looked = with_tiles(manifest, [replace(tile, read_at=end_ms + FINAL_MS)])
    assert hours_due(looked, end_ms + FINAL_MS + HOUR_MS // 2) == [FIRST + 1]


def test_an_hour_read_before_its_end_is_neither_settled_nor_final() -> None:
    end_ms = (FIRST + 1) * HOUR_MS
    early = replace(final_tile(FIRST), read_at=end_ms + SETTLED_MS - 1)
    assert not sealing.is_readable(early, end_ms + FINAL_MS)
    assert hours_due(Manifest(1, FIRST, (early,)), end_ms + SETTLED_MS) == [FIRST]


def test_a_look_from_the_future_settles_nothing_and_is_made_again() -> None:
    end_ms = (FIRST + 1) * HOUR_MS
    now_ms = end_ms + FINAL_MS
    future = replace(final_tile(FIRST), read_at=now_ms + 1)
    assert not sealing.is_readable(future, now_ms)
    assert not sealing.is_final(future, now_ms)
    assert hours_due(Manifest(1, FIRST, (future,)), now_ms)[0] == FIRST


OLD = replace(final_tile(FIRST, beacons=5), read_at=(FIRST + 1) * HOUR_MS + SETTLED_MS)


@pytest.mark.parametrize(
    ("found", "hours_later", "swapped", "moved"),
    [(6, 2, True, True), (5, 2, False, True), (4, 2, False, False), (4, 60, False, True)],
    ids=["more swap the file", "as many move the look", "fewer wait", "fewer after two days pass"],
)
def test_a_second_look(found: int, hours_later: int, swapped: bool, moved: bool) -> None:
    look = Tile(
        FIRST, FIRST + 1, OLD.read_at + hours_later * HOUR_MS, found, replace(FILE, key="n")
    )
    after = sealing.after_reading(OLD, look)
    assert (after.file == look.file) is swapped
    assert (after.beacons == look.beacons) is (swapped or found == OLD.beacons)
    assert (after.read_at == look.read_at) is moved


def test_only_whole_days_of_final_hours_are_merged_and_then_whole_months() -> None:
    days = 29  # 28 of October 2024, and the first of November
    hours = [final_tile(FIRST + hour) for hour in range(days * 24 + 5)]
    now_ms = hours[-1].read_at
    manifest = Manifest(1, FIRST, tuple(hours))
    assert [
        run[0].from_hour
        for run in sealing.list_merges(Manifest(1, FIRST, tuple(hours[:23])), now_ms)
    ] == []
    unsettled = with_tiles(manifest, [replace(hours[5], read_at=0)])
    assert next(sealing.list_merges(unsettled, now_ms))[0].from_hour == FIRST + 24
    runs = 0
    while run := next(sealing.list_merges(manifest, now_ms), None):
        manifest = with_tiles(manifest, [sealing.join_tiles(run, FILE)])
        runs += 1
    assert runs == days + 1
    assert [len(tile.hours) for tile in manifest.tiles] == [28 * 24, 24, 1, 1, 1, 1, 1]


def test_files_that_are_too_much_for_one_merge_are_merged_in_pieces_and_then_left() -> None:
    megabytes = [20] * 10 + [0] * 4 + [140, 11, 139, 160] + [1] * 6
    hours = [
        replace(final_tile(FIRST + hour), file=replace(FILE, bytes=size * 1_000_000))
        for hour, size in enumerate(megabytes)
    ]
    manifest = Manifest(1, FIRST, (*hours, final_tile(FIRST + 24)))
    now_ms = manifest.tiles[-1].read_at
    while run := next(sealing.list_merges(manifest, now_ms), None):
        size = sum(tile.file.bytes for tile in run if tile.file)
        assert size <= sealing.MERGE_BYTES
        manifest = with_tiles(manifest, [sealing.join_tiles(run, replace(FILE, bytes=size))])
    assert [len(tile.hours) for tile in manifest.tiles] == [7, 7, 1, 2, 1, 6, 1]


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(FIRST, FIRST + 300))
def test_sealing_whatever_is_due_at_any_moments_leaves_no_gap(looks: list[int], hour: int) -> None:
    manifest = Manifest(1, FIRST)
    for shift in looks:
        now_ms = (hour + shift) * HOUR_MS
        new = [
            replace(tile, read_at=now_ms, beacons=1)
            for tile in sealing.list_due(manifest, now_ms, BUDGET)
        ]
        manifest = with_tiles(manifest, new)
        for run in list(sealing.list_merges(manifest, now_ms))[:1]:
            manifest = with_tiles(manifest, [sealing.join_tiles(run, FILE)])
    assert check_manifest(manifest) is manifest
