"""What the closed days of files count, worked out once: a warm instance keeps it.

A row of a file is counted by the UTC day it starts in. So that a report of a span may take whole
days from here, it takes away again what it has to look at itself (`overcounted`): sessions with
several rows, and those cut by the span's end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.engine.cursor import Cursor
from chalicelib.engine.match_cache import MatchCache
from chalicelib.engine.rows import Extent
from chalicelib.engine.table_cache import TableCache
from chalicelib.model.spans import DAY_MS, Span
from chalicelib.query.aggregates import Aggregate
from chalicelib.query.scope import PEOPLE, Scope
from chalicelib.query.statement import Statement, bind, with_relations

FILES_AT_ONCE = 5
"""AggregateQuery in one statement: each has its price, and all at once need the memory of all."""

WHOLE = -1
"""Stands for all days of a file of many: a month is asked for 30 times fewer rows."""

SESSION_COLUMNS = (
    "session",
    "visitor",
    "started_at_ms",
    "ended_at_ms",
    "pageviews",
    "is_over_quarter",
    "quarters",
    "quarter_pageviews",
)
"""What the trend and distinct users need of a session: 50 bytes."""


@dataclass(frozen=True, slots=True)
class CoveredDays:
    """The whole days of a span; of each file with events in them its first and last day, and
    which files are of many days. Once they are kept, the files' numbers."""

    days: Span
    files: Mapping[str, tuple[int, int]]
    long: Collection[str]
    numbers: Sequence[int] = ()


