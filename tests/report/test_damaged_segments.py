"""Damaged segments: no number is ever silently wrong, and nothing crashes.

DAMAGES is how many damaged files are tried (`make fuzz-segments`: 10,000).
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.model.manifest import Segment
from chalicelib.report.reports import Reports
from tests.harness.sealing import ALWAYS, DAY, HOUR, MINUTE, SITE, START, Life, Line, lines

DAMAGES = int(os.environ.get("DAMAGES", "300"))

Damage = Callable[[bytes, bytes, random.Random], bytes | None]


def cut(body: bytes, _other: bytes, choose: random.Random) -> bytes:
    return body[: choose.randrange(len(body))]


def cut_start(body: bytes, _other: bytes, choose: random.Random) -> bytes:
    return body[1 + choose.randrange(len(body) - 1) :]


def flip_bits(body: bytes, _other: bytes, choose: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(choose.choice([1, 1, 1, 2, 8, 100])):
        changed[choose.randrange(len(body))] ^= 1 << choose.randrange(8)
    return bytes(changed)


def overwrite(body: bytes, _other: bytes, choose: random.Random) -> bytes:
    start, length = choose.randrange(len(body)), choose.randrange(1, 512)
    return body[:start] + choose.randbytes(length) + body[start + length :]


def damage_footer(body: bytes, _other: bytes, choose: random.Random) -> bytes:
    place = len(body) - 1 - choose.randrange(min(len(body), 64))
    return body[:place] + bytes([body[place] ^ (1 + choose.randrange(255))]) + body[place + 1 :]


def insert(body: bytes, _other: bytes, choose: random.Random) -> bytes:
    place = choose.randrange(len(body) + 1)
    return body[:place] + choose.randbytes(choose.randrange(1, 64)) + body[place:]


def append(body: bytes, other: bytes, _choose: random.Random) -> bytes:
    return body + other


def swap(_body: bytes, other: bytes, _choose: random.Random) -> bytes:
    return other


def empty(_body: bytes, _other: bytes, _choose: random.Random) -> bytes:
    return b""


def lose(_body: bytes, _other: bytes, _choose: random.Random) -> None:
    return None


WAYS: list[Damage] = [
    *(cut, cut_start, flip_bits, flip_bits, overwrite, damage_footer),
    *(insert, append, swap, empty, lose),
]
FIRST_DAY, SECOND_DAY = "2024-10-04", "2024-10-05"


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """One day merged into a file, an hour of the next in another, and a tail."""
    life = Life(tmp_path, open_engine(tmp_path / "a"))
    for hour in range(24):
        life.now = START + hour * HOUR
        life.put(f"{hour}", session=f"{hour % 5}", path=f"/{hour % 3}", source=str(hour % 2))
    life.now = START + DAY + MINUTE
    life.put("next day", session="next")
    life.now = START + DAY + 80 * MINUTE
    life.seal()
    life.put("tail", session="tail")
    return life


def files_of(life: Life) -> dict[str, Segment]:
    first, second = life.manifest().files
    return {FIRST_DAY: first, SECOND_DAY: second}


def forget_cache(life: Life) -> None:
    shutil.rmtree(life.sealed.cache.path_of(SITE.id, "any").parent)


def totals(life: Life) -> dict[str, Any]:
    assert isinstance(life.engine, Engine)
    given = [("site", SITE.id), ("from", FIRST_DAY), ("to", "2024-10-06")]
    find = life.cold().snapshot
    answer = Reports(find, life.engine).answer("stats", given, SITE, life.now)
    return {**answer["totals"], "partial": answer["meta"]["partial"]}


def counted(life: Life) -> tuple[list[Line], list[str]]:
    """Every event that an answer would count, and the days it would name."""
    snapshot = life.snapshot(reader=life.cold())
    return lines([*life.segments.read(snapshot.files), *snapshot.tail], ALWAYS), list(
        snapshot.partial
    )


def test_every_damaged_file_is_left_out_and_its_day_named(life: Life) -> None:
    choose = random.Random(3)
    files = files_of(life)
    whole = dict(life.aws.objects)
    without, numbers = {}, {}
    for day, file in files.items():
        del life.aws.objects[file.key]
        forget_cache(life)
        without[day], numbers[day] = counted(life), totals(life)
        assert without[day][1] == numbers[day]["partial"] == [day]
        life.aws.objects = dict(whole)
    tried = 0
    while tried < DAMAGES:
        day = choose.choice([FIRST_DAY, SECOND_DAY])
        other = files[SECOND_DAY if day == FIRST_DAY else FIRST_DAY]
        body, written = whole[files[day].key]
        damaged = choose.choice(WAYS)(body, whole[other.key][0], choose)
        if damaged == body:
            continue
        life.aws.objects = dict(whole)
        if damaged is None:
            del life.aws.objects[files[day].key]
        else:
            life.aws.objects[files[day].key] = (damaged, written)
        forget_cache(life)
        assert counted(life) == without[day], tried
        assert tried % 50 or totals(life) == numbers[day], tried
        tried += 1
    print(f"{tried} damaged files")


def test_a_damaged_copy_of_an_earlier_process_is_fetched_again(life: Life, tmp_path: Path) -> None:
    right = totals(life)
    assert right["partial"] == []
    for file in files_of(life).values():
        copy = life.sealed.cache.path_of(SITE.id, file.sha256)
        copy.write_bytes(copy.read_bytes()[:-9] + b"123456789")
    life.sealed = life.instance(tmp_path / "a")
    assert totals(life) == right


def test_a_file_with_another_number_of_rows_than_sealed_is_left_out(life: Life) -> None:
    manifest = life.manifest()
    tiles = tuple(
        replace(tile, file=replace(tile.file, rows=tile.file.rows + 1)) if tile.file else tile
        for tile in manifest.tiles
    )
    assert life.sealed.manifests.commit(SITE.id, manifest, replace(manifest, tiles=tiles))
    forget_cache(life)
    assert totals(life)["partial"] == [FIRST_DAY, SECOND_DAY]


def test_a_damaged_file_is_logged_for_the_alarm(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    file = files_of(life)[FIRST_DAY]
    del life.aws.objects[file.key]
    forget_cache(life)
    totals(life)
    assert f"segment_damaged site=demo {file.key}: ClientError" in caplog.text


def test_a_damaged_file_is_never_merged_into_a_good_one(life: Life) -> None:
    hour = files_of(life)[SECOND_DAY]
    life.aws.objects[hour.key] = (b"PAR1", 0)
    forget_cache(life)
    life.now = START + DAY + 5 * HOUR
    life.put("later", session="later")
    life.now = START + 2 * DAY + 80 * MINUTE
    life.seal()
    assert hour in life.manifest().files
    assert totals(life)["partial"] == [SECOND_DAY]
