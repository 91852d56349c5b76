"""Looking at hours: what they hold becomes a file, and a tile of the manifest."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chalicelib.model import sealing
from chalicelib.model.manifest import Tile, drop_erased
from chalicelib.model.parts import Bags, drain_bags, gather_parts
from chalicelib.model.spans import HOUR_MS
from chalicelib.seal.change import Change
from chalicelib.store.hour import read_hour
from chalicelib.store.weights import Item

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Content:
    """What a tile's hours hold and was not erased, and the counts of it."""

    bags: Bags = field(default_factory=dict)
    unreadable: list[Item] = field(default_factory=list)
    beacons: int = 0
    units: int = 0
    left_out: int = 0


def look_at(change: Change, old: Tile) -> Tile:
    """The tile after a look; the same one where the hour cannot be read or sealed now."""
    read_at = change.clock()
    try:
        content = _read_tile(change, old)
        look = _make_tile(old, content, read_at, change.stores.budget_of(change.site))
        new = sealing.after_reading(old, look)
        if new is not look:
            return new
        parts = drain_bags(content.bags, change.stores.segments.cap)
        return replace(look, file=change.write(parts, old.hours))
    except Exception:
        log.exception("seal_hour_failed site=%s hour=%d", change.site.id, old.from_hour)
        return old


def _make_tile(old: Tile, content: _Content, read_at: int, budget: int) -> Tile:
    """The tile of what was read, without its file."""
    return Tile(
        old.from_hour,
        old.to_hour,
        read_at,
        beacons=content.beacons,
        set_aside=len(content.unreadable),
        units=content.units,
        left_out=content.left_out,
        budget=budget if content.left_out else 0,
    )


def _read_tile(change: Change, tile: Tile) -> _Content:
    """What a tile's hours hold. Of a beacon only its events stay in memory."""
    content = _Content()
    for number in tile.hours:
        _read_hour(change, number, content)
    if content.unreadable:
        _set_aside(change, tile, content.unreadable)
    return content


def _read_hour(change: Change, number: int, content: _Content) -> None:
    site, buckets = change.site, change.stores.buckets
    budget = change.stores.budget_of(site)
    hour = read_hour(lambda: buckets.hour(site.id, number * HOUR_MS, site.shards), budget)
    if hour.left_out:
        log.error(
            "over_budget site=%s hour=%d sessions=%d weight=%d budget=%d",
            *(site.id, number, hour.left_out, hour.weight, budget),
        )
    content.left_out += hour.left_out
    parts = (part for beacon in hour.take() for part in beacon.parts)
    gather_parts(drop_erased(change.seen.erased, parts), content.bags)
    content.beacons += hour.beacons_read
    content.units += hour.units
    content.unreadable += hour.unreadable


def _set_aside(change: Change, tile: Tile, unreadable: Sequence[Item]) -> None:
    site = change.site.id
    log.error("set_aside site=%s hour=%d records=%d", site, tile.from_hour, len(unreadable))
    text = "".join(json.dumps(item, default=str) + "\n" for item in unreadable)
    change.stores.sealed.segments.set_aside(site, tile.from_hour, text)
