"""DuckDB: segments written and merged, and questions answered from segments and tail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib.engine.answers import SnapshotAnswers, Warm
from chalicelib.engine.database import Database
from chalicelib.engine.file_index import FileIndex
from chalicelib.engine.match_cache import MatchCache
from chalicelib.engine.rollup_cache import RollupCache
from chalicelib.engine.segments import Segments
from chalicelib.engine.snapshot import Snapshot
from chalicelib.engine.table_cache import TableCache
from chalicelib.model.parts import EVENTS_A_SESSION
from chalicelib.model.refusal import Refusal

SMALL_BYTES = 4_000_000
"""About 50,000 sessions: a copy of them in memory costs less than opening their files again for
each question; of more it costs more, and the files' dictionaries are lost."""


def open_engine(
    folder: Path,
    memory_mb: int = 1500,
    cap: int | None = EVENTS_A_SESSION,
    small_bytes: int = SMALL_BYTES,
) -> Engine:
    """The engine of a folder that is its own. Of a session the first `cap` events count (None:
    all); files of at most `small_bytes` together are copied for a question."""
    return Engine(Database(folder, memory_mb), cap, small_bytes)


class Engine:
    """All that one instance has in one folder: `segments`, and what it knows of them."""

    def __init__(
        self,
        database: Database,
        cap: int | None = EVENTS_A_SESSION,
        small_bytes: int = SMALL_BYTES,
    ) -> None:
        self._database = database
        self.segments = Segments(database, cap)
        self.segments.write([], database.blank)
        index = FileIndex()
        tables = TableCache(str(database.blank), index.extents, database.memory_mb)
        matches = MatchCache(tables)
        rollups = RollupCache(tables, matches)
        self.warm = Warm(database, index, matches, rollups, cap, small_bytes)

    @contextmanager
    def open_answers(self, snapshot: Snapshot) -> Iterator[SnapshotAnswers]:
        """Answers about one snapshot. Refusal 503 where they need more memory than there
        is; the next question finds all of it free again."""
        from duckdb import OutOfMemoryException

        try:
            with self._database.cursor() as cursor:
                files = self._database.names(snapshot.files)
                yield SnapshotAnswers(self.warm, cursor, files, snapshot.tail)
        except OutOfMemoryException as error:
            message = "too much for this function's memory; ask for a shorter span"
            raise Refusal(503, "out_of_memory", message, "range") from error
