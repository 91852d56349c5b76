"""The values that pass between the verbs. This module imports nothing of ours.

A beacon becomes parts, an hour of beacons becomes parts, a file holds parts: a part is what one
session did as far as one of them knows, and the parts of a session add up in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

HOT_DAYS = 35
"""Days that an event stays in its table after it was received, whatever a site's retention says:
longer than sealing may lag, and what erasure, retention and reports count on."""
Scalar = str | int | float | bool
Identity = Literal["persistent", "storage-free"]
Role = Literal["admin", "viewer", "share"]
Reason = Literal["bot", "spam_referrer", "excess", "unknown_site", "excluded", "opt_out", "invalid"]
"""Why a hit does not count. Those of the first three reasons are stored, out of the figures."""


class Refusal(Exception):
    """An answer other than 200, worded as the contract's error body has it.

    `field` names the offending parameter or body field; `retry_after_s` becomes the header.
    """

    def __init__(
        self, status: int, code: str, message: str, field: str = "", retry_after_s: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived at the collector; nothing in it is believed yet."""

    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""
    address: str = ""
    """The peer as API Gateway names it; never stored, never logged."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its JSON body and the headers that belong to it."""

    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """A tracked set of hostnames and its settings."""

    id: str
    name: str = ""
    hostnames: tuple[str, ...] = ()
    time_zone: str = "UTC"
    identity: Identity = "persistent"
    honour_gpc: bool = True
    honour_dnt: bool = False
    kept_query_parameters: tuple[str, ...] = ()
    """For senders of a site's own and imports: the tracker sends none but campaign tags."""
    excluded_paths: tuple[str, ...] = ()
    excluded_addresses: tuple[str, ...] = ()
    """SHA-256 of site id and address (`enrich.refuse.address_hash`), never the address."""
    bot_filters: tuple[str, ...] = ()
    """Sessions that one of these filters keeps count as bots, those of the past too."""
    shards: int = 1
    retention_days: int = 0
    """Days that sealed history is kept; 0 keeps it."""
    hour_megabytes: int = 128
    """What an hour takes in, where an event is a kilobyte and its own bytes, and a beacon two
    more: beyond it beacons are refused, and of half of it the heaviest visitors are left out."""
    excess_an_hour: int = 2_000
    excess_a_session: int = 5_000
    """More events of one visitor in an hour, or of one session, are more than a person sends."""

    def has_host(self, host: str) -> bool:
        """Whether the site lists `host` (lower case, no port)."""
        return any(name in self.hostnames for name in host_names(host))

    @property
    def hour_budget(self) -> int:
        """What an hour takes in, a weight as in `store.items.Record`."""
        return self.hour_megabytes * 1_000_000

    @property
    def own_hosts(self) -> frozenset[str]:
        """The domains that are the site itself, so that going about them is no referral."""
        return frozenset(h.removeprefix("*.").removeprefix("www.") for h in self.hostnames)


def host_names(host: str) -> Iterator[str]:
    """The spellings under which a site may list `host`, the nearest first.

    A listed name stands for itself and its `www.`; `*.example.com` for every sub-domain.
    """
    yield host
    if host.startswith("www."):
        yield host[4:]
    labels = host.split(".")
    yield from ("*." + ".".join(labels[at:]) for at in range(1, len(labels)))


def may_meet(one: str, other: str) -> bool:
    """Whether there is a host that two listed names both stand for."""
    if not one.startswith("*."):
        one, other = other, one
    if not one.startswith("*."):
        return one == other or one == f"www.{other}" or other == f"www.{one}"
    parent, name = one[2:], other.removeprefix("*.")
    if f".{name}".endswith(f".{parent}"):
        return True
    return other.startswith("*.") and parent.endswith(f".{name}")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role and the sites it may see; `*` stands for all sites.

    `filters` are locked: every report is narrowed by them, whatever else it asks for.
    """

    role: Role
    sites: tuple[str, ...]
    name: str = ""
    filters: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Locked:
    """Filters that narrow a report beside those it asks for: the principal's `own`, which hide the
    rest of the site from it, and those that leave `people`, without what the site calls bots."""

    own: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is said of a session as a whole; empty where unknown.

    `bot` is the reason a session is left out of the figures (empty for people).
    `attributed_by` and `placed_by` name the rule and evidence that decided source and place.
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
