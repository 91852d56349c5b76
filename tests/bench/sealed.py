"""Histories as sealing leaves them: months in one file, days of this month, hours of today.

They are made once and kept in `.bench/` while neither the generator nor the row's columns change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.model.columns import COLUMNS
from chalicelib.model.event import Part
from tests.bench import history
from tests.bench.cpu import ROOT
from tests.bench.history import DAY_MS, History

CACHE = ROOT / ".bench"
END_MS = 1_763_769_600_000
"""2025-11-22T00:00Z: where every history ends."""
NOW_MS = END_MS - 1
"""The clock of reports: `range=30d` then covers the whole of a history of 30 days."""
HOUR_MS = 3_600_000
MADE_BY = (Path(history.__file__), Path(__file__))


def month_of_traffic(sessions: int) -> list[Path]:
    """The files of 30 days with so many sessions."""
    folder = _folder(f"{sessions}-30d")
    return _made(folder) or _kept(folder, _seal(folder, sessions))


def years_of_traffic(sessions: int) -> list[Path]:
    """The same sessions spread over 36 times 30 days: each moved back whole days by its number."""
    folder = _folder(f"{sessions}-3y")
    return _made(folder) or _kept(folder, _spread(folder, month_of_traffic(sessions)))


def _folder(name: str) -> Path:
    made_by = repr(COLUMNS).encode() + b"".join(path.read_bytes() for path in MADE_BY)
    folder = CACHE / f"{name}-{sha256(made_by).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _made(folder: Path) -> list[Path]:
    names = folder / "files"
    return [folder / name for name in names.read_text().split()] if names.exists() else []


def _kept(folder: Path, files: Sequence[Path]) -> list[Path]:
    (folder / "files").write_text("\n".join(path.name for path in files))
    return list(files)


def _seal(folder: Path, sessions: int) -> list[Path]:
    engine = open_engine(folder)
    traffic = History(seed=1, sessions=sessions, days=30, end_ms=END_MS)
    days: dict[int, Path] = {}
    hours: list[Path] = []
    for day_ms, parts in zip(
        range(traffic.start_ms, END_MS, DAY_MS), traffic.by_day(), strict=True
    ):
        if day_ms == END_MS - DAY_MS:
            hours = _hours(engine, folder, parts, day_ms)
            continue
        days[day_ms] = folder / f"day-{day_ms}.parquet"
        engine.segments.write(parts, days[day_ms])
    last = [path for at, path in days.items() if _month(at) != _month(END_MS)]
    engine.segments.merge(last, month := folder / "month.parquet")
    return [month, *(path for at, path in days.items() if _month(at) == _month(END_MS)), *hours]


def _hours(engine: Engine, folder: Path, parts: Iterable[Part], day_ms: int) -> list[Path]:
    by_hour: dict[int, list[Part]] = {hour: [] for hour in range(24)}
    for part in parts:
        by_hour[(part.events[0].at_ms - day_ms) // HOUR_MS].append(part)
    paths = [folder / f"hour-{hour}.parquet" for hour in by_hour]
    for path, found in zip(paths, by_hour.values(), strict=True):
        engine.segments.write(found, path)
    return paths


def _spread(folder: Path, files: Sequence[Path]) -> list[Path]:
    back = f"(session % 36)::BIGINT * {30 * DAY_MS}"
    moved = (
        f"SELECT * REPLACE (started_at_ms - {back} AS started_at_ms, "
        f"ended_at_ms - {back} AS ended_at_ms) FROM read_parquet($files)"
    )
    database = duckdb.connect(config={"threads": 1})
    values = {"files": [str(path) for path in files]}
    database.execute(f"CREATE TABLE moved AS {moved}", values)
    starts = sorted({_first_of(at) for at in range(END_MS - 1081 * DAY_MS, END_MS, DAY_MS)})
    paths = []
    for start, end in zip(starts, [*starts[1:], END_MS], strict=True):
        paths.append(folder / f"month-{start}.parquet")
        database.execute(
            f"COPY (FROM moved WHERE started_at_ms >= {start} AND started_at_ms < {end} "
            f"ORDER BY started_at_ms, session) TO '{paths[-1]}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
    return paths


def _month(at_ms: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.year, moment.month


def _first_of(at_ms: int) -> int:
    return int(datetime(*_month(at_ms), 1, tzinfo=UTC).timestamp() * 1000)
