"""What a privacy officer asks for: everything about one visitor, its erasure, a day's or path's
deletion, and a statement of what is stored.

A visitor's id comes in bodies, never in addresses, so that it is in nobody's log or history; and
it is kept nowhere: requests know it by its number, a 64-bit hash.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib import protection, spans
from chalicelib.administer import Administration
from chalicelib.erase import hide, refuse_full
from chalicelib.forms import Subject, VisitorForm, filled
from chalicelib.manifest import Erasure
from chalicelib.model import Part, Principal, Refusal, Site
from chalicelib.parts import group, number, session_number
from chalicelib.query.engine import Engine
from chalicelib.reader import Reader
from chalicelib.settings import Settings
from chalicelib.spans import LATEST_MS, Span
from chalicelib.store.receipts import Receipt, Receipts
from chalicelib.store.sealed import Sealed

Json = dict[str, Any]
EVER = Span(0, LATEST_MS)


@dataclass(frozen=True, slots=True)
class Privacy:
    """The duties, on one deployment."""

    administration: Administration
    receipts: Receipts
    sealed: Sealed
    reader: Reader
    engine: Engine
    settings: Settings
    now_ms: Callable[[], int]

    def export(self, actor: Principal, site_id: str, body: Json) -> Json:
        """All that is stored about a visitor: `{"visitor_id", "sessions", "partial"}`.

        Times are epoch ms; `partial` names days whose files could not be read.
        """
        site = self.administration.administered(actor, site_id)
        visitor_id = filled(VisitorForm, body).visitor_id
        visitor = number(visitor_id)
        self.administration.audit.note(actor, "visitor.export", site_id)
        snapshot = self.reader.snapshot(site, EVER, self.now_ms())
        found = [
            *self.engine.of_visitor(snapshot.files, visitor),
            *(part for part in snapshot.tail if number(part.visitor_id) == visitor),
        ]
        return {
            "site": site_id,
            "visitor_id": visitor_id,
            "sessions": sessions(found),
            "partial": list(snapshot.partial),
        }

    def erase(self, actor: Principal, site_id: str, body: Json) -> Json:
        """The receipt of a request to erase a visitor, or a day and/or a path's events.

        From now on no answer holds what it covers; stores are rid of it by the next runs of
        `maintain`, and then `erased_at` says so. Raises Refusal 409, and keeps nothing of the
        request, where too many are open.
        """
        site = self.administration.administered(actor, site_id)
        subject = filled(Subject, body)
        now = self.now_ms()
        entry = _entry(site, subject, now)
        refuse_full(site_id, self.sealed)
        receipt = Receipt(entry, subject.kind, asked_at_ms=now, asked_by=actor.name)
        about = {"receipt": entry.id, "subject": receipt.subject, "path": entry.path}
        self.administration.audit.note(actor, "erase", site_id, **about)
        self.receipts.save(site_id, receipt)
        hide(site_id, self.sealed, [entry], now)
        return shape(receipt)

    def statement(self, actor: Principal, site_id: str) -> Json:
        """What is stored about the site's visitors, how long and where, for who may read it."""
        site = self.administration.readable(actor, site_id)
        return protection.statement(site, self.settings, self.now_ms())

    def erasures(self, actor: Principal, site_id: str) -> Json:
        """The receipts of a site, the newest first."""
        self.administration.administered(actor, site_id)
        return {"erasures": [shape(receipt) for receipt in reversed(self.receipts.all(site_id))]}

    def erasure(self, actor: Principal, site_id: str, receipt_id: str) -> Json:
        """One receipt."""
        self.administration.administered(actor, site_id)
        receipt = self.receipts.get(site_id, receipt_id)
        if receipt is None:
            raise Refusal(404, "not_found", "There is no such receipt.", "id")
        return shape(receipt)


def sessions(parts: Sequence[Part]) -> list[Json]:
    """The sessions of one visitor's parts, by their first event; ids as numbers."""
    numbered = [
        replace(part, visitor_id="", session_id=f"#{session_number(part):016x}") for part in parts
    ]
    whole = sorted(group(numbered, cap=None), key=lambda part: part.events[0].at_ms)
    return [
        {
            "session": part.session_id,
            "attributes": {name: value for name, value in asdict(part.attributes).items() if value},
            "events": [{**asdict(event), "data": dict(event.data)} for event in part.events],
        }
        for part in whole
    ]


def shape(receipt: Receipt) -> Json:
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


def _entry(site: Site, subject: Subject, now_ms: int) -> Erasure:
    entry = Erasure(id=secrets.token_hex(8), before_ms=now_ms + 1)
    if subject.visitor_id:
        return replace(entry, visitor=number(subject.visitor_id))
    if subject.path:
        entry = replace(entry, path=subject.path)
    if not subject.day:
        return entry
    span = _day(subject.day, site, now_ms)
    return replace(entry, from_ms=span.from_ms, before_ms=min(span.to_ms, now_ms + 1))


def _day(text: str, site: Site, now_ms: int) -> Span:
    """The span of a day where the site is, which must have begun."""
    try:
        span = spans.day(text, spans.zone(site.time_zone))
    except ValueError as error:
        raise Refusal(400, "bad_request", str(error), "day") from None
    if span.from_ms >= now_ms:
        raise Refusal(400, "bad_request", "This day is yet to come.", "day")
    return span
