"""Collect: a beacon is refused, or enriched and written, once.

Every hit of a request passes the same named steps: it is parsed, its site is found, it may be
refused with a reason, it is enriched, and it joins its session's item. Nothing is answered before
the items are durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.budgets import Budgets, Exceeded, Excess, Load
from chalicelib.enrich import identity, parse
from chalicelib.enrich.device import agent
from chalicelib.enrich.limits import MAX_VISITORS, SESSION_BYTES
from chalicelib.enrich.page import page
from chalicelib.enrich.parse import Hit, Invalid
from chalicelib.enrich.place import NOWHERE, is_from_edge, viewer_address, viewer_place
from chalicelib.enrich.refuse import excluded, from_excluded_address, opted_out, refuse_content_type
from chalicelib.enrich.session import Viewer, enriched
from chalicelib.model import (
    Answer,
    Attributes,
    Beacon,
    Event,
    Part,
    Reason,
    Refusal,
    Request,
    Site,
)
from chalicelib.store.events import Events
from chalicelib.store.intake import Intake
from chalicelib.store.refusals import UNKNOWN_SITE, Refusals
from chalicelib.store.registry import Salts, Sites

EXCESS = "excess"
"""Why an event is left out that came after more than a person could send."""
READ_HEADERS = (
    "user-agent",
    "sec-ch-ua",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "sec-ch-ua-mobile",
    "accept-language",
    "cloudfront-viewer-country",
    "cloudfront-viewer-country-region",
    "cloudfront-viewer-city",
)
"""The headers of which something may be stored."""


@dataclass(slots=True)
class Limits:
    """What bounds a sender: budgets of a minute, what a site takes in, what is too much for a
    person, and the count of what was refused."""

    refusals: Refusals
    intake: Intake
    budgets: Budgets = field(default_factory=Budgets)
    excess: Excess = field(default_factory=Excess)


@dataclass(frozen=True, slots=True)
class Collector:
    """All that collecting needs. `limits` is None where they are off."""

    sites: Sites
    salts: Salts
    events: Events
    now_ms: Callable[[], int]
    limits: Limits | None = None
    edge_secret_sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What all hits of a request share. `bytes` are those of its body and of the headers that
    are read."""

    headers: Mapping[str, str]
    viewer: Viewer
    address: str
    at_ms: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Dropped:
    reason: Reason
    field: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A hit to be stored; `reason` says why it will not count, empty if it does."""

    site: Site
    visitor_id: str
    session_id: str
    attributes: Attributes
    event: Event

    @property
    def reason(self) -> str:
        bot = self.attributes.bot
        return bot.partition(":")[0]


def collect(request: Request, collector: Collector) -> Answer:
    """Take a beacon in: `{"accepted", "duplicates", "dropped"}`, durable when it returns.

    Raises `Refusal`: 400 no beacon or nothing valid in it, 413 too large, 415 content type,
    429 over a budget, 503 the store refuses.
    """
    arrival = _arrive(request, collector)
    try:
        return _take_in(request, arrival, collector)
    finally:
        if collector.limits is not None:
            collector.limits.refusals.write()


def _take_in(request: Request, arrival: _Arrival, collector: Collector) -> Answer:
    _spend(collector, arrival, Load(requests=1, events=0, bytes=arrival.bytes))
    refuse_content_type(request.headers)
    body = parse.body(request.body)
    _spend(collector, arrival, Load(requests=0, events=len(body.hits), bytes=0))
    fates = [_fate(hit, arrival, collector) for hit in body.hits]
    _refuse_all_invalid(fates)
    repeats = _repeats(body.hits, fates)
    kept = {at: f for at, f in enumerate(fates) if isinstance(f, _Kept) and at not in repeats}
    _refuse_many_visitors(collector, arrival, list(kept.values()))
    stored = _store(body, kept, arrival, collector)
    _count_excess(collector, arrival, kept.values(), stored)
    return _answer(fates, repeats, stored)


def _arrive(request: Request, collector: Collector) -> _Arrival:
    from_edge = is_from_edge(request.headers, collector.edge_secret_sha256)
    address = viewer_address(request.headers, request.address, from_edge)
    place = viewer_place(request.headers) if from_edge else NOWHERE
    accepted = request.headers.get("accept-language", "")
    viewer = Viewer(agent(request.headers), place, accepted)
    size = len(request.body) + sum(len(request.headers.get(name, "")) for name in READ_HEADERS)
    return _Arrival(request.headers, viewer, address, collector.now_ms(), size)


def _spend(collector: Collector, arrival: _Arrival, load: Load) -> None:
    """Take from the address's budget. Raises `Refusal` 429 where it is used up."""
    if collector.limits is None:
        return
    try:
        collector.limits.budgets.take_of_address(arrival.address, load, arrival.at_ms)
    except Exceeded as exceeded:
        collector.limits.refusals.note(UNKNOWN_SITE, exceeded.unit)
        raise


