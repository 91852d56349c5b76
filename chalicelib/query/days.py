"""What the closed days of files count, worked out once: a warm instance keeps it.

A row of a file is counted by the UTC day it starts in. So that a report of a span may take whole
days from here, it takes away again what it has to look at itself (`lost`): sessions with several
rows, and those cut by the span's end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.query.choices import Choices
from chalicelib.query.compile import PEOPLE, Scope
from chalicelib.query.counts import Counts
from chalicelib.query.kept import Kept
from chalicelib.query.rows import Extent
from chalicelib.query.statement import Cursor, Statement, statement, within
from chalicelib.spans import DAY_MS, Span

FILES_AT_ONCE = 5
"""Counted in one statement: each has its price, and all at once need the memory of all."""
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
class Covered:
    """The whole days of a span; of each file with events in them its first and last day, and
    which files are of many days. Once they are kept, the files' numbers."""

    days: Span
    files: Mapping[str, tuple[int, int]]
    long: Collection[str]
    numbers: Sequence[int] = ()


def covered(span: Span, files: Sequence[str], extents: Mapping[str, Extent]) -> Covered | None:
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
    return Covered(days, found, long) if first < after and found else None


class Days:
    """Kept tables: `session`, a few columns of the sessions of files, and one of each kind of
    counts, by day and the reason a visitor is called a bot."""

    def __init__(self, kept: Kept, choices: Choices) -> None:
        self._kept = kept
        self._choices = choices
        self._asked: set[tuple[str, str]] = set()

    def keep(self, cursor: Cursor, asked: Covered, counts: Iterable[Counts]) -> Covered | None:
        """What is asked, if all of it is here. What is not is worked out when it is asked for
        again, while there is room: the first answer of a new instance had better not wait for it.
        """
        kinds = {count.name: count for count in counts}
        with self._kept.lock:
            self._forget_gone(cursor)
            missing = {
                table: self._kept.missing(table, asked.files) for table in ("session", *kinds)
            }
            new = {(table, file) for table, files in missing.items() for file in files}
            if not new <= self._asked:
                self._asked |= new
                return None
            if not self._choices.make_room(cursor, missing["session"]):
                return None
            is_all = all(
                self._add(cursor, asked, files, table, kinds.get(table))
                for table, files in missing.items()
            )
            return replace(asked, numbers=self._kept.numbers(asked.files)) if is_all else None

    def still_has(self, asked: Covered) -> bool:
        """Whether no other report dropped any of what is kept since: then it may be missing in
        the answers."""
        return self._kept.numbers(asked.files) == asked.numbers

    def sessions(self, asked: Covered, scope: Scope, names: Iterable[str]) -> Statement:
        """Some of `SESSION_COLUMNS` of all sessions of a scope: those of closed days, and
        `fresh`."""
        columns = ", ".join(names)
        text = (
            f"SELECT {columns} FROM kept_session "
            "SEMI JOIN (SELECT unnest($numbers) AS file) AS asked USING (file) "
            "ANTI JOIN broken USING (session) "
            "WHERE started_at_ms >= $from_ms AND started_at_ms < $before_ms "
            f"AND ended_at_ms < $to_ms AND {PEOPLE[scope.bots]} "
            f"UNION ALL SELECT {columns} FROM fresh"
        )
        days = {"from_ms": asked.days.from_ms, "before_ms": asked.days.to_ms}
        return statement(text, {**self._bound(asked), **days, "to_ms": scope.span.to_ms})

    def summed(self, asked: Covered, scope: Scope, count: Counts) -> Statement:
        """The counts of closed days and of the sessions in `fresh`, less those of the rows in
        `lost`."""
        keys = "".join(f"{key}, " for key in count.keys)
        names = ", ".join(count.sums)
        sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in count.sums)
        less = ", ".join(f"-{name}" for name in count.sums)
        text = (
            f"SELECT {keys}{sums} FROM (SELECT {keys}{names} FROM kept_{count.name} "
            "JOIN (SELECT unnest($numbers) AS file, unnest($firsts) AS first, "
            "unnest($lasts) AS last) AS asked USING (file) "
            f"WHERE day BETWEEN first AND last AND {PEOPLE[scope.bots]} "
            f"UNION ALL SELECT {keys}{names} FROM added "
            f"UNION ALL SELECT {keys}{less} FROM taken) GROUP BY ALL"
        )
        relations = {
            "added": within({"session": statement("FROM fresh", {})}, count.by()),
            "taken": within({"session": statement("FROM lost", {})}, count.by()),
        }
        return within(relations, statement(text, self._bound(asked)))

    def _bound(self, asked: Covered) -> dict[str, object]:
        return {
            "numbers": asked.numbers,
            "firsts": [first for first, _ in asked.files.values()],
            "lasts": [last for _, last in asked.files.values()],
        }

    def _forget_gone(self, cursor: Cursor) -> None:
        if gone := self._kept.forget_gone(cursor):
            self._asked = {pair for pair in self._asked if pair[1] not in gone}

    def _add(
        self,
        cursor: Cursor,
        asked: Covered,
        files: Sequence[str],
        table: str,
        count: Counts | None,
    ) -> bool:
        """Whether there was room for all of it."""
        for place in range(0, len(files), FILES_AT_ONCE):
            if not self._choices.make_room(cursor, ()):
                return False
            some = files[place : place + FILES_AT_ONCE]
            rows = self._by_day(asked, some, count) if count else self._columns(some)
            self._kept.add(cursor, table, some, rows)
        return True

    def _columns(self, files: Sequence[str]) -> Statement:
        return self._kept.read(files, f"bot, {', '.join(SESSION_COLUMNS)}")

    def _by_day(self, asked: Covered, files: Sequence[str], count: Counts) -> Statement:
        """The counts of each day; of long files those of all days, too."""
        session = self._kept.read(files, f"*, started_at_ms // {DAY_MS} AS day")
        counted = within({"session": session}, count.by("file", "day", "bot"))
        keys = "".join(f"{key}, " for key in count.keys)
        sums = ", ".join(f"sum({name})::BIGINT" for name in count.sums)
        text = (
            f"FROM counted UNION ALL SELECT file, {WHOLE}, bot, {keys}{sums} FROM counted "
            "WHERE list_contains($long::INTEGER[], file) GROUP BY ALL"
        )
        long = self._kept.numbers([file for file in files if file in asked.long])
        return within({"counted": counted}, statement(text, {"long": long}), "MATERIALIZED")
