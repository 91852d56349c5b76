"""What one sender may send: the budget of a minute for addresses, and what no person sends.

Counts are those of one instance, in memory. They bound what a flood costs; what they refuse is
told as 429 and sent again by a tracker, so nothing is lost. What a site takes in, all instances
count together (`store/intake`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import DAY_MS, HOUR_MS

MINUTE_MS = 60_000

KEYS = 50_000
"""More addresses, visitors or sessions in one window than this and its counts start over: memory
is bounded."""

Unit = Literal["requests", "events", "bytes", "visitors"]


class Load(NamedTuple):
    """What was sent, or may be in a minute."""

    requests: int
    events: int
    bytes: int


OF_AN_ADDRESS = Load(requests=600, events=3_000, bytes=4_000_000)
"""An office or a carrier behind one address is hundreds of people."""


@dataclass(slots=True)
class Window:
    """Counts by key in the window of time under way."""

    length_ms: int
    keys: int = KEYS
    _number: int = -1
    _counts: dict[str, int] = field(default_factory=dict)

    def of(self, key: str, now_ms: int) -> int:
        """The count of a key so far."""
        self._turn_window(now_ms)
        return self._counts.get(key, 0)

    def add(self, key: str, amount: int, now_ms: int) -> None:
        """Count so many more."""
        self._turn_window(now_ms)
        self._counts[key] = self._counts.get(key, 0) + amount

    def _turn_window(self, now_ms: int) -> None:
        number = now_ms // self.length_ms
        if number != self._number or len(self._counts) >= self.keys:
            self._number, self._counts = number, {}


class Exceeded(Refusal):
    """A 429 and the unit of the budget that is used up."""

    def __init__(self, unit: Unit, whose: str, now_ms: int) -> None:
        wait_s = 60 - now_ms // 1000 % 60
        message = f"more {unit} a minute than {whose} may send; try again later"
        super().__init__(429, "too_many_requests", message, retry_after_s=wait_s)
        self.unit = unit


@dataclass(slots=True)
class Budgets:
    """The minute under way, as this instance has seen it."""

    address: Load = OF_AN_ADDRESS
    keys: int = KEYS
    _windows: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        self._windows = tuple(Window(MINUTE_MS, self.keys) for _ in Load._fields)

    def take_of_address(self, address: str, load: Load, now_ms: int) -> None:
        """Count what an address sends. Raises `Exceeded` once it has had its share."""
        units: tuple[Unit, ...] = ("requests", "events", "bytes")
        key = network_of(address)
        for unit, window, most, amount in zip(
            units, self._windows, self.address, load, strict=True
        ):
            if amount and window.of(key, now_ms) + amount > most:
                raise Exceeded(unit, "one address", now_ms)
        for window, amount in zip(self._windows, load, strict=True):
            window.add(key, amount, now_ms)


@dataclass(slots=True)
class Excess:
    """Visitors and sessions that sent more events than a person could, as this instance knows."""

    _visitors: Window = field(default_factory=lambda: Window(HOUR_MS))
    _sessions: Window = field(default_factory=lambda: Window(DAY_MS))

    def is_reached(self, site: Site, visitor_id: str, session_id: str, now_ms: int) -> bool:
        """Whether what they send next is more than the site takes for a person's."""
        seen = self._visitors.of(f"{site.id} {visitor_id}", now_ms)
        whole = self._sessions.of(f"{site.id} {session_id}", now_ms)
        return seen >= site.excess_an_hour or whole >= site.excess_a_session

    def add(self, site: Site, visitor_id: str, session_id: str, now_ms: int) -> None:
        """Count one event."""
        self._visitors.add(f"{site.id} {visitor_id}", 1, now_ms)
        self._sessions.add(f"{site.id} {session_id}", 1, now_ms)


def network_of(address: str) -> str:
    """What one household or machine is given: an IPv4 address, or the /64 of an IPv6 one."""
    if ":" not in address:
        return address
    import ipaddress  # 2 ms of a cold start that most addresses can do without

    try:
        whole = ipaddress.IPv6Address(address.strip("[]").partition("%")[0])
    except ValueError:
        return address[:64]
    if mapped := whole.ipv4_mapped:
        return str(mapped)
    return str(ipaddress.IPv6Address(int(whole) >> 64 << 64))
