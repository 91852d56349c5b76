"""What one report reads: the files and the tail of a site at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chalicelib.model.event import Part


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a report is made from: sealed files, parts not sealed yet, and the days (ISO dates)
    whose files could not be read."""

    files: Sequence[Path]
    tail: Sequence[Part] = ()
    partial: Sequence[str] = ()
