"""Who asks: a role, the sites it reaches and the filters it is locked into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "viewer", "share"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role and the sites it may see; `*` stands for all sites.

    `filters` are locked: every report is narrowed by them, whatever else it asks for.
    """

    role: Role
    sites: tuple[str, ...]
    name: str = ""
    filters: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Locked:
    """Filters that narrow a report beside those it asks for: the principal's `own`, which hide the
    rest of the site from it, and those that leave `people`, without what the site calls bots."""

    own: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
