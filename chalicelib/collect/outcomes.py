"""What becomes of each hit of a beacon: dropped for a reason, or kept in its session's item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.enrich import identity
from chalicelib.enrich.parse import Hit, Invalid
from chalicelib.model.event import Attributes, Beacon, Event, Part
from chalicelib.model.refusal import Answer, Reason, Refusal
from chalicelib.model.site import Site


@dataclass(frozen=True, slots=True)
class Dropped:
    """A hit that is not stored."""

    reason: Reason
    field: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A hit to be stored; `reason` says why it will not count, empty if it does."""

    site: Site
    visitor_id: str
    session_id: str
    attributes: Attributes
    event: Event

    @property
    def reason(self) -> str:
        """The first word of what the visitor was taken for."""
        return self.attributes.bot.partition(":")[0]


@dataclass(slots=True)
class Outcome:
    """A hit as it was read, the JSON value it was read from, and its fate. A repeat is another hit
    of the same session's beacon again; `is_new` once an item with it was stored."""

    hit: Hit | Invalid
    raw: Any
    fate: Kept | Dropped
    is_repeat: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The outcomes of a beacon that make one item."""

    site: Site
    session_id: str
    outcomes: Sequence[Outcome]

    def make_beacon(self, stated_id: str | None, at_ms: int) -> Beacon:
        """The beacon of this session, not yet received; its id follows from its events where the
        sender states none."""
        beacon_id = stated_id or self._derive_id(at_ms)
        return Beacon(self.site.id, self.session_id, beacon_id, 0, self._make_parts())

    def _derive_id(self, at_ms: int) -> str:
        hits = [outcome.hit for outcome in self.outcomes if isinstance(outcome.hit, Hit)]
        ids = [hit.event_id for hit in hits if hit.event_id]
        if len(ids) == len(hits):
            return identity.beacon_id_of_events(ids)
        return identity.beacon_id_of_content([outcome.raw for outcome in self.outcomes], at_ms)

    def _make_parts(self) -> tuple[Part, ...]:
        """The session's events, those of one visitor and equal attributes together."""
        parts: dict[tuple[str, Attributes], list[Event]] = {}
        for kept in kept_of(self.outcomes):
            parts.setdefault((kept.visitor_id, kept.attributes), []).append(kept.event)
        return tuple(
            Part(visitor_id, self.session_id, attributes, tuple(events))
            for (visitor_id, attributes), events in parts.items()
        )


def kept_of(outcomes: Iterable[Outcome]) -> list[Kept]:
    """Those to be stored."""
    return [o.fate for o in outcomes if isinstance(o.fate, Kept) and not o.is_repeat]


def mark_repeats(outcomes: Iterable[Outcome]) -> None:
    """Mark kept hits whose event id stood earlier in the same session's beacon."""
    seen: set[tuple[str, str, str]] = set()
    for outcome in outcomes:
        hit, fate = outcome.hit, outcome.fate
        if isinstance(hit, Hit) and isinstance(fate, Kept) and hit.event_id:
            event = fate.site.id, fate.session_id, hit.event_id
            outcome.is_repeat = event in seen
            seen.add(event)


def group_by_session(outcomes: Iterable[Outcome]) -> list[Session]:
    """The kept outcomes that are no repeats, by site and session."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    sites: dict[str, Site] = {}
    for outcome in outcomes:
        fate = outcome.fate
        if isinstance(fate, Kept) and not outcome.is_repeat:
            sites[fate.site.id] = fate.site
            groups.setdefault((fate.site.id, fate.session_id), []).append(outcome)
    return [Session(sites[site], session, some) for (site, session), some in groups.items()]


def refuse_all_invalid(outcomes: Sequence[Outcome]) -> None:
    """Raises `Refusal` 400, with the field of the first, where nothing in a beacon is valid."""
    fates = [outcome.fate for outcome in outcomes]
    first = fates[0]
    if isinstance(first, Dropped) and all(fate.reason == "invalid" for fate in fates):
        raise Refusal(400, "invalid_event", first.message, first.field)


def answer(outcomes: Sequence[Outcome]) -> Answer:
    """What the sender is told: `{"accepted", "duplicates", "dropped"}`."""
    fates = [outcome.fate for outcome in outcomes]
    dropped = [{"index": at, "reason": f.reason} for at, f in enumerate(fates) if f.reason]
    counted = [o for o in outcomes if isinstance(o.fate, Kept) and not o.fate.reason]
    new = [outcome for outcome in counted if outcome.is_new]
    body = {"accepted": len(new), "duplicates": len(counted) - len(new), "dropped": dropped}
    headers = {"X-Dropped": str(dropped[0]["reason"])} if dropped else {}
    return Answer(body, headers)
