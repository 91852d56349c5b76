"""An event's data, typed: built-in keys cleaned, others kept while they are few and scalar."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.enrich.page import canonical_host, read_page
from chalicelib.model.event import Scalar
from chalicelib.model.limits import (
    MAX_DATA_KEY,
    MAX_DATA_KEYS,
    MAX_DATA_TEXT,
    MAX_ENGAGEMENT_MS,
    MAX_LINK,
    MAX_LOAD_TIME_MS,
    MAX_NUMBER,
)
from chalicelib.model.text import clean_text, compose_marks

_KEY = re.compile(rf"(?!__)[\w .:-]{{1,{MAX_DATA_KEY}}}")


def clean_data(sent: Mapping[str, Any]) -> dict[str, Scalar]:
    """The values of `sent` that may be kept; malformed keys and values are left out.

    Built-in keys come first, then up to 20 others in the order they were sent.
    """
    if not sent:
        return {}
    kept: dict[str, Scalar] = {}
    for key, cleaned in CLEANERS.items():
        value = cleaned(sent[key]) if key in sent else None
        if value is not None:
            kept[key] = value
    for stated, raw in sent.items():
        if len(kept) >= MAX_DATA_KEYS:
            break
        key = _clean_key(stated)
        value = _clean_scalar(raw) if key and key not in CLEANERS and key not in kept else None
        if value is not None:
            kept[key] = value
    return kept


def _clean_key(key: str) -> str:
    """The key in its one spelling; empty if it is none."""
    key = compose_marks(key) if len(key) <= 8 * MAX_DATA_KEY else ""
    return key if _KEY.fullmatch(key) else ""


def _clean_scalar(value: object) -> Scalar | None:
    if isinstance(value, str):
        return clean_text(value, MAX_DATA_TEXT)
    return _clean_number(value) if not isinstance(value, bool) else value


def _clean_number(value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        return None
    return int(value) if value == int(value) else value  # 1.0 and -0.0 are 1 and 0


def _up_to(most: int) -> Callable[[object], Scalar | None]:
    """A cleaner: whole numbers cut to [0, most]; negative ones are malformed."""

    def cleaned(value: object) -> Scalar | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return min(most, int(value)) if math.isfinite(value) and value >= 0 else None

    return cleaned


def _clean_link(value: object) -> Scalar | None:
    """A link without credentials, query and fragment: those carry what is nobody's business."""
    if not isinstance(value, str):
        return None
    where = read_page(value)
    if not where.host:
        return clean_text(re.split(r"[?#]", value, maxsplit=1)[0], MAX_LINK) or None
    scheme = value.strip().partition(":")[0].lower()
    return clean_text(f"{scheme}://{where.host}{where.path}", MAX_LINK)


def _clean_domain(value: object) -> Scalar | None:
    return (canonical_host(value[:300]) or None) if isinstance(value, str) else None


def _clean_claim(value: object) -> Scalar | None:
    return value if isinstance(value, bool) else None


def _clean_hint(value: object) -> Scalar | None:
    return (clean_text(value, MAX_DATA_TEXT) or None) if isinstance(value, str) else None


CLEANERS: Mapping[str, Callable[[object], Scalar | None]] = {
    "load_time_ms": _up_to(MAX_LOAD_TIME_MS),
    "engagement_ms": _up_to(MAX_ENGAGEMENT_MS),
    "percent": _up_to(100),
    "link_url": _clean_link,
    "link_domain": _clean_domain,
    "outbound": _clean_claim,
    "source": _clean_hint,
}
"""How the keys of built-in types (`model.event_types`) are cleaned that are not just any scalar."""
