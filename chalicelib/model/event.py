"""The values that pass between the verbs. This module imports nothing of ours.

A beacon becomes parts, an hour of beacons becomes parts, a file holds parts: a part is what one
session did as far as one of them knows, and the parts of a session add up in any order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

HOT_DAYS = 35
"""Days that an event stays in its table after it was received, whatever a site's retention says:
longer than sealing may lag, and what erasure, retention and reports count on."""

Scalar = str | int | float | bool

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def encode_data(data: Mapping[str, Scalar]) -> str:
    """An event's data as the one JSON text that stands for it; empty without any."""
    return _encode(data) if data else ""


def decode_data(text: str) -> dict[str, Scalar]:
    """The data that a text stands for."""
    return json.loads(text) if text else {}


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is said of a session as a whole; empty where unknown.

    `bot` is the reason a session is left out of the figures (empty for people).
    `attributed_by` and `placed_by` name the rule and evidence that decided source and place.
    A region is `DE-BE`, a city `DE-BE/Berlin`, a version `Chrome 141`: each says what it is of.
    `hostname` is the host of the session's first page, `identity` is `storage-free` where the
    visitor is known for a day only.
    """

    source: str = ""
    medium: str = ""
    campaign: str = ""
    campaign_id: str = ""
    term: str = ""
    content: str = ""
    channel: str = ""
    referrer: str = ""
    attributed_by: str = ""
    device: str = ""
    browser: str = ""
    browser_version: str = ""
    os: str = ""
    os_version: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    placed_by: str = ""
    language: str = ""
    screen: str = ""
    hostname: str = ""
    identity: str = ""
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A hit accepted and enriched. `at_ms` is the server's receive time less the stated age.

    `path` is the page's path without query, canonically percent-encoded. `data` holds the
    built-in keys (`load_time_ms`, `engagement_ms`, `percent`, `link_url`, `link_domain`,
    `outbound`) cleaned, and a custom event's scalars.
    """

    type: str
    at_ms: int
    seq: int = 0
    path: str = ""
    title: str = ""
    data: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What one session did, as far as one beacon, hour or file knows."""

    visitor_id: str
    session_id: str
    attributes: Attributes
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Beacon:
    """One item of the events table: one session's share of one request."""

    site: str
    session_id: str
    beacon_id: str
    received_at_ms: int
    parts: tuple[Part, ...]
