"""The ledger: what was sent, what was acknowledged, and what of it must be found.

Every event has a number of its own (`seq`). Acknowledged is what was answered 200; of what was
only sent all or nothing of a beacon may be there; of an erased visitor nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Beacons by their number, with the numbers of their events."""

    sent: dict[int, frozenset[int]] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)

    def violations(self, where: str, found: Iterable[int]) -> list[str]:
        """What is wrong with the events found there, a sentence each; none if nothing is."""
        counts = Counter(found)
        known = frozenset().union(*self.sent.values())
        wrong = {
            "event is there more than once": [n for n, times in counts.items() if times > 1],
            "event is there that was never sent": sorted(counts.keys() - known),
            **self._of_beacons(counts),
        }
        return [
            f"{where}: {len(numbers)} x {what}: {', '.join(map(str, numbers[:3]))}"
            for what, numbers in wrong.items()
            if numbers
        ]

    def _of_beacons(self, counts: Mapping[int, int]) -> dict[str, list[int]]:
        kinds: dict[str, list[int]] = {}
        for beacon, events in self.sent.items():
            there = sum(event in counts for event in events)
            if beacon in self.erased:
                kind = "erased beacon is there" if there else ""
            elif there == 0:
                kind = "acknowledged beacon is lost" if beacon in self.acknowledged else ""
            else:
                kind = "beacon is half stored" if there < len(events) else ""
            if kind:
                kinds.setdefault(kind, []).append(beacon)
        return kinds
