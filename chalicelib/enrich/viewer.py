"""Who views a page, as the edge and the headers tell: address, language, place."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.enrich.device import Agent
from chalicelib.enrich.place import NOWHERE, Place

EDGE_SECRET = "x-footfall-edge"
"""The header by which the edge proves itself; without it anyone could write the others."""


def is_from_edge(headers: Mapping[str, str], secret_sha256: str) -> bool:
    """Whether the request came through our own edge, which alone knows the secret of that
    SHA-256 (hex); never where none is configured."""
    given = headers.get(EDGE_SECRET, "").encode("utf-8", "replace")
    return hmac.compare_digest(hashlib.sha256(given).hexdigest(), secret_sha256)


def viewer_address(headers: Mapping[str, str], peer: str, from_edge: bool) -> str:
    """The visitor's address: as the edge saw it, else the peer's. For counting and hashing only."""
    seen = headers.get("cloudfront-viewer-address", "") if from_edge else ""
    return seen.rpartition(":")[0] or peer


def choose_language(stated: str, accepted: str) -> str:
    """The visitor's language tag in its one spelling: as stated, else the first accepted."""
    tag = stated or accepted.partition(",")[0].partition(";")[0].strip()
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", tag):
        return ""
    first, *rest = tag.split("-")
    spelled = [sub.title() if len(sub) == 4 else sub.upper() for sub in rest]
    return "-".join([first.lower(), *spelled])


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the carrier of a hit says of its visitor: a request's headers, or an import's line."""

    agent: Agent
    place: Place = NOWHERE
    accepted_language: str = ""
