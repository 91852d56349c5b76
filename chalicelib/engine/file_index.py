"""What a warm instance knows of files: where they begin and end, and which sessions several have.

Files never change, so nothing here is ever stale.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from chalicelib.engine import rows
from chalicelib.engine.cursor import Cursor, create_table, run_statement
from chalicelib.engine.rows import Extent
from chalicelib.model.event import Part
from chalicelib.model.spans import Span

SETS = 4
"""Of files, of which the shared sessions are remembered."""


class FileIndex:
    """Files by name; in all that takes several, the first is the empty one."""

    def __init__(self) -> None:
        self.extents: dict[str, Extent] = {}
        self._shared: dict[tuple[str, ...], Sequence[Part]] = {}

    def shared(self, cursor: Cursor, files: Sequence[str]) -> Sequence[Part]:
        """The parts of sessions that have several rows in these files: asking costs 0.6 s in a
        million rows."""
        key = tuple(files)
        if key not in self._shared:
            create_table(cursor, "split_sessions", rows.select_repeated(files))
            found: tuple[Part, ...] = ()
            if run_statement(cursor, rows.count_split_sessions()) != [(0,)]:
                found = tuple(rows.read_parts(cursor, rows.rows_of_split_sessions(files)))
            self._shared = dict([*self._shared.items(), (key, found)][-SETS:])
        return self._shared[key]

    def touching(self, cursor: Cursor, files: Sequence[str], span: Span) -> Sequence[str]:
        """The files with events inside the span. A question opens every file it names, at 0.3 ms
        each; where a file begins and ends is asked once."""
        if unknown := [name for name in files[1:] if name not in self.extents]:
            found = run_statement(cursor, rows.select_extents(unknown))
            nothing = dict.fromkeys(unknown, Extent(0, -1, 0))
            self.extents |= nothing | {name: Extent(*extent) for name, *extent in found}
        return self.within(files, [span])

    def cut_by(self, files: Sequence[str], span: Span) -> Sequence[str]:
        """Those of touching files that have events on both sides of an edge of the span."""
        return self.within(files, [Span(0, span.from_ms), Span(span.to_ms, sys.maxsize)])

    def within(self, files: Sequence[str], spans: Sequence[Span]) -> Sequence[str]:
        """Those of known files that may have events in one of the spans."""

        def reaches(name: str, span: Span) -> bool:
            first, last, _ = self.extents[name]
            return first < span.to_ms and last >= span.from_ms

        return [files[0], *(n for n in files[1:] if any(reaches(n, span) for span in spans))]
