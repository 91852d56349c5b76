"""Ids of visitors and sessions, and the 64-bit numbers that files have in their place."""

from __future__ import annotations

from hashlib import blake2b

from chalicelib.model.event import Part


def number_of(text: str) -> int:
    """The 64-bit number of an id. An id that is written as a number already (`#` and 16 hex
    digits, as exports have it) stands for itself."""
    if len(text) == 17 and text[0] == "#":
        return int(text[1:], 16)
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def session_number(part: Part) -> int:
    """The 64-bit number of a session: the pair of visitor and session id."""
    if part.session_id[:1] == "#":
        return number_of(part.session_id)
    return number_of(f"{part.visitor_id}|{part.session_id}")
