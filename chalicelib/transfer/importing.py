"""History from elsewhere in, and everything out.

In: events become files of parts listed beside the sealed hours. Parts add up, so they may overlap
anything. Out: every part there is, as Parquet and as one line of JSON an event, which can be
taken in again and gives the same answers.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from chalicelib.engine.segments import FileFacts
from chalicelib.model import spans
from chalicelib.model.event import Part
from chalicelib.model.manifest import Erasure, Import, Manifest, Segment, drop_erased, dump_manifest
from chalicelib.model.parts import group_parts
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.report.reader import Reader
from chalicelib.seal.change import SealStores
from chalicelib.store.clock import Clock
from chalicelib.transfer import columns
from chalicelib.transfer.digest import Digest
from chalicelib.transfer.exporting import FOREVER, Exported, save_file
from chalicelib.transfer.files import Hit

Item = TypeVar("Item")

Say = Callable[[int], None]

Read = Callable[[Path], Iterable[Hit]]

File = tuple[Path, Segment]

CHUNK_EVENTS = 100_000
"""Events in memory at a time: about 100 MB."""

FILE_BYTES = 30_000_000
"""Files merged at once, about a million events: all of them come into memory where every session
is spread over several files, which takes a gigabyte."""

HISTORY_BYTES = 150_000
"""What a manifest may have beside its erasures: 2,000 of those are 220 KB, and an item 400 KB."""

ATTEMPTS = 20

SAY_EVERY = 10_000


def _say_nothing(_count: int) -> None:
    """For those who do not want to know."""


class History:
    """Imports and exports of a stage."""

    def __init__(
        self,
        stores: SealStores,
        reader: Reader,
        find_site: Callable[[str], Site | None],
        clock: Clock,
        chunk_events: int = CHUNK_EVENTS,
    ) -> None:
        self._chunk_events = chunk_events
        self._stores, self._reader = stores, reader
        self._find_site, self._clock = find_site, clock

    def import_events(self, site_id: str, name: str, events: Iterable[Hit]) -> Import:
        """What the manifest now says of these events (see `columns`); all of them or none.

        Raises `Refusal` 404 for an unknown site, 400 for an event that cannot be read, with its
        place, 409 for events that were imported before or files that the manifest cannot hold;
        `Disagrees` where this machine's clock is wrong.
        """
        site = self._get_site(site_id)
        digest = Digest()
        with ExitStack() as made:
            seen = self._read_manifest(site_id)
            parts = drop_erased(seen.erased, columns.read_parts(digest.of(events), site))
            files = [
                self._merge_run(run, made) for run in _list_runs(self._write_months(parts, made))
            ]
            if not digest.count:
                raise Refusal(400, "bad_import", f"{name} has no events")
            self._refuse_repeated(seen, digest.hex())
            self._get_site(site_id)  # making the files takes hours: it may be deleted by now
            uploaded = tuple(self._upload_file(site, path, file) for path, file in files)
        entry = Import(digest.hex(), name, self._clock(), digest.count, uploaded)
        return self._list_import(site_id, entry, seen.erased)

    def import_file(self, site_id: str, path: Path, read: Read, say: Say = _say_nothing) -> Import:
        """The events of a file, as `read` gives them (`lines`, or another product's).

        `say` is told now and then how many were read. Raises `Refusal` 400 also where there is no
        such file.
        """
        try:
            return self.import_events(site_id, path.name, _count_items(read(path), say))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise Refusal(400, "bad_import", f"{path} cannot be read: {error}") from None

    def export(self, site_id: str, folder: Path, say: Say = _say_nothing) -> Exported:
        """Everything of a site: `events.jsonl`, and Parquet files of parts beside it.

        `partial` names the days that could not be read. Raises `Refusal` 409 where the folder has
        something in it: whoever reads all its Parquet files would count that too.
        """
        site = self._get_site(site_id)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refusal(409, "folder_in_use", f"{folder} is not empty")
        snapshot = self._reader.snapshot(site, [FOREVER], self._clock.own_ms())
        segments = self._stores.segments
        with ExitStack() as made:
            tail = [path for path, _ in self._write_chunks(snapshot.tail, made)]
            paths = [*snapshot.files, *tail]
            for number, path in enumerate(paths):
                (folder / f"parts-{number:04}.parquet").write_bytes(path.read_bytes())
            with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
                found = (
                    line for part in segments.read(paths) for line in columns.write_lines(part)
                )
                events = sum(1 for _ in _count_items(save_file(found, file), say))
        return Exported(events, len(paths), tuple(snapshot.partial))

    def _get_site(self, site_id: str) -> Site:
        if site := self._find_site(site_id):
            return site
        raise Refusal(404, "unknown_site", f"there is no site {site_id!r}", "site")

    def _read_manifest(self, site_id: str) -> Manifest:
        return self._stores.sealed.manifests.read_to_change(site_id, self._clock)

    def _write_months(self, parts: Iterator[Part], made: ExitStack) -> Iterator[File]:
        """Files of one UTC month each, several of a month where its events come far apart."""
        for chunk in _cut_chunks(parts, self._chunk_events):
            for month in _by_month(chunk):
                yield from self._write_chunks(month, made)

    def _merge_run(self, run: Sequence[File], made: ExitStack) -> File:
        if len(run) == 1:
            return run[0]
        path = made.enter_context(self._stores.sealed.cache.scratch())
        return path, _segment_of(self._stores.segments.merge([path for path, _ in run], path))

    def _write_chunks(self, parts: Iterable[Part], made: ExitStack) -> Iterator[File]:
        path = made.enter_context(self._stores.sealed.cache.scratch())
        facts = self._stores.segments.write(group_parts(parts, self._stores.segments.cap), path)
        if facts.rows:
            yield path, _segment_of(facts)

    def _upload_file(self, site: Site, path: Path, file: Segment) -> Segment:
        hours = range(file.min_ts // HOUR_MS, file.max_ts // HOUR_MS + 1)
        return self._stores.sealed.segments.upload(site.id, path, file, hours)

    def _list_import(self, site_id: str, entry: Import, applied: tuple[Erasure, ...]) -> Import:
        """The entry as committed; another's commit in between takes nothing away from it. It may
        be found there already: a commit counts also where its answer is lost."""
        for _ in range(ATTEMPTS):
            self._get_site(site_id)
            seen = self._read_manifest(site_id)
            if found := _find_import(seen, entry):
                return found
            self._refuse_repeated(seen, entry.source)
            erasures = sum(erasure in applied for erasure in seen.erased)
            files = tuple(replace(file, erasures=erasures) for file in entry.files)
            listed = replace(entry, files=files)
            changed = replace(seen, imports=(*seen.imports, listed))
            _refuse_too_long(changed)
            with suppress(Refusal):  # no answer: whether it counts is read from the manifest
                if self._stores.sealed.manifests.commit(site_id, seen, changed):
                    return listed
        raise Refusal(503, "busy", "the site's history is being changed; try again")

    def _refuse_repeated(self, seen: Manifest, source: str) -> None:
        for entry in seen.imports:
            if entry.source == source:
                day = spans.local_time(entry.at_ms, spans.find_zone("UTC")).date()
                message = f"the same events were imported on {day} as {entry.name!r}"
                raise Refusal(409, "imported_before", message)


def _count_items(items: Iterable[Item], say: Say) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        yield item
        if number % SAY_EVERY == 0:
            say(number)


def _cut_chunks(parts: Iterator[Part], size: int) -> Iterator[list[Part]]:
    while chunk := list(islice(parts, size)):
        yield chunk


def _by_month(parts: Iterable[Part]) -> list[list[Part]]:
    """Parts of one event each, by UTC month: a report of a period reads few files."""
    months: dict[str, list[Part]] = {}
    for part in parts:
        months.setdefault(_month_of(part.events[0].at_ms), []).append(part)
    return list(months.values())


def _list_runs(files: Iterable[File]) -> list[list[File]]:
    """Files of one month each, those together that become one."""
    runs: list[list[File]] = []
    last: dict[str, list[File]] = {}
    for path, file in files:
        run = last.get(_month_of(file.min_ts), [])
        if not run or sum(other.bytes for _, other in run) + file.bytes > FILE_BYTES:
            run = last[_month_of(file.min_ts)] = []
            runs.append(run)
        run.append((path, file))
    return runs


def _month_of(at_ms: int) -> str:
    return f"{spans.local_time(at_ms, spans.find_zone('UTC')):%Y-%m}"


def _segment_of(facts: FileFacts) -> Segment:
    return Segment("", facts.sha256, facts.rows, facts.bytes, facts.min_ts, facts.max_ts)


def _find_import(seen: Manifest, entry: Import) -> Import | None:
    """This very import as the manifest has it; its files may have been written anew since."""
    own = (entry.source, entry.name, entry.at_ms)
    return next((e for e in seen.imports if (e.source, e.name, e.at_ms) == own), None)


def _refuse_too_long(changed: Manifest) -> None:
    if len(dump_manifest(replace(changed, erased=()))) > HISTORY_BYTES:
        message = "the list of the site's files has no room for more; import many files as one"
        raise Refusal(409, "history_full", message)
