"""Sites: whose visitors are counted, and on which hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Identity = Literal["persistent", "storage-free"]


@dataclass(frozen=True, slots=True)
class Site:
    """A tracked set of hostnames and its settings."""

    id: str
    name: str = ""
    hostnames: tuple[str, ...] = ()
    time_zone: str = "UTC"
    identity: Identity = "persistent"
    honour_gpc: bool = True
    honour_dnt: bool = False
    kept_query_parameters: tuple[str, ...] = ()
    """For senders of a site's own and imports: the tracker sends none but campaign tags."""
    excluded_paths: tuple[str, ...] = ()
    excluded_addresses: tuple[str, ...] = ()
    """SHA-256 of site id and address (`enrich.refuse.address_hash`), never the address."""
    bot_filters: tuple[str, ...] = ()
    """Sessions that one of these filters keeps count as bots, those of the past too."""
    shards: int = 1
    retention_days: int = 0
    """Days that sealed history is kept; 0 keeps it."""
    hour_megabytes: int = 128
    """What an hour takes in, where an event is a kilobyte and its own bytes, and a beacon two
    more: beyond it beacons are refused, and of half of it the heaviest visitors are left out."""
    excess_an_hour: int = 2_000
    excess_a_session: int = 5_000
    """More events of one visitor in an hour, or of one session, are more than a person sends."""

    def has_host(self, host: str) -> bool:
        """Whether the site lists `host` (lower case, no port)."""
        return any(name in self.hostnames for name in host_names(host))

    @property
    def hour_budget(self) -> int:
        """What an hour takes in, a weight as in `store.items.Record`."""
        return self.hour_megabytes * 1_000_000

    @property
    def own_hosts(self) -> frozenset[str]:
        """The domains that are the site itself, so that going about them is no referral."""
        return frozenset(h.removeprefix("*.").removeprefix("www.") for h in self.hostnames)


def host_names(host: str) -> Iterator[str]:
    """The spellings under which a site may list `host`, the nearest first.

    A listed name stands for itself and its `www.`; `*.example.com` for every sub-domain.
    """
    yield host
    if host.startswith("www."):
        yield host[4:]
    labels = host.split(".")
    yield from ("*." + ".".join(labels[at:]) for at in range(1, len(labels)))


def may_meet(one: str, other: str) -> bool:
    """Whether there is a host that two listed names both stand for."""
    if not one.startswith("*."):
        one, other = other, one
    if not one.startswith("*."):
        return one == other or one == f"www.{other}" or other == f"www.{one}"
    parent, name = one[2:], other.removeprefix("*.")
    if f".{name}".endswith(f".{parent}"):
        return True
    return other.startswith("*.") and parent.endswith(f".{name}")