def cover_days(
    span: Span, files: Sequence[str], extents: Mapping[str, Extent]
) -> CoveredDays | None:
    """What of a span closed days answer; None if nothing."""
    first, after = -(-span.from_ms // DAY_MS), span.to_ms // DAY_MS
    days = Span(first * DAY_MS, after * DAY_MS)
    long = {file for file in files if extents[file].last_ms - extents[file].first_ms > 2 * DAY_MS}
    found = {}
    for file in files:
        starts, ends, _ = extents[file]
        if file in long and days.from_ms <= starts and ends < days.to_ms:
            found[file] = (WHOLE, WHOLE)
        elif starts < days.to_ms and ends >= days.from_ms:
            found[file] = (first, after - 1)
    return CoveredDays(days, found, long) if first < after and found else None


class RollupCache:
    """TableCache tables: `session`, a few columns of the sessions of files, and one of each kind of
    counts, by day and the reason a visitor is called a bot."""

    def __init__(self, tables: TableCache, matches: MatchCache) -> None:
        self._tables = tables
        self._matches = matches
        self._asked: set[tuple[str, str]] = set()

    def keep(
        self, cursor: Cursor, asked: CoveredDays, counts: Iterable[Aggregate]
    ) -> CoveredDays | None:
        """What is asked, if all of it is here. What is not is worked out when it is asked for
        again, while there is room: the first answer of a new instance had better not wait for it.
        """
        kinds = {count.name: count for count in counts}
        with self._tables.lock:
            self._forget_gone(cursor)
            missing = {
                table: self._tables.missing(table, asked.files) for table in ("session", *kinds)
            }
            new = {(table, file) for table, files in missing.items() for file in files}
            if not new <= self._asked:
                self._asked |= new
                return None
            if not self._matches.make_room(cursor, missing["session"]):
                return None
            is_all = all(
                self._add_files(cursor, asked, files, table, kinds.get(table))
                for table, files in missing.items()
            )
            return replace(asked, numbers=self._tables.numbers(asked.files)) if is_all else None

    def still_has(self, asked: CoveredDays) -> bool:
        """Whether no other report dropped any of what is kept since: then it may be missing in
        the answers."""
        return self._tables.numbers(asked.files) == asked.numbers

    def sessions(self, asked: CoveredDays, scope: Scope, names: Iterable[str]) -> Statement:
        """Some of `SESSION_COLUMNS` of all sessions of a scope: those of closed days, and
        `outside_days`."""
        columns = ", ".join(names)
        text = (
            f"SELECT {columns} FROM cached_session "
            "SEMI JOIN (SELECT unnest($numbers) AS file) AS asked USING (file) "
            "ANTI JOIN split_sessions USING (session) "
            "WHERE started_at_ms >= $from_ms AND started_at_ms < $before_ms "
            f"AND ended_at_ms < $to_ms AND {PEOPLE[scope.bots]} "
            f"UNION ALL SELECT {columns} FROM outside_days"
        )
        days = {"from_ms": asked.days.from_ms, "before_ms": asked.days.to_ms}
        return bind(text, {**self._bind_days(asked), **days, "to_ms": scope.span.to_ms})

    def sum_days(self, asked: CoveredDays, scope: Scope, count: Aggregate) -> Statement:
        """The counts of closed days and of the sessions in `outside_days`, less those of the rows
        in `overcounted`."""
        keys = "".join(f"{key}, " for key in count.keys)
        names = ", ".join(count.sums)
        sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in count.sums)
        less = ", ".join(f"-{name}" for name in count.sums)
        text = (
            f"SELECT {keys}{sums} FROM (SELECT {keys}{names} FROM cached_{count.name} "
            "JOIN (SELECT unnest($numbers) AS file, unnest($firsts) AS first, "
            "unnest($lasts) AS last) AS asked USING (file) "
            f"WHERE day BETWEEN first AND last AND {PEOPLE[scope.bots]} "
            f"UNION ALL SELECT {keys}{names} FROM outside_counts "
            f"UNION ALL SELECT {keys}{less} FROM overcounts) GROUP BY ALL"
        )
        relations = {
            "outside_counts": with_relations(
                {"session": bind("FROM outside_days", {})}, count.by()
            ),
            "overcounts": with_relations({"session": bind("FROM overcounted", {})}, count.by()),
        }
        return with_relations(relations, bind(text, self._bind_days(asked)))

    def _bind_days(self, asked: CoveredDays) -> dict[str, object]:
        return {
            "numbers": asked.numbers,
            "firsts": [first for first, _ in asked.files.values()],
            "lasts": [last for _, last in asked.files.values()],
        }

    def _forget_gone(self, cursor: Cursor) -> None:
        if gone := self._tables.forget_gone(cursor):
            self._asked = {pair for pair in self._asked if pair[1] not in gone}

    def _add_files(
        self,
        cursor: Cursor,
        asked: CoveredDays,
        files: Sequence[str],
        table: str,
        count: Aggregate | None,
    ) -> bool:
        """Whether there was room for all of it."""
        for place in range(0, len(files), FILES_AT_ONCE):
            if not self._matches.make_room(cursor, ()):
                return False
            some = files[place : place + FILES_AT_ONCE]
            rows = self._by_day(asked, some, count) if count else self._read_columns(some)
            self._tables.add(cursor, table, some, rows)
        return True

    def _read_columns(self, files: Sequence[str]) -> Statement:
        return self._tables.read(files, f"bot, {', '.join(SESSION_COLUMNS)}")

    def _by_day(self, asked: CoveredDays, files: Sequence[str], count: Aggregate) -> Statement:
        """The counts of each day; of long files those of all days, too."""
        session = self._tables.read(files, f"*, started_at_ms // {DAY_MS} AS day")
        counted = with_relations({"session": session}, count.by("file", "day", "bot"))
        keys = "".join(f"{key}, " for key in count.keys)
        sums = ", ".join(f"sum({name})::BIGINT" for name in count.sums)
        text = (
            f"FROM counted UNION ALL SELECT file, {WHOLE}, bot, {keys}{sums} FROM counted "
            "WHERE list_contains($long::INTEGER[], file) GROUP BY ALL"
        )
        long = self._tables.numbers([file for file in files if file in asked.long])
        return with_relations({"counted": counted}, bind(text, {"long": long}), "MATERIALIZED")
