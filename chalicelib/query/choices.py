"""Which sessions of files the last filters chose: a warm instance looks through a file once."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.query.compile import PEOPLE, Bots, Scope
from chalicelib.query.filters import Filter, bound, sessions_kept
from chalicelib.query.kept import Kept
from chalicelib.query.statement import Cursor, Statement, create, statement, within

MOST_CHOICES = 100
Choice = tuple[tuple[Filter, ...], Bots]


class Choices:
    """A kept table of session numbers for each choice, the longest unused first."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._tables: dict[Choice, str] = {}
        self._made = 0

    def choose(self, cursor: Cursor, files: Sequence[str], scope: Scope) -> None:
        """Makes `chosen`, the numbers of the sessions of files with a row that filters keep."""
        with self._kept.lock:
            self._kept.forget_gone(cursor)
            table = self._table(cursor, scope)
            missing = self._kept.missing(table, files)
            if missing and not self.make_room(cursor, missing, table):
                alone = statement("SELECT session FROM found", {})
                create(cursor, "chosen", within({"found": self._found(files, scope)}, alone))
                return
            if missing:
                self._kept.add(cursor, table, missing, self._found(missing, scope))
            text = (
                f"SELECT session FROM kept_{table} WHERE list_contains($numbers::INTEGER[], file)"
            )
            create(cursor, "chosen", statement(text, {"numbers": self._kept.numbers(files)}))

    def make_room(self, cursor: Cursor, files: Sequence[str], but: str = "") -> bool:
        """Whether a row of every session of files can be kept, now that choices made way for it,
        all but one. Hold the lock."""
        for choice, table in list(self._tables.items()):
            if self._kept.has_room(files):
                break
            if table != but:
                self._drop(cursor, choice)
        return self._kept.has_room(files)

    def _table(self, cursor: Cursor, scope: Scope) -> str:
        """The name of a choice's table, which is the last to make way."""
        choice = scope.filters, scope.bots
        if choice not in self._tables:
            self._made += 1
            for oldest in list(self._tables)[: 1 - MOST_CHOICES]:
                self._drop(cursor, oldest)
        self._tables[choice] = self._tables.pop(choice, f"chosen_{self._made}")
        return self._tables[choice]

    def _drop(self, cursor: Cursor, choice: Choice) -> None:
        self._kept.drop(cursor, self._tables.pop(choice))

    def _found(self, files: Sequence[str], scope: Scope) -> Statement:
        part = self._kept.read(files, "*")
        kept = f"{PEOPLE[scope.bots]} AND {sessions_kept(scope.filters)}"
        text = f"SELECT file, session FROM part WHERE {kept}"
        return within({"part": part}, statement(text, bound(scope.filters)))