def _refuse_many_visitors(collector: Collector, arrival: _Arrival, kept: Sequence[_Kept]) -> None:
    """Raises `Refusal` 429 where the beacon speaks of more visitors than a browser has."""
    if collector.limits is None or len({hit.visitor_id for hit in kept}) <= MAX_VISITORS:
        return
    for site in {hit.site.id for hit in kept}:
        collector.limits.refusals.note(site, "visitors")
    raise Exceeded("visitors", "one beacon", arrival.at_ms)


def _admit(
    collector: Collector, arrival: _Arrival, sites: Mapping[str, Site], weights: Mapping[str, int]
) -> None:
    """Take what is to be stored from what its sites take in. Raises `Refusal` 429 where that is
    used up."""
    if collector.limits is None:
        return
    for site, weight in weights.items():
        try:
            collector.limits.intake.take(sites[site], weight, arrival.at_ms)
        except Exceeded as exceeded:
            collector.limits.refusals.note(site, exceeded.unit)
            raise


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
    if excluded(site, where.path) or from_excluded_address(site, arrival.address):
        return _Dropped("excluded")
    if collector.sites.has_objection(site.id, visitor_id):
        return _Dropped("excluded")
    said, event = enriched(hit, where, site, arrival.viewer)
    if not said.bot and _is_excess(collector, site, visitor_id, session_id, arrival.at_ms):
        said = replace(said, bot=EXCESS)
    return _Kept(site, visitor_id, session_id, said, event)


def _is_excess(
    collector: Collector, site: Site, visitor_id: str, session_id: str, at_ms: int
) -> bool:
    limits = collector.limits
    return limits is not None and limits.excess.is_reached(site, visitor_id, session_id, at_ms)


def _count_excess(
    collector: Collector,
    arrival: _Arrival,
    kept: Iterable[_Kept],
    stored: Mapping[tuple[str, str], bool],
) -> None:
    """Count what was new: a retry is nobody's excess."""
    if collector.limits is None:
        return
    for hit in kept:
        if stored[hit.site.id, hit.session_id]:
            excess = collector.limits.excess
            excess.add(hit.site, hit.visitor_id, hit.session_id, arrival.at_ms)


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
            event = fate.site.id, fate.session_id, hit.event_id
            if event in seen:
                repeats.add(place)
            seen.add(event)
    return repeats


def _store(
    body: parse.Body, kept: Mapping[int, _Kept], arrival: _Arrival, collector: Collector
) -> dict[tuple[str, str], bool]:
    """Which sessions' items are new, by site and session."""
    sessions: dict[tuple[str, str], list[int]] = {}
    for place, hit in kept.items():
        sessions.setdefault((hit.site.id, hit.session_id), []).append(place)
    beacons = [
        Beacon(site, session, _beacon_id(body, places, arrival), 0, _parts(kept, places))
        for (site, session), places in sessions.items()
    ]
    sites = {hit.site.id: hit.site for hit in kept.values()}
    new = collector.events.put(
        beacons,
        {site.id: site.shards for site in sites.values()},
        most_bytes=2 * arrival.bytes + SESSION_BYTES * len(beacons),
        admit=lambda weights: _admit(collector, arrival, sites, weights),
    )
    return dict(zip(sessions, new, strict=True))


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
    new = [at for at, f in counted.items() if at not in repeats and stored[f.site.id, f.session_id]]
    body = {"accepted": len(new), "duplicates": len(counted) - len(new), "dropped": dropped}
    headers = {"X-Dropped": str(dropped[0]["reason"])} if dropped else {}
    return Answer(body, headers)
