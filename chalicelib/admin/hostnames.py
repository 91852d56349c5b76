"""Who may give a site which hostnames, and how addresses are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.admin.access import EVERY_SITE, is_allowed
from chalicelib.enrich.refuse import address_hash
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site, may_meet


def check_hostnames(
    actor: Principal, site: Site, new: Sequence[str], all_sites: Iterable[Site]
) -> None:
    """Refuse new names where the actor may add none (403) or another site's stand for the same
    host (409); of other sites' names nothing is told."""
    if new and not is_allowed(actor, EVERY_SITE, "administer"):
        message = "Only an administrator of the whole deployment adds hostnames."
        raise Refusal(403, "forbidden", message, "hostnames")
    others = [name for other in all_sites if other.id != site.id for name in other.hostnames]
    for name in new:
        if any(may_meet(name, taken) for taken in others):
            message = f"{name} stands for a host that belongs to another site."
            raise Refusal(409, "conflict", message, "hostnames")


def hash_addresses(site: Site) -> Site:
    """The site with hashes in place of addresses."""
    given = site.excluded_addresses
    hashes = (a if len(a) == 64 else address_hash(site.id, a) for a in given)
    return replace(site, excluded_addresses=tuple(hashes))
