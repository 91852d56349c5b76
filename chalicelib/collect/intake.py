"""What a site takes in of an hour, counted by all its collectors together.

Each instance adds up what it takes in. It tells the others, and learns of them, whenever that has
grown by a hundredth of the hour's budget: a site below that costs nothing, and so many instances
are that far from each other at most.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field

from chalicelib.collect.budgets import MINUTE_MS, Exceeded
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.registry.documents import Documents

log = logging.getLogger(__name__)

STEPS = 100
"""An instance that has taken in another such part of the budget tells the others."""

AHEAD_MINUTES = 10
"""A newsletter's readers come at once: the first minute has the shares of so many more."""


@dataclass(slots=True)
class _Hour:
    number: int
    own: int = 0
    others: int = 0
    told_at: int = 0


@dataclass(slots=True)
class Intake:
    """The hour under way of each site, as far as one instance knows of it."""

    documents: Documents
    instance: str = field(default_factory=lambda: secrets.token_hex(8))
    _hours: dict[str, _Hour] = field(default_factory=dict)

    def take(self, site: Site, weight: int, now_ms: int) -> None:
        """Count what is about to be stored. Raises `Exceeded` where the site has been sent more
        by this minute than is its share of the hour."""
        hour = self._find_hour(site.id, now_ms // HOUR_MS)
        if hour.own + hour.others + weight > share_of_hour(site, now_ms):
            raise Exceeded("bytes", "this site", now_ms)
        hour.own += weight
        if (hour.own - hour.told_at) * STEPS < site.hour_budget:
            return
        self._tell_others(site.id, hour)
        if hour.own + hour.others > share_of_hour(site, now_ms):
            hour.own -= weight
            raise Exceeded("bytes", "this site", now_ms)

    def _find_hour(self, site: str, number: int) -> _Hour:
        known = self._hours.get(site)
        if known is None or known.number != number:
            known = self._hours[site] = _Hour(number)
        return known

    def _tell_others(self, site: str, hour: _Hour) -> None:
        """What cannot be told now is told with the next step."""
        hour.told_at = hour.own
        kind = f"intake#{site}#{hour.number}"
        try:
            gone_at_ms = (hour.number + 2) * HOUR_MS
            self.documents.put(kind, self.instance, {"weight": hour.own}, gone_at_ms)
            told = {name: said["weight"] for name, said in self.documents.all(kind)}
        except Refusal:
            log.warning("what a site takes in could not be told")
        else:
            hour.others = sum(told.values()) - hour.own


def share_of_hour(site: Site, now_ms: int) -> int:
    """How much of an hour's budget may be used by a moment of it."""
    minute = now_ms % HOUR_MS // MINUTE_MS + 1
    return site.hour_budget * (minute + AHEAD_MINUTES) // (60 + AHEAD_MINUTES)
