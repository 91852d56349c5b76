"""Sealed history of a stage: which segments are live, the segments, and copies of them here."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.store.manifests import Manifests
from chalicelib.store.segment_cache import SegmentCache
from chalicelib.store.segments import SegmentStore


class Sealed(NamedTuple):
    """All that holds sealed history."""

    manifests: Manifests
    segments: SegmentStore
    cache: SegmentCache
