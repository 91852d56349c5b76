"""Where a request came from: the edge's viewer headers, else an estimate. No address is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import unquote

from chalicelib.model.text import clean_text

_COUNTRY = re.compile(r"[A-Z]{2}")

_UNKNOWN_COUNTRIES = frozenset(("XX", "T1", "ZZ", "AP", "EU"))

_REGION_OF_A_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})(?:-|$)", re.IGNORECASE)

_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Place:
    """ISO 3166 country, region (`DE-BE`), city (`DE-BE/Berlin`); `evidence` says where it is known
    from."""

    country: str = ""
    region: str = ""
    city: str = ""
    evidence: str = ""


def name_place(country: str, region: str, city: str, evidence: str = "") -> Place:
    """A place whose region says its country and whose city says its region: there is a Berlin in
    several. What says so already stands."""
    region = f"{country}-{region}" if region and not region.startswith(f"{country}-") else region
    within = region or country
    city = f"{within}/{city}" if city and not city.startswith(f"{within}/") else city
    return Place(country, region, city, evidence)


NOWHERE = Place()


def viewer_place(headers: Mapping[str, str]) -> Place:
    """The place in the edge's viewer headers; `NOWHERE` where it does not know."""
    country = headers.get("cloudfront-viewer-country", "").strip().upper()
    if not _COUNTRY.fullmatch(country) or country in _UNKNOWN_COUNTRIES:
        return NOWHERE
    region = clean_text(headers.get("cloudfront-viewer-country-region", ""), 10)
    city = clean_text(unquote(headers.get("cloudfront-viewer-city", "")), _MAX_NAME)
    return name_place(country, region, city, "edge")


def estimated_place(time_zone: str, language: str) -> Place:
    """The country of a time zone, else of a language tag that names one; else `NOWHERE`."""
    country = _read_zones().get(time_zone, "") if time_zone else ""
    if country:
        return Place(country, evidence="estimated:time_zone")
    named = _REGION_OF_A_TAG.match(language)
    country = named[1].upper() if named else ""
    if not country or country in _UNKNOWN_COUNTRIES:
        return NOWHERE
    return Place(country, evidence="estimated:language")


@cache
def _read_zones() -> dict[str, str]:
    """Countries by IANA zone, from the database's own table; empty where it is missing."""
    try:
        table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    except (OSError, ModuleNotFoundError):
        return {}
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {row[2]: row[0] for row in rows if len(row) > 2}
