"""What a privacy officer asks for: everything about one visitor, its erasure, a day's or path's
deletion, and a statement of what is stored.

A visitor's id comes in bodies, never in addresses, so that it is in nobody's log or history; and
it is kept nowhere: requests know it by its number, a 64-bit hash.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import chain
from typing import Any

from chalicelib.admin.administration import Administration
from chalicelib.admin.forms import ExportForm, Subject, fill_form
from chalicelib.admin.shapes import Parameters, make_page
from chalicelib.engine.segments import Segments
from chalicelib.model import spans
from chalicelib.model.event import Part
from chalicelib.model.ids import number_of, session_number
from chalicelib.model.manifest import Erasure
from chalicelib.model.parts import group_parts
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import LATEST_MS, Span
from chalicelib.privacy.erasures import refuse_full, suppress_events
from chalicelib.privacy.statement import make_statement
from chalicelib.report.reader import Reader
from chalicelib.settings import Settings
from chalicelib.store.clock import Clock
from chalicelib.store.registry.receipts import Receipt, Receipts
from chalicelib.store.sealed import Sealed

Json = dict[str, Any]

EVER = Span(0, LATEST_MS)

PAGE_BYTES = 4_000_000
"""Of an export: one more event, which has 64 KB at most, still fits an answer."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """The duties, on one deployment."""

    administration: Administration
    receipts: Receipts
    sealed: Sealed
    reader: Reader
    segments: Segments
    settings: Settings
    clock: Clock

    def export(self, actor: Principal, site_id: str, body: Json) -> Json:
        """A page of all that is stored about a visitor: `{"visitor_id", "sessions", "partial",
        "cursor"}`.

        Times are epoch ms; `partial` names days whose files could not be read. With the `cursor`
        the next page is asked for; null on the last. A session too long for one page goes on in
        the next with its further events.
        """
        site = self.administration.find_administered(actor, site_id)
        asked = fill_form(ExportForm, body)
        visitor = number_of(asked.visitor_id)
        self.administration.audit.note(actor, "visitor.export", site_id)
        snapshot = self.reader.snapshot(site, [EVER], self.clock.own_ms())
        found = [
            *self.segments.of_visitor(snapshot.files, visitor),
            *(part for part in snapshot.tail if number_of(part.visitor_id) == visitor),
        ]
        shown, cursor = export_page(found, asked.cursor, asked.limit)
        return {
            "site": site_id,
            "visitor_id": asked.visitor_id,
            "sessions": shown,
            "partial": list(snapshot.partial),
            "cursor": cursor,
        }

    def whole_export(self, actor: Principal, site_id: str, body: Json) -> Json:
        """All pages of an export as one, each session whole."""
        pages = [self.export(actor, site_id, body)]
        while cursor := pages[-1]["cursor"]:
            pages.append(self.export(actor, site_id, {**body, "cursor": cursor}))
        return {**pages[-1], "sessions": join_pages(one["sessions"] for one in pages)}

    def erase(self, actor: Principal, site_id: str, body: Json) -> Json:
        """The receipt of a request to erase a visitor, or a day and/or a path's events.

        From now on no answer holds what it covers; stores are rid of it by the next runs of
        `maintain`, and then `erased_at` says so. Raises Refusal 409, and keeps nothing of the
        request, where too many are open, 503 where this machine's clock is wrong.
        """
        site = self.administration.find_administered(actor, site_id)
        subject = fill_form(Subject, body)
        now = self.clock.own_ms()
        entry = _make_entry(site, subject, now)
        refuse_full(site_id, self.sealed, self.clock)
        receipt = Receipt(entry, subject.kind, asked_at_ms=now, asked_by=actor.name)
        about = {"receipt": entry.id, "subject": receipt.subject, "path": entry.path}
        self.administration.audit.note(actor, "erase", site_id, **about)
        self.receipts.save(site_id, receipt)
        suppress_events(site_id, self.sealed, [entry], self.clock)
        return show_receipt(receipt)

    def statement(self, actor: Principal, site_id: str) -> Json:
        """What is stored about the site's visitors, how long and where, for who may read it."""
        site = self.administration.find_readable(actor, site_id)
        return make_statement(site, self.settings, self.clock.own_ms())

    def erasures(self, actor: Principal, site_id: str, parameters: Parameters = ()) -> Json:
        """The receipts of a site, the newest first."""
        self.administration.find_administered(actor, site_id)
        shown = [show_receipt(receipt) for receipt in self.receipts.all(site_id)]
        return make_page("erasures", shown, _newest_first, parameters)

    def erasure(self, actor: Principal, site_id: str, receipt_id: str) -> Json:
        """One receipt."""
        self.administration.find_administered(actor, site_id)
        receipt = self.receipts.get(site_id, receipt_id)
        if receipt is None:
            raise Refusal(404, "not_found", "There is no such receipt.", "id")
        return show_receipt(receipt)


