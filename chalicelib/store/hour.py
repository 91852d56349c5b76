"""What a site received in one hour, as far as the hour's budget goes.

Visitors who weigh no more than a person are never left out. Where the others together weigh more
than half of the budget, they are cut to an eighth of that: their sessions are left out whole, those
of the heaviest first, so that a flood costs its senders their place and nobody a report. Who is
left out depends on nothing but what was received. Tail, sealing and recount read hours here, and so
leave out the same sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from chalicelib.model.event import Beacon
from chalicelib.store.items import UNREADABLE, Record, decode_record
from chalicelib.store.weights import Item

PERSON_WEIGHT = 32 * 1024
"""What a person weighs in an hour, at most: some five pages."""
HEAVY_PART = 2
"""Visitors who weigh more may together weigh this part of the budget."""
LEFT = 8
"""Of those the lightest up to this part of what they may weigh are left where it is exceeded."""

Read = Callable[[], Iterable[Record | Item]]
"""Reads an hour from its beginning, each time anew."""
Name = tuple[str, str]
"""Session and beacon."""


def read_hour(read: Read, budget: int) -> Hour:
    """All of an hour that fits its budget."""
    hour = Hour(budget)
    hour.add(read(), read)
    return hour


class Hour:
    """Records of an hour by visitor, read in any order and as often as one likes.

    Of heavy visitors it holds those that fit and some more where they are too many, and of the
    others their weights.
    """

    def __init__(self, budget: int) -> None:
        """`budget` is a weight, see `items.Record`."""
        self.budget = budget
        self.weight = self.held_weight = self.units = self.beacons_read = 0
        self._most = budget // HEAVY_PART
        self._heavy_weight = self._held_heavy_weight = 0
        self.newest_ms = 0
        self.unreadable: list[Item] = []
        self._weights: dict[str, int] = {}
        self._held: dict[str, dict[Name, Record | Beacon]] = {}
        self._let_go: dict[str, set[Name]] = {}
        self._fitting: set[str] | None = None

    @property
    def left_out(self) -> int:
        """How many sessions do not fit."""
        if self._fitting is None:
            return 0
        names = [*self._let_go.items(), *self._held.items()]
        return len({s for who, found in names if who not in self._fitting for s, _ in found})

    def add(self, found: Iterable[Record | Item], read: Read) -> None:
        """Take in what was found. `read` is called where the hour has to be read again, for
        visitors who were let go and turn out to fit."""
        for one in found:
            if isinstance(one, Record):
                self._add_record(one)
            else:
                self.unreadable.append(one)
        self._fitting = self._find_fitting()
        if self._fitting is not None and (missing := self._fitting & self._let_go.keys()):
            self._hold_again(missing, read())

    def beacons(self) -> Iterator[Beacon]:
        """The beacons of visitors who fit. They stay decoded for the next time."""
        for held in self._held_and_fitting():
            for name in list(held):
                with suppress(LookupError):
                    yield self._decode_held(held, name)

    def take(self) -> Iterator[Beacon]:
        """The beacons of visitors who fit, each let go with the step to the next: a busy hour is
        sealed in memory."""
        for held in self._held_and_fitting():
            for name in list(held):
                with suppress(LookupError):
                    yield self._decode_held(held, name)
                    del held[name]

    def _add_record(self, record: Record) -> None:
        who, name = record.visitor_id, (record.session_id, record.beacon_id)
        let_go = self._let_go.get(who)
        if let_go is None:
            held = self._held.setdefault(who, {})
            if name in held:
                return
            held[name] = record
            self.held_weight += record.weight
        elif name in let_go:
            return
        else:
            let_go.add(name)
        self._weigh_visitor(who, record.weight, is_held=let_go is None)
        self.units += record.units
        self.beacons_read += 1
        self.newest_ms = max(self.newest_ms, record.received_at_ms)
        if self._held_heavy_weight > self._most:
            self._let_heaviest_go()

    def _weigh_visitor(self, who: str, weight: int, *, is_held: bool) -> None:
        before = self._weights.get(who, 0)
        after = self._weights[who] = before + weight
        self.weight += weight
        if after > PERSON_WEIGHT:
            heavier = weight if before > PERSON_WEIGHT else after
            self._heavy_weight += heavier
            self._held_heavy_weight += heavier if is_held else 0

    def _let_heaviest_go(self) -> None:
        """Hold four times what can fit: who is left out may change with what comes next."""
        room = self._most // 2
        for who in self._heavy_lightest_first(self._held):
            room -= self._weights[who]
            if room < 0:
                self._let_go[who] = set(self._held.pop(who))
                self.held_weight -= self._weights[who]
                self._held_heavy_weight -= self._weights[who]

    def _hold_again(self, visitors: set[str], found: Iterable[Record | Item]) -> None:
        for record in found:
            if not isinstance(record, Record) or record.visitor_id not in visitors:
                continue
            name = record.session_id, record.beacon_id
            if name in self._let_go[record.visitor_id]:
                self._held.setdefault(record.visitor_id, {})[name] = record
        for who in visitors & self._held.keys():
            del self._let_go[who]
            self.held_weight += self._weights[who]
            self._held_heavy_weight += self._weights[who]
        if self._held_heavy_weight > self._most:
            self._let_heaviest_go()

    def _find_fitting(self) -> set[str] | None:
        """The visitors who fit; None where all do."""
        if self._heavy_weight <= self._most:
            return None
        room = self._most // LEFT
        fitting = {who for who, weight in self._weights.items() if weight <= PERSON_WEIGHT}
        for who in self._heavy_lightest_first(self._weights):
            room -= self._weights[who]
            if room < 0:
                break
            fitting.add(who)
        return fitting

    def _heavy_lightest_first(self, visitors: Iterable[str]) -> list[str]:
        heavy = [who for who in visitors if self._weights[who] > PERSON_WEIGHT]
        return sorted(sorted(heavy), key=self._weights.__getitem__)

    def _held_and_fitting(self) -> list[dict[Name, Record | Beacon]]:
        fitting = self._fitting
        return [held for who, held in self._held.items() if fitting is None or who in fitting]

    def _decode_held(self, held: dict[Name, Record | Beacon], name: Name) -> Beacon:
        """The beacon of that name. Raises LookupError, once for each, where it is none."""
        found = held[name]
        if isinstance(found, Beacon):
            return found
        try:
            beacon = held[name] = decode_record(found)
        except UNREADABLE:
            self.unreadable.append(found.item)
            self.beacons_read -= 1
            del held[name]
            raise LookupError(name) from None
        return beacon
