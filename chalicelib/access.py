"""Who asks, and may they? One function decides for every route; what it does not know it denies."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from chalicelib.model import Principal, Refusal

TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,256}", re.ASCII)
ACTIONS = {"admin": {"read", "administer"}, "viewer": {"read"}}

FindPrincipal = Callable[[str], Principal | None]


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


def authorize(principal: Principal, site: str, action: str) -> None:
    """Return if the principal may do `action` (`read`, `administer`) on the site, else 403."""
    allowed = action in ACTIONS.get(principal.role, set())
    if not allowed or not ("*" in principal.sites or site in principal.sites):
        raise Refusal(403, "forbidden", "This token may not do that on this site.", "site")
