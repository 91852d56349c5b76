"""Generated histories as an engine holds them: some in files, merged or not, the rest as a tail."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from itertools import count

from hypothesis import strategies as st

from chalicelib.engine.snapshot import Snapshot
from chalicelib.model import parts
from tests.report import histories

names = count()


def snapshot(engine, folder, events, split, is_merged):
    """The events as their files and tail, the files merged or not."""
    groups = defaultdict(list)
    for event, place in zip(events, split, strict=True):
        groups[place].append(histories.part(event))
    tail = groups.pop(-1, [])
    files = [folder / f"{next(names)}.parquet" for _ in groups]
    for path, pieces in zip(files, groups.values(), strict=True):
        engine.segments.write(parts.group_parts(pieces), path)
    if is_merged and len(files) > 1:
        merged = folder / f"{next(names)}.parquet"
        engine.segments.merge(files, merged)
        files = [merged]
    return Snapshot(files, tail)


@contextmanager
def split_up(engine, events, data, least=0):
    split = data.draw(histories.splits(events, least))
    try:
        yield snapshot(engine, engine.segments.folder, events, split, data.draw(st.booleans()))
    finally:
        for path in engine.segments.folder.glob("[0-9]*.parquet"):
            path.unlink()
