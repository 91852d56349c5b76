"""A change of a site's manifest: read, files made, committed where nobody else was faster.

Nothing is carried from change to change. Whatever fails, fails before the one write that counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chalicelib.engine.segments import FileFacts, Segments, without_erased
from chalicelib.model.event import Part
from chalicelib.model.manifest import Erasure, Manifest, Segment, with_files
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.clock import Clock
from chalicelib.store.sealed import Sealed
from chalicelib.store.tail import Buckets

log = logging.getLogger(__name__)

JOB_MS = 15 * 60_000
"""Lambda's own limit. A job thawed later might name files that garbage collection removed."""


@dataclass(frozen=True, slots=True)
class SealStores:
    """What sealing reads and writes. `budget_of` a site is what an hour of it may weigh."""

    sealed: Sealed
    buckets: Buckets
    segments: Segments
    budget_of: Callable[[Site], int]


@dataclass(frozen=True, slots=True)
class Change:
    """The manifest `seen` when the change began, by this machine's own clock."""

    site: Site
    stores: SealStores
    clock: Clock
    seen: Manifest
    began_ms: int

    def write(self, parts: Iterable[Part], hours: range) -> Segment | None:
        """A file of grouped parts on S3, named by no manifest yet; None if there is nothing to
        keep."""
        with self.stores.sealed.cache.scratch() as path:
            facts = self.stores.segments.write(parts, path)
            file = segment_of(facts, len(self.seen.erased))
            return self._upload_file(path, file, hours) if file.rows else None

    def merge(self, files: Sequence[Segment], hours: range) -> Segment:
        """Files as one on S3, named by no manifest yet. Raises `Damaged`."""
        with self.stores.sealed.cache.scratch() as path:
            facts = self.stores.segments.merge(self._fetch_files(files, path), path)
            return self._upload_file(path, segment_of(facts, min(f.erasures for f in files)), hours)

    def without(self, file: Segment, entries: Sequence[Erasure]) -> Segment | None:
        """A file on S3 with what the entries leave of this one, named by no manifest yet: the same
        file where they erase nothing of it, None where they leave nothing. Raises `Damaged`."""
        with self.stores.sealed.cache.scratch() as target:
            [path] = self._fetch_files([file], target)
            facts = without_erased(self.stores.segments, path, entries, target)
            if facts is None:
                return file
            new = segment_of(facts, file.erasures)
            hours = range(file.min_ts // HOUR_MS, file.max_ts // HOUR_MS + 1)
            return self._upload_file(target, new, hours) if new.rows else None

    def commit(self, changed: Manifest) -> bool:
        """Whether the change counts. If not, nothing that was read for it may be used again."""
        if not 0 <= self.clock.own_ms() - self.began_ms <= JOB_MS:
            log.warning("seal_thawed site=%s", self.site.id)
            return False
        return self.stores.sealed.manifests.commit(self.site.id, self.seen, changed)

    def replace_files(self, done: Mapping[str, Segment | None]) -> int:
        """How many files, by key, others or none took the place of; their old objects go at once,
        and what is kept of them is the bucket's noncurrent versions."""
        if not done or not self.commit(with_files(self.seen, done)):
            return 0
        gone = [key for key, file in done.items() if not file or file.key != key]
        self.stores.sealed.segments.delete(gone)
        return len(gone)

    def _upload_file(self, path: Path, file: Segment, hours: range) -> Segment:
        return self.stores.sealed.segments.upload(self.site.id, path, file, hours)

    def _fetch_files(self, files: Iterable[Segment], made: Path) -> list[Path]:
        """Copies of files, with room for one made of them beside: it is as large as they at
        most."""
        cache = self.stores.sealed.cache
        room = {cache.path_of(self.site.id, file.sha256): file.bytes for file in files}
        cache.make_room({**room, made: sum(room.values())})
        return [cache.fetch(self.site.id, file) for file in files]


def open_change(site: Site, stores: SealStores, clock: Clock) -> Change:
    """A change that begins now. Raises `Disagrees` where this machine's clock is wrong."""
    began_ms = clock.own_ms()
    seen = stores.sealed.manifests.read_to_change(site.id, clock)
    return Change(site, stores, clock, seen, began_ms)


def segment_of(facts: FileFacts, erasures: int) -> Segment:
    """What a manifest says of a file from which so many erasures are taken out."""
    return Segment("", facts.sha256, facts.rows, facts.bytes, facts.min_ts, facts.max_ts, erasures)
