"""Where a request came from: the edge's viewer headers, else an estimate. No address is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import unquote

from chalicelib.enrich.text import clean

EDGE_SECRET = "x-footfall-edge"
"""The header by which the edge proves itself; without it anyone could write the others."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_UNKNOWN_COUNTRIES = frozenset(("XX", "T1", "ZZ", "AP", "EU"))
_REGION_OF_A_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})(?:-|$)", re.IGNORECASE)
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Place:
    """ISO 3166 country, region code, city; `evidence` says where it is known from."""

    country: str = ""
    region: str = ""
    city: str = ""
    evidence: str = ""


NOWHERE = Place()


def is_from_edge(headers: Mapping[str, str], secret_sha256: str) -> bool:
    """Whether the request came through our own edge, which alone knows the secret of that
    SHA-256 (hex); never where none is configured."""
    given = headers.get(EDGE_SECRET, "").encode("utf-8", "replace")
    return hmac.compare_digest(hashlib.sha256(given).hexdigest(), secret_sha256)


def viewer_address(headers: Mapping[str, str], peer: str, from_edge: bool) -> str:
    """The visitor's address: as the edge saw it, else the peer's. For counting and hashing only."""
    seen = headers.get("cloudfront-viewer-address", "") if from_edge else ""
    return seen.rpartition(":")[0] or peer


def viewer_place(headers: Mapping[str, str]) -> Place:
    """The place in the edge's viewer headers; `NOWHERE` where it does not know."""
    country = headers.get("cloudfront-viewer-country", "").strip().upper()
    if not _COUNTRY.fullmatch(country) or country in _UNKNOWN_COUNTRIES:
        return NOWHERE
    region = clean(headers.get("cloudfront-viewer-country-region", ""), 10)
    city = clean(unquote(headers.get("cloudfront-viewer-city", "")), _MAX_NAME)
    return Place(country, region, city, "edge")


def estimated_place(time_zone: str, language: str) -> Place:
    """The country of a time zone, else of a language tag that names one; else `NOWHERE`."""
    country = _zones().get(time_zone, "") if time_zone else ""
    if country:
        return Place(country, evidence="estimated:time_zone")
    named = _REGION_OF_A_TAG.match(language)
    country = named[1].upper() if named else ""
    if not country or country in _UNKNOWN_COUNTRIES:
        return NOWHERE
    return Place(country, evidence="estimated:language")


@cache
def _zones() -> dict[str, str]:
    """Countries by IANA zone, from the database's own table; empty where it is missing."""
    try:
        table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    except (OSError, ModuleNotFoundError):
        return {}
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {row[2]: row[0] for row in rows if len(row) > 2}


def language(stated: str, accepted: str) -> str:
    """The visitor's language tag in its one spelling: as stated, else the first accepted."""
    tag = stated or accepted.partition(",")[0].partition(";")[0].strip()
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", tag):
        return ""
    first, *rest = tag.split("-")
    spelled = [sub.title() if len(sub) == 4 else sub.upper() for sub in rest]
    return "-".join([first.lower(), *spelled])
