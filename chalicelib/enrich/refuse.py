"""Why a hit is not stored: named rules in their order, each a reason of the contract."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site

_TYPES = frozenset(("application/json", "text/plain", ""))


def refuse_content_type(headers: Mapping[str, str]) -> None:
    """Raises `Refusal` 415 unless the body is said to be JSON or plain text, or nothing."""
    stated = headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated not in _TYPES:
        raise Refusal(415, "unsupported_media_type", "send application/json or text/plain")


def opted_out(site: Site, headers: Mapping[str, str]) -> bool:
    """Whether the visitor asked not to be counted, in a way that the site honours."""
    if site.honour_gpc and headers.get("sec-gpc", "").strip() == "1":
        return True
    return site.honour_dnt and headers.get("dnt", "").strip() == "1"


def is_path_excluded(site: Site, path: str) -> bool:
    """Whether the site leaves out that path."""
    return any(path_matches(pattern, path) for pattern in site.excluded_paths)


def from_excluded_address(site: Site, address: str) -> bool:
    """Whether the site leaves out what comes from that address."""
    excluded_addresses = site.excluded_addresses
    return bool(excluded_addresses) and address_hash(site.id, address) in excluded_addresses


def address_hash(site_id: str, address: str) -> str:
    """What a site keeps of an address, so that it does not lie open. It is no secret: all
    addresses of IPv4 can be tried in minutes, so who sees hashes is as good as told them."""
    return hashlib.sha256(f"{site_id}|{address}".encode()).hexdigest()


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path is one of a pattern in which `*` stands for anything: `/admin` is that page,
    `/admin*` all below too. Each piece between stars is looked for once, from left to right."""
    first, *pieces = pattern.split("*")
    if not pieces:
        return path == pattern
    *inner, last = pieces
    at, end = len(first), len(path) - len(last)
    if not (at <= end and path.startswith(first) and path.endswith(last)):
        return False
    for piece in inner:
        found = path.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
