"""Collect: a beacon is refused, or enriched and written, once.

Every hit of a request passes the same named steps: it is parsed, its site is found, it may be
refused with a reason, it is enriched, and it joins its session's item. Nothing is answered before
the items are durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.enrich import identity, parse
from chalicelib.enrich.device import agent
from chalicelib.enrich.limits import REQUESTS_PER_MINUTE
from chalicelib.enrich.page import page
from chalicelib.enrich.parse import Hit, Invalid
from chalicelib.enrich.place import NOWHERE, is_from_edge, viewer_address, viewer_place
from chalicelib.enrich.refuse import excluded, from_excluded_address, opted_out, refuse_content_type
from chalicelib.enrich.session import Viewer, enriched
from chalicelib.model import Answer, Attributes, Beacon, Event, Part, Refusal, Request, Site
from chalicelib.store.events import Events
from chalicelib.store.registry import Salts, Sites


@dataclass(slots=True)
class Rates:
    """Requests of each address in the minute under way, as this instance has seen them."""

    allowed: int = REQUESTS_PER_MINUTE
    addresses: int = 50_000
    """More in one minute than this and the count starts over: memory is bounded."""
    _minute: int = -1
    _seen: dict[str, int] = field(default_factory=dict)

    def take(self, address: str, now_ms: int) -> None:
        """Count a request. Raises `Refusal` 429 when the address has had its share."""
        minute = now_ms // 60_000
        if minute != self._minute or len(self._seen) >= self.addresses:
            self._minute, self._seen = minute, {}
        count = self._seen.get(address, 0) + 1
        self._seen[address] = count
        if self.allowed and count > self.allowed:
            wait_s = 60 - now_ms // 1000 % 60
            raise Refusal(429, "too_many_requests", "slow down", retry_after_s=wait_s)


@dataclass(frozen=True, slots=True)
class Collector:
    """All that collecting needs. `rates` is None where limits are off."""

    sites: Sites
    salts: Salts
    events: Events
    now_ms: Callable[[], int]
    rates: Rates | None = None
    edge_secret_sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What all hits of a request share."""

    headers: Mapping[str, str]
    viewer: Viewer
    address: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class _Dropped:
    reason: str
    field: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A hit to be stored; `reason` says why it will not count, empty if it does."""

    site: str
    visitor_id: str
    session_id: str
    attributes: Attributes
    event: Event
    shards: int

    @property
    def reason(self) -> str:
        bot = self.attributes.bot
        return "" if not bot else "spam_referrer" if bot == "spam_referrer" else "bot"


def collect(request: Request, collector: Collector) -> Answer:
    """Take a beacon in: `{"accepted", "duplicates", "dropped"}`, durable when it returns.

    Raises `Refusal`: 400 no beacon or nothing valid in it, 413 too large, 415 content type,
    429 too many requests, 503 the store refuses.
    """
    arrival = _arrive(request, collector)
    refuse_content_type(request.headers)
    body = parse.body(request.body)
    fates = [_fate(hit, arrival, collector) for hit in body.hits]
    _refuse_all_invalid(fates)
    repeats = _repeats(body.hits, fates)
    stored = _store(body, fates, repeats, arrival, collector)
    return _answer(fates, repeats, stored)


def _arrive(request: Request, collector: Collector) -> _Arrival:
    from_edge = is_from_edge(request.headers, collector.edge_secret_sha256)
    address = viewer_address(request.headers, request.address, from_edge)
    now = collector.now_ms()
    if collector.rates is not None:
        collector.rates.take(address, now)
    place = viewer_place(request.headers) if from_edge else NOWHERE
    accepted = request.headers.get("accept-language", "")
    return _Arrival(request.headers, Viewer(agent(request.headers), place, accepted), address, now)


def _fate(hit: Hit | Invalid, arrival: _Arrival, collector: Collector) -> _Kept | _Dropped:
    if isinstance(hit, Invalid):
        return _Dropped("invalid", hit.field, hit.message)
    if hit.is_too_old:
        return _Dropped("invalid", "age_ms", "older than 7 days")
    where = page(hit.url)
    site = _site(hit.site, where.host, collector.sites)
    if site is None:
        return _Dropped("unknown_site")
    if opted_out(site, arrival.headers):
        return _Dropped("opt_out")
    visitor_id, session_id = _identity(hit, site, arrival, collector.salts)
    if not visitor_id or not session_id:
        missing = "session_id" if visitor_id else "visitor_id"
        return _Dropped("invalid", missing, f"{missing} is a UUID")
    if excluded(site, where.path, visitor_id) or from_excluded_address(site, arrival.address):
        return _Dropped("excluded")
    said, event = enriched(hit, where, site, arrival.viewer)
    return _Kept(site.id, visitor_id, session_id, said, event, site.shards)


def _site(stated: str | None, host: str, sites: Sites) -> Site | None:
    """The site of a hit, if its page is on one of the site's hosts."""
    if not host:
        return None
    if stated is None:
        return sites.of_host(host)
    site = sites.get(stated)
    return site if site is not None and site.has_host(host) else None


