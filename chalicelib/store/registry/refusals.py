"""How many requests were refused over a budget, by site, unit and month, for whoever operates it.

Each instance adds up its own and writes them once a minute, one small document a site and month.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chalicelib.model.refusal import Refusal
from chalicelib.model.spans import DAY_MS
from chalicelib.store.registry.documents import Documents

log = logging.getLogger(__name__)

EVERY_MS = 60_000

KEPT_MS = 400 * DAY_MS

UNKNOWN_SITE = "*"
"""Refused before it was known for which site."""


@dataclass(slots=True)
class Refusals:
    """The refusals of one instance, and those that all have written."""

    documents: Documents
    now_ms: Callable[[], int]
    instance: str = field(default_factory=lambda: secrets.token_hex(8))
    _counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    _unwritten: set[tuple[str, str]] = field(default_factory=set)
    _due_at_ms: int = 0

    def note(self, site: str, unit: str) -> None:
        """Count one refusal, written with the next `write`."""
        key = site, _month_of(self.now_ms())
        self._counts.setdefault(key, Counter())[unit] += 1
        self._unwritten.add(key)

    def write(self) -> None:
        """Write what was noted, once a minute; what cannot be written now is with the next."""
        now = self.now_ms()
        if not self._unwritten or now < self._due_at_ms:
            return
        self._due_at_ms = now + EVERY_MS
        try:
            for site, month in sorted(self._unwritten):
                counts = dict(self._counts[site, month])
                self.documents.put(_kind_of(site, month), self.instance, counts, now + KEPT_MS)
            self._unwritten.clear()
        except Refusal:
            log.warning("refusals could not be written")

    def of_month(self, site: str, at_ms: int) -> dict[str, int]:
        """Requests refused in the month of that moment, by unit, as written by all instances."""
        found = self.documents.all(_kind_of(site, _month_of(at_ms)))
        total = sum((Counter(counts) for _, counts in found), Counter[str]())
        return dict(sorted(total.items()))


def _kind_of(site: str, month: str) -> str:
    return f"refused#{site}#{month}"


def _month_of(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m}"
