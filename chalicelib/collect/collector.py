"""Collect: a beacon is refused, or enriched and written, once.

Every hit of a request passes the same named steps: it is parsed, its site is found, it may be
refused with a reason, it is enriched, and it joins its session's item. Nothing is answered before
the items are durable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.collect import outcomes
from chalicelib.collect.arrival import Arrival, read_arrival
from chalicelib.collect.budgets import Load
from chalicelib.collect.limits import Unlimited
from chalicelib.collect.outcomes import Dropped, Kept, Outcome, kept_of
from chalicelib.enrich import identity, parse
from chalicelib.enrich.enrich import enrich_hit
from chalicelib.enrich.page import read_page
from chalicelib.enrich.parse import Hit, Invalid
from chalicelib.enrich.refuse import (
    from_excluded_address,
    is_path_excluded,
    opted_out,
    refuse_content_type,
)
from chalicelib.model.limits import SESSION_BYTES
from chalicelib.model.refusal import Answer, Request
from chalicelib.model.site import Site
from chalicelib.store.events import Events
from chalicelib.store.registry.salts import Salts
from chalicelib.store.registry.sites import Sites

EXCESS = "excess"
"""Why an event is left out that came after more than a person could send."""


@dataclass(frozen=True, slots=True)
class Collector:
    """All that collecting needs."""

    sites: Sites
    salts: Salts
    events: Events
    now_ms: Callable[[], int]
    limits: Unlimited = field(default_factory=Unlimited)
    edge_secret_sha256: str = ""

    def collect(self, request: Request) -> Answer:
        """Take a beacon in: `{"accepted", "duplicates", "dropped"}`, durable when it returns.

        Raises `Refusal`: 400 no beacon or nothing valid in it, 413 too large, 415 content type,
        429 over a budget, 503 the store refuses.
        """
        arrival = read_arrival(request, self.edge_secret_sha256, self.now_ms())
        try:
            return self._take_in(request, arrival)
        finally:
            self.limits.write_refusals()

    def _take_in(self, request: Request, arrival: Arrival) -> Answer:
        self.limits.spend(arrival, Load(requests=1, events=0, bytes=arrival.bytes))
        refuse_content_type(request.headers)
        body = parse.read_body(request.body)
        self.limits.spend(arrival, Load(requests=0, events=len(body.hits), bytes=0))
        found = [
            Outcome(hit, raw, self._decide_fate(hit, arrival))
            for hit, raw in zip(body.hits, body.raw, strict=True)
        ]
        outcomes.refuse_all_invalid(found)
        outcomes.mark_repeats(found)
        self.limits.refuse_many_visitors(arrival, kept_of(found))
        self._store_sessions(body.beacon_id, found, arrival)
        return outcomes.answer(found)

    def _decide_fate(self, hit: Hit | Invalid, arrival: Arrival) -> Kept | Dropped:
        """What becomes of a hit: the first rule that drops it, or what is kept of it."""
        if isinstance(hit, Invalid):
            return Dropped("invalid", hit.field, hit.message)
        if hit.is_too_old:
            return Dropped("invalid", "age_ms", "older than 7 days")
        where = read_page(hit.url)
        site = self._find_site(hit.site, where.host)
        if site is None:
            return Dropped("unknown_site")
        if opted_out(site, arrival.headers):
            return Dropped("opt_out")
        visitor_id, session_id = self._identify_visitor(hit, site, arrival)
        if not visitor_id or not session_id:
            missing = "session_id" if visitor_id else "visitor_id"
            return Dropped("invalid", missing, f"{missing} is a UUID")
        if is_path_excluded(site, where.path) or from_excluded_address(site, arrival.address):
            return Dropped("excluded")
        if self.sites.has_objection(site.id, visitor_id):
            return Dropped("excluded")
        attributes, event = enrich_hit(hit, where, site, arrival.viewer)
        kept = Kept(site, visitor_id, session_id, attributes, event)
        if not attributes.bot and self.limits.is_excess(kept, arrival.at_ms):
            return replace(kept, attributes=replace(attributes, bot=EXCESS))
        return kept

    def _find_site(self, stated: str | None, host: str) -> Site | None:
        """The site of a hit, if its page is on one of the site's hosts."""
        if not host:
            return None
        if stated is None:
            return self.sites.of_host(host)
        site = self.sites.get(stated)
        return site if site is not None and site.has_host(host) else None

    def _identify_visitor(self, hit: Hit, site: Site, arrival: Arrival) -> tuple[str, str]:
        """Visitor and session of a hit, empty where it names none."""
        if site.identity == "persistent":
            return hit.visitor_id or "", hit.session_id or ""
        salt = self.salts.of(arrival.at_ms)
        visitor_id = identity.anonymous_visitor(salt, arrival.address, arrival.user_agent, site.id)
        return visitor_id, identity.anonymous_session(visitor_id, arrival.at_ms)

    def _store_sessions(
        self, beacon_id: str | None, found: Sequence[Outcome], arrival: Arrival
    ) -> None:
        """Put the sessions' items, all or none, and mark the outcomes whose items are new."""
        sessions = outcomes.group_by_session(found)
        sites = {session.site.id: session.site for session in sessions}
        are_new = self.events.put(
            [session.make_beacon(beacon_id, arrival.at_ms) for session in sessions],
            {site.id: site.shards for site in sites.values()},
            most_bytes=2 * arrival.bytes + SESSION_BYTES * len(sessions),
            admit=lambda weights: self.limits.admit(arrival, sites, weights),
        )
        for session, is_new in zip(sessions, are_new, strict=True):
            for outcome in session.outcomes if is_new else ():
                outcome.is_new = True
        for outcome in found:
            if outcome.is_new and isinstance(outcome.fate, Kept):
                self.limits.count_excess(outcome.fate, arrival.at_ms)