def _identity(hit: Hit, site: Site, arrival: _Arrival, salts: Salts) -> tuple[str, str]:
    if site.identity == "persistent":
        return hit.visitor_id or "", hit.session_id or ""
    user_agent = arrival.headers.get("user-agent", "")
    salt = salts.of(arrival.at_ms)
    visitor_id = identity.anonymous_visitor(salt, arrival.address, user_agent, site.id)
    return visitor_id, identity.anonymous_session(visitor_id, arrival.at_ms)


def _refuse_all_invalid(fates: Sequence[_Kept | _Dropped]) -> None:
    first = fates[0]
    if all(isinstance(fate, _Dropped) and fate.reason == "invalid" for fate in fates):
        assert isinstance(first, _Dropped)
        raise Refusal(400, "invalid_event", first.message, first.field)


def _repeats(hits: Sequence[Hit | Invalid], fates: Sequence[_Kept | _Dropped]) -> set[int]:
    """The places of kept hits whose event id stood earlier in the same session's beacon."""
    seen: set[tuple[str, str, str]] = set()
    repeats = set()
    for place, (hit, fate) in enumerate(zip(hits, fates, strict=True)):
        if isinstance(hit, Hit) and isinstance(fate, _Kept) and hit.event_id:
            event = fate.site, fate.session_id, hit.event_id
            if event in seen:
                repeats.add(place)
            seen.add(event)
    return repeats


def _store(
    body: parse.Body,
    fates: Sequence[_Kept | _Dropped],
    repeats: set[int],
    arrival: _Arrival,
    collector: Collector,
) -> dict[tuple[str, str], bool]:
    """Which sessions' items are new, by site and session."""
    sessions: dict[tuple[str, str], list[int]] = {}
    for place, fate in enumerate(fates):
        if isinstance(fate, _Kept) and place not in repeats:
            sessions.setdefault((fate.site, fate.session_id), []).append(place)
    kept = {place: fate for place, fate in enumerate(fates) if isinstance(fate, _Kept)}
    beacons = [
        Beacon(site, session, _beacon_id(body, places, arrival), 0, _parts(kept, places))
        for (site, session), places in sessions.items()
    ]
    shards = {fate.site: fate.shards for fate in kept.values()}
    return dict(zip(sessions, collector.events.put(beacons, shards), strict=True))


def _beacon_id(body: parse.Body, places: Sequence[int], arrival: _Arrival) -> str:
    if body.beacon_id:
        return body.beacon_id
    hits = [hit for place in places if isinstance(hit := body.hits[place], Hit)]
    ids = [hit.event_id for hit in hits if hit.event_id]
    if len(ids) == len(hits):
        return identity.beacon_id_of_events(ids)
    return identity.beacon_id_of_content([body.raw[place] for place in places], arrival.at_ms)


def _parts(kept: Mapping[int, _Kept], places: Sequence[int]) -> tuple[Part, ...]:
    """A session's events, those of one visitor and equal attributes together."""
    parts: dict[tuple[str, Attributes], list[Event]] = {}
    for hit in (kept[place] for place in places):
        parts.setdefault((hit.visitor_id, hit.attributes), []).append(hit.event)
    session_id = kept[places[0]].session_id
    return tuple(
        Part(visitor_id, session_id, said, tuple(events))
        for (visitor_id, said), events in parts.items()
    )


def _answer(
    fates: Sequence[_Kept | _Dropped], repeats: set[int], stored: Mapping[tuple[str, str], bool]
) -> Answer:
    dropped = [{"index": at, "reason": f.reason} for at, f in enumerate(fates) if f.reason]
    counted = {at: f for at, f in enumerate(fates) if isinstance(f, _Kept) and not f.reason}
    new = [at for at, f in counted.items() if at not in repeats and stored[f.site, f.session_id]]
    body = {"accepted": len(new), "duplicates": len(counted) - len(new), "dropped": dropped}
    headers = {"X-Dropped": str(dropped[0]["reason"])} if dropped else {}
    return Answer(body, headers)
