"""Copies of segments on this instance's disk, compared with the manifest before they are used."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from chalicelib.model.manifest import Segment
from chalicelib.model.refusal import Refusal
from chalicelib.store.segments import Damaged, SegmentStore

UNUSED_S = 60
"""A copy used this lately may still be read by a question under way."""

WORKING = ("made-*", "load-*")
"""Files that last as long as the work on them: `scratch` makes the first, the engine the second."""

ABANDONED_S = 30 * 60
"""Twice as long as Lambda lets a function run."""


class SegmentCache:
    """Copies below `folder`, at most `size` bytes of them."""

    def __init__(
        self,
        segments: SegmentStore,
        folder: Path,
        size: int,
        count_rows: Callable[[Path], int],
        now_ms: Callable[[], int],
    ) -> None:
        """`now_ms`: this machine's clock, from which files have their times."""
        self._segments = segments
        self._folder, self._size = folder, size
        self._count_rows = count_rows
        self._now_ms = now_ms
        self._verified: set[Path] = set()

    def fetch(self, site: str, file: Segment) -> Path:
        """A local copy, compared with the manifest when this process first uses it.

        Raises `Damaged`; `Refusal` 503 where the disk is full.
        """
        path = self.path_of(site, file.sha256)
        if path not in self._verified or not path.exists():
            if not path.exists() or _hash_file(path) != file.sha256:
                self._download_file(file, path)
            self._check_rows(file, path)
            self._verified.add(path)
        os.utime(path)
        return path

    def path_of(self, site: str, name: str) -> Path:
        """Where a site's copy of that name lies."""
        folder = self._folder / "segments" / site
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.parquet"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A path for a file being made, removed with the block."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"made-{secrets.token_hex(8)}.parquet"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def trim(self, site: str, live: Collection[str]) -> None:
        """Drops a site's copies of files that are not live any more, but for those used within a
        minute, and what killed processes left half made."""
        now_s = self._now_ms() / 1000
        for used_s, _, path in self._list_copies():
            is_dead = path.parent.name == site and path.name[:64] not in live
            if is_dead and used_s <= now_s - UNUSED_S:
                path.unlink(missing_ok=True)
        for used_s, _, path in _stat_files(
            path for name in WORKING for path in self._folder.glob(name)
        ):
            if used_s <= now_s - ABANDONED_S:
                path.unlink(missing_ok=True)

    def make_room(self, wanted: Mapping[Path, int]) -> bool:
        """Whether the wanted files, by path and bytes, fit the cache; now, because of all others
        those longest unused were dropped."""
        others = [copy for copy in self._list_copies() if copy[2] not in wanted]
        size = sum(wanted.values()) + sum(bytes for _, bytes, _ in others)
        for _, bytes, path in others:
            if size <= self._size:
                break
            path.unlink(missing_ok=True)
            size -= bytes
        return size <= self._size

    def _list_copies(self) -> list[tuple[float, int, Path]]:
        """Every copy, the longest unused first: when it was used (epoch s), bytes, path."""
        return sorted(_stat_files((self._folder / "segments").glob("*/*.parquet")))

    def _download_file(self, file: Segment, path: Path) -> None:
        body = self._segments.download(file)
        with self.scratch() as unfinished:
            try:
                unfinished.write_bytes(body)
            except OSError as error:
                message = "this function's disk is full, try again"
                raise Refusal(503, "out_of_space", message, retry_after_s=1) from error
            unfinished.rename(path)

    def _check_rows(self, file: Segment, path: Path) -> None:
        try:
            rows = self._count_rows(path)
        except Exception as error:
            raise Damaged(f"{file.key}: {type(error).__name__}") from error
        if rows != file.rows:
            raise Damaged(f"{file.key}: {rows} rows where {file.rows} were sealed")


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stat_files(paths: Iterable[Path]) -> Iterator[tuple[float, int, Path]]:
    """When each was used (epoch s), its bytes, and the path; without those that another report
    removed meanwhile."""
    for path in paths:
        with suppress(FileNotFoundError):
            facts = path.stat()
            yield facts.st_mtime, facts.st_size, path