def export_page(
    parts: Sequence[Part], cursor: str | None, limit: int, most_bytes: int = PAGE_BYTES
) -> tuple[list[Json], str | None]:
    """The sessions of one visitor's parts, by their first event, and the cursor of what follows
    them: at most so many, in at most so many bytes, but for one event. Ids are numbers."""
    shown: list[Json] = []
    last, left = "", most_bytes
    for place, at, session, event in _list_events(parts, cursor):
        left -= _count_bytes(event) + (_count_bytes(session) if place != last else 0)
        if shown and (left < 0 or (place != last and len(shown) == limit)):
            return shown, f"{place} {at}"
        if place != last:
            shown.append({**session, "events": []})
            last = place
        shown[-1]["events"].append(event)
    return shown, None


def join_pages(pages: Iterable[Sequence[Json]]) -> list[Json]:
    """The sessions of all pages, each whole."""
    whole: list[Json] = []
    for session in chain.from_iterable(pages):
        goes_on = whole and all(whole[-1][n] == session[n] for n in ("session", "attributes"))
        if goes_on:
            whole[-1]["events"] += session["events"]
        else:
            whole.append({**session, "events": list(session["events"])})
    return whole


def _list_events(
    parts: Sequence[Part], cursor: str | None
) -> Iterator[tuple[str, int, Json, Json]]:
    """Every event from the cursor on: its session's place, its own in that, the session without
    events, and the event."""
    first, _, skipped = (cursor or "").rpartition(" ")
    numbered = (replace(p, visitor_id="", session_id=f"#{session_number(p):016x}") for p in parts)
    for part in sorted(group_parts(numbered, cap=None), key=_describe_place):
        place = _describe_place(part)
        if place < first:
            continue
        attributes = {name: value for name, value in asdict(part.attributes).items() if value}
        session = {"session": part.session_id, "attributes": attributes, "events": []}
        for at in range(int(skipped) if place == first else 0, len(part.events)):
            event = part.events[at]
            yield place, at, session, {**asdict(event), "data": dict(event.data)}


def _describe_place(part: Part) -> str:
    """Where a session stands, one for each of its attributes where beacons disagree about them."""
    said = sha256(repr(part.attributes).encode()).hexdigest()[:8]
    return f"{part.events[0].at_ms:015d} {part.session_id} {said}"


def _count_bytes(value: Json) -> int:
    """What a value takes at most in an answer as Lambda sends it: a JSON text within another."""
    return len(json.dumps(json.dumps(value)))


def _newest_first(receipt: Json) -> str:
    return f"{LATEST_MS - receipt['asked_at']:016d} {receipt['id']}"


def show_receipt(receipt: Receipt) -> Json:
    """A receipt as it is shown; a visitor by its number. Times epoch ms, null for not yet."""
    entry = receipt.entry
    covered: Mapping[str, Any] = {
        "visitor": f"#{entry.visitor:016x}" if entry.visitor else None,
        "path": entry.path or None,
        "from": entry.from_ms or None,
        "before": entry.before_ms,
    }
    return {
        "id": entry.id,
        "subject": receipt.subject,
        **{name: value for name, value in covered.items() if value is not None},
        "asked_at": receipt.asked_at_ms,
        "asked_by": receipt.asked_by,
        "erased_at": receipt.erased_at_ms or None,
    }


def _make_entry(site: Site, subject: Subject, now_ms: int) -> Erasure:
    entry = Erasure(id=secrets.token_hex(8), before_ms=now_ms + 1)
    if subject.visitor_id:
        return replace(entry, visitor=number_of(subject.visitor_id))
    if subject.path:
        entry = replace(entry, path=subject.path)
    if not subject.day:
        return entry
    span = _read_day(subject.day, site, now_ms)
    return replace(entry, from_ms=span.from_ms, before_ms=min(span.to_ms, now_ms + 1))


def _read_day(text: str, site: Site, now_ms: int) -> Span:
    """The span of a day where the site is, which must have begun."""
    try:
        span = spans.span_of_day(text, spans.find_zone(site.time_zone))
    except ValueError as error:
        raise Refusal(400, "bad_request", str(error), "day") from None
    if span.from_ms >= now_ms:
        raise Refusal(400, "bad_request", "This day is yet to come.", "day")
    return span
