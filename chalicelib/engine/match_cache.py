"""Which sessions of files the last filters chose: a warm instance looks through a file once."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.engine.cursor import Cursor, create_table
from chalicelib.engine.table_cache import TableCache
from chalicelib.query.filters import Filter, bind_filters, sessions_kept
from chalicelib.query.scope import PEOPLE, Bots, Scope
from chalicelib.query.statement import Statement, bind, with_relations

MOST_FILTERS = 100

Choice = tuple[tuple[Filter, ...], Bots]


class MatchCache:
    """A kept table of session numbers for each choice, the longest unused first."""

    def __init__(self, tables: TableCache) -> None:
        self._cache = tables
        self._tables: dict[Choice, str] = {}
        self._made = 0

    def choose(self, cursor: Cursor, files: Sequence[str], scope: Scope) -> None:
        """Makes `matching`, the numbers of the sessions of files with a row that filters keep."""
        with self._cache.lock:
            self._cache.forget_gone(cursor)
            table = self._table_of(cursor, scope)
            missing = self._cache.missing(table, files)
            if missing and not self.make_room(cursor, missing, table):
                alone = bind("SELECT session FROM found", {})
                create_table(
                    cursor,
                    "matching",
                    with_relations({"found": self._match_rows(files, scope)}, alone),
                )
                return
            if missing:
                self._cache.add(cursor, table, missing, self._match_rows(missing, scope))
            text = (
                f"SELECT session FROM cached_{table} WHERE list_contains($numbers::INTEGER[], file)"
            )
            create_table(cursor, "matching", bind(text, {"numbers": self._cache.numbers(files)}))

    def make_room(self, cursor: Cursor, files: Sequence[str], but: str = "") -> bool:
        """Whether a row of every session of files can be kept, now that choices made way for it,
        all but one. Hold the lock."""
        for choice, table in list(self._tables.items()):
            if self._cache.has_room(files):
                break
            if table != but:
                self._drop_matches(cursor, choice)
        return self._cache.has_room(files)

    def _table_of(self, cursor: Cursor, scope: Scope) -> str:
        """The name of a choice's table, which is the last to make way."""
        choice = scope.filters, scope.bots
        if choice not in self._tables:
            self._made += 1
            for oldest in list(self._tables)[: 1 - MOST_FILTERS]:
                self._drop_matches(cursor, oldest)
        self._tables[choice] = self._tables.pop(choice, f"matching_{self._made}")
        return self._tables[choice]

    def _drop_matches(self, cursor: Cursor, choice: Choice) -> None:
        self._cache.drop(cursor, self._tables.pop(choice))

    def _match_rows(self, files: Sequence[str], scope: Scope) -> Statement:
        part = self._cache.read(files, "*")
        kept = f"{PEOPLE[scope.bots]} AND {sessions_kept(scope.filters)}"
        text = f"SELECT file, session FROM part WHERE {kept}"
        return with_relations({"part": part}, bind(text, bind_filters(scope.filters)))
