"""What the closed days of files count, worked out once: a warm instance keeps it.

A row of a file is counted by the UTC day it starts in. So that a report of a span may take whole
days from here, it takes away again what it has to look at itself (`lost`): sessions with several
rows, and those cut by the span's end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count as counter
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Lock

from chalicelib.query.compile import NAMED_FILES, PEOPLE, Bots, Scope
from chalicelib.query.counts import Counts
from chalicelib.query.filters import Filter, bound, sessions_kept
from chalicelib.query.statement import Cursor, Statement, statement, within
from chalicelib.spans import Span

DAY_MS = 86_400_000
ROWS_A_MB = 2_500
"""Rows kept for each MB of the database's memory, a fifth of it; an instance that has them answers
about other days from their files."""
SESSIONS_FOUND = Statement("SELECT session FROM found", {})
FILES_AT_ONCE = 5
"""Counted in one statement: each has its price, and all at once need the memory of all."""
WHOLE = -1
"""Stands for all days of a file of many: a month is asked for 30 times fewer rows."""
VISIT_COLUMNS = (
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

Extents = Mapping[str, tuple[int, int]]
"""By name of a file: the time of its first and of its last event, epoch ms."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The whole days of a span; of each file with events in them its first and last day, and
    which files are of many days."""

    days: Span
    files: Mapping[str, tuple[int, int]]
    long: Collection[str]


def covered(span: Span, files: Sequence[str], extents: Extents) -> Covered | None:
    """What of a span closed days answer; None if nothing."""
    first, after = -(-span.from_ms // DAY_MS), span.to_ms // DAY_MS
    days = Span(first * DAY_MS, after * DAY_MS)
    long = {file for file in files if extents[file][1] - extents[file][0] > 2 * DAY_MS}
    found = {}
    for file in files:
        starts, ends = extents[file]
        if file in long and days.from_ms <= starts and ends < days.to_ms:
            found[file] = (WHOLE, WHOLE)
        elif starts < days.to_ms and ends >= days.from_ms:
            found[file] = (first, after - 1)
    return Covered(days, found, long) if first < after and found else None


class Days:
    """Tables by number of the file they come from: `kept_visit`, a few columns of its sessions; a
    table of each kind of counts, by day and the reason a visitor is called a bot; and
    `kept_chosen`, the sessions that filters keep."""

    def __init__(self, blank: str, memory_mb: int) -> None:
        self._blank = blank
        self._most_rows = ROWS_A_MB * memory_mb
        self._numbers: dict[str, int] = {}
        self._choices: dict[tuple[tuple[Filter, ...], Bots], int] = {}
        self._asked: set[tuple[str, str]] = set()
        self._made: set[tuple[str, str]] = set()
        self._rows: dict[str, int] = {}
        self._new_numbers = counter()
        self._lock = Lock()

    def keep(self, cursor: Cursor, asked: Covered, counts: Iterable[Counts]) -> bool:
        """Whether all that is asked is here. What is not is worked out when it is asked for again,
        while there is room: the first answer of a new instance had better not wait for it."""
        kinds = {count.name: count for count in counts}
        with self._lock:
            self._forget(cursor)
            missing = [
                (table, file)
                for table in ("visit", *kinds)
                for file in asked.files
                if (table, file) not in self._made
            ]
            if not self._asked.issuperset(missing) or (missing and self._is_full()):
                self._asked.update(missing)
                return False
            for table, pairs in groupby(missing, itemgetter(0)):
                files = [file for _, file in pairs]
                for place in range(0, len(files), FILES_AT_ONCE):
                    some = files[place : place + FILES_AT_ONCE]
                    self._add(cursor, asked, some, table, kinds.get(table))
        return True

    def chosen(self, cursor: Cursor, files: Sequence[str], scope: Scope) -> Statement:
        """Numbers of the sessions with a row that filters keep: each file is looked through once
        for the same filters, while there is room."""
        with self._lock:
            self._forget(cursor)
            choice = self._choices.setdefault((scope.filters, scope.bots), len(self._choices))
            name = f"chosen by {choice}"
            new = [file for file in files if (name, file) not in self._made]
            if new and self._is_full():
                return within({"found": self._choose(files, scope, choice)}, SESSIONS_FOUND)
            if new:
                self._insert(cursor, "chosen", self._choose(new, scope, choice))
                self._made |= {(name, file) for file in new}
        text = (
            "SELECT session FROM kept_chosen "
            "WHERE choice = $choice AND list_contains($numbers::INTEGER[], file)"
        )
        numbers = [self._numbers[file] for file in files]
        return statement(text, {"choice": choice, "numbers": numbers})

    def visits(self, asked: Covered, scope: Scope, names: Iterable[str]) -> Statement:
        """Some of `VISIT_COLUMNS` of all sessions of a scope: those of closed days, and `fresh`."""
        columns = ", ".join(names)
        text = (
            f"SELECT {columns} FROM kept_visit "
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
            "numbers": [self._numbers[file] for file in asked.files],
            "firsts": [first for first, _ in asked.files.values()],
            "lasts": [last for _, last in asked.files.values()],
        }

    def _is_full(self) -> bool:
        return sum(self._rows.values()) > self._most_rows

    def _forget(self, cursor: Cursor) -> None:
        """Drops what came from files that are no more: merged, erased from, or long unused. A
        table is made anew, for a deleted row may stay in memory."""
        gone = {file for file in self._numbers if not Path(file).exists()}
        if not gone:
            return
        values = {"gone": [self._numbers.pop(file) for file in gone]}
        kept = "NOT list_contains($gone::INTEGER[], file)"
        for table in self._rows:
            again = f"CREATE OR REPLACE TABLE kept_{table} AS FROM kept_{table} WHERE {kept}"
            [(self._rows[table],)] = cursor.execute(again, values).fetchall()
        self._asked = {pair for pair in self._asked if pair[1] not in gone}
        self._made = {pair for pair in self._made if pair[1] not in gone}

    def _add(
        self,
        cursor: Cursor,
        asked: Covered,
        files: Sequence[str],
        table: str,
        count: Counts | None,
    ) -> None:
        rows = self._by_day(asked, files, count) if count else self._visits(files)
        self._insert(cursor, table, rows)
        self._made |= {(table, file) for file in files}

    def _insert(self, cursor: Cursor, table: str, rows: Statement) -> None:
        if table not in self._rows:
            empty = f"CREATE TABLE kept_{table} AS FROM ({rows.sql}) LIMIT 0"
            cursor.execute(empty, dict(rows.values))
            self._rows[table] = 0
        cursor.execute(f"INSERT INTO kept_{table} {rows.sql}", dict(rows.values))
        [(added,)] = cursor.fetchall()
        self._rows[table] += added

    def _choose(self, files: Sequence[str], scope: Scope, choice: int) -> Statement:
        part = self._read(files, "*")
        kept = f"{PEOPLE[scope.bots]} AND {sessions_kept(scope.filters)}"
        text = f"SELECT file, $choice::INTEGER AS choice, session FROM part WHERE {kept}"
        return within({"part": part}, statement(text, {"choice": choice, **bound(scope.filters)}))

    def _visits(self, files: Sequence[str]) -> Statement:
        return self._read(files, f"bot, {', '.join(VISIT_COLUMNS)}")

    def _by_day(self, asked: Covered, files: Sequence[str], count: Counts) -> Statement:
        """The counts of each day; of long files those of all days, too."""
        session = self._read(files, f"*, started_at_ms // {DAY_MS} AS day")
        counted = within({"session": session}, count.by("file", "day", "bot"))
        keys = "".join(f"{key}, " for key in count.keys)
        sums = ", ".join(f"sum({name})::BIGINT" for name in count.sums)
        text = (
            f"FROM counted UNION ALL SELECT file, {WHOLE}, bot, {keys}{sums} FROM counted "
            "WHERE list_contains($long::INTEGER[], file) GROUP BY ALL"
        )
        long = [self._numbers[file] for file in files if file in asked.long]
        return within({"counted": counted}, statement(text, {"long": long}), "MATERIALIZED")

    def _read(self, files: Sequence[str], columns: str) -> Statement:
        for file in files:
            if file not in self._numbers:
                self._numbers[file] = next(self._new_numbers)
        text = (
            f"SELECT file, {columns} FROM {NAMED_FILES} JOIN (SELECT unnest($names) AS filename, "
            "unnest($numbers) AS file) AS numbered USING (filename)"
        )
        names = {"files": [self._blank, *files], "names": list(files)}
        return statement(text, {**names, "numbers": [self._numbers[file] for file in files]})
