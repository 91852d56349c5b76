"""Who a hit is of, and which beacon it came in, where the sender does not say."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence

from chalicelib.model.limits import DERIVED_ID_WINDOW_MS
from chalicelib.model.text import make_printable

HALF_HOUR_MS = 1_800_000
MAX_ID = 100

_CASELESS = re.compile(
    r"#(?!0{16})[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
"""A number as exports have it, or a UUID."""


def clean_identifier(text: str) -> str:
    """An id of a visitor or session as it is counted: in lower case where case means nothing.

    Raises ValueError, also for number 0, which stands for every visitor in what is erased.
    """
    found = make_printable(text).strip()
    if not 0 < len(found) <= MAX_ID:
        raise ValueError(f"must be text of 1 to {MAX_ID} characters")
    if _CASELESS.fullmatch(found):
        return found.lower()
    if found[0] == "#":
        raise ValueError("that begins with # must be # and 16 hex digits, not all 0")
    return found


def anonymous_visitor(salt: bytes, address: str, user_agent: str, site: str) -> str:
    """A visitor without storage: a hash that no one can redo once the day's salt is gone."""
    return _spell_uuid(salt, address, user_agent, site)


def anonymous_session(visitor_id: str, received_at_ms: int) -> str:
    """The visitor's session in the UTC half hour of receipt."""
    return _spell_uuid(b"", visitor_id, str(received_at_ms // HALF_HOUR_MS))


def beacon_id_of_events(event_ids: Sequence[str]) -> str:
    """The id of a beacon without one, from those of all its events."""
    return _random_token("events", *event_ids)


def beacon_id_of_content(events: Sequence[object], received_at_ms: int) -> str:
    """The id of a beacon without any: equal content inside 10 seconds of receipt is one."""
    content = json.dumps(events, sort_keys=True)
    return _random_token("content", content, str(received_at_ms // DERIVED_ID_WINDOW_MS))


def _hash_values(salt: bytes, values: Sequence[str]) -> bytes:
    text = json.dumps(values).encode()
    return hashlib.blake2b(text, key=salt, digest_size=16).digest()


def _random_token(*values: str) -> str:
    return base64.urlsafe_b64encode(_hash_values(b"", values)).decode().rstrip("=")


def _spell_uuid(salt: bytes, *values: str) -> str:
    """The digest as a UUID of version 8, "custom" (RFC 9562)."""
    digits = _hash_values(salt, values).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    digits = f"{digits[:12]}8{digits[13:16]}{variant}{digits[17:]}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
