"""Who asks, and may they? One function decides for every route; what it does not know it denies."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.model.principal import Locked, Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site

TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,256}", re.ASCII)

EVERY_SITE = "*"

ACTIONS = {"admin": {"read", "administer"}, "viewer": {"read"}, "share": {"read"}}

NEGATIVE = {"is": "is_not", "contains": "not_contains", "matches": "not_matches"}

SECRET_BYTES = 24  # 192 random bits

FindPrincipal = Callable[[str], Principal | None]


def new_secret() -> str:
    """A secret for a token or share link. The prefix lets secret scanners know it."""
    return "footfall_" + secrets.token_urlsafe(SECRET_BYTES)


def token_hash(token: str) -> str:
    """SHA-256 of a token in hex: all that is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def authenticate(authorization: str, find_principal: FindPrincipal) -> Principal:
    """The principal behind an `Authorization` header.

    Raises Refusal 401 where the header is absent, is no bearer token, or names none we know.
    `find_principal` takes the token's hash, so no stored secret is compared byte by byte.
    """
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not TOKEN.fullmatch(token):
        raise Refusal(401, "unauthorized", "Send the header 'Authorization: Bearer <token>'.")
    principal = find_principal(token_hash(token))
    if principal is None:
        raise Refusal(401, "unauthorized", "This token is unknown, expired or revoked.")
    return principal


def is_allowed(principal: Principal, site: str, action: str) -> bool:
    """Whether the principal may do `action` on a site; the site `*` stands for the deployment."""
    if action not in ACTIONS.get(principal.role, set()):
        return False
    return EVERY_SITE in principal.sites or site in principal.sites


def authorize(principal: Principal, site: str, action: str) -> None:
    """Return if the principal may do `action` (`read`, `administer`) on the site, else 403."""
    if not is_allowed(principal, site, action):
        raise refuse_access()


def refuse_access() -> Refusal:
    """The same answer for a site that one may not see and one that does not exist."""
    return Refusal(403, "forbidden", "This token may not do that on this site.", "site")


def readable_site(
    principal: Principal,
    parameters: Sequence[tuple[str, str]],
    find_site: Callable[[str], Site | None],
) -> Site:
    """The site that a report's parameters name.

    Raises Refusal 400 where they name none, 403 where the principal may not read it; a site
    that does not exist is refused just so, that nobody can ask which sites there are.
    """
    named = [value for name, value in parameters if name == "site"]
    if len(named) != 1 or not named[0]:
        raise Refusal(400, "bad_request", "Name one site: site=<id>.", "site")
    authorize(principal, named[0], "read")
    site = find_site(named[0])
    if site is None:
        raise refuse_access()
    return site


def lock_filters(principal: Principal, site: Site, parameters: Sequence[tuple[str, str]]) -> Locked:
    """The filters that narrow a principal's report; one that asks for bots has them."""
    asks_for_bots = any(name == "bots" and value != "exclude" for name, value in parameters)
    people = () if asks_for_bots else map(_negate_filter, site.bot_filters)
    return Locked(principal.filters, tuple(people))


def _negate_filter(bot_filter: str) -> str:
    """The filter that keeps what `dimension:is:value` or `dimension:contains:value` does not."""
    dimension, operator, value = bot_filter.split(":", 2)
    return f"{dimension}:{NEGATIVE[operator]}:{value}"


def visible_sites(principal: Principal, sites: Sequence[Site]) -> dict[str, Any]:
    """What a dashboard needs to know of the sites that a principal may read."""
    visible = [site for site in sites if is_allowed(principal, site.id, "read")]
    shown = ("id", "name", "hostnames", "time_zone")
    return {
        "role": principal.role,
        "filters": list(principal.filters),
        "sites": [{name: getattr(site, name) for name in shown} for site in visible],
    }
