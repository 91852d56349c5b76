"""Text a stranger sent, made safe to keep: no control characters, no half characters, bounded."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_AT = re.compile(r"@|%40")
_MAIL_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])", re.IGNORECASE)
_BEFORE_MAIL = frozenset("/?&=#:;,<>()")
MAX_MAIL_NAME = 64
MAX_MARKS = 30
"""Combining marks in a row: no word has more (UAX #15, Stream-Safe Text), and putting n of them in
order takes n^2 steps (4,000: 17 ms)."""


@lru_cache(maxsize=256)  # what a beacon says once is cleaned once for its 50 events
def clean_text(text: str, limit: int) -> str:
    """`text` in Unicode's form C without control characters, lone surrogates replaced, cut to
    `limit` characters.

    An e-mail address becomes `(email)`: addresses travel in URLs and campaign values by mistake.
    """
    text = compose_marks(make_printable(text[: 8 * limit]))
    if "@" in text or "%40" in text:
        text = _without_mail(text)
    return text[:limit].strip()


def _without_mail(text: str) -> str:
    """`text` with `(email)` in place of each e-mail address: a name and what looks like a host."""
    pieces, end = [], 0
    for sign in _AT.finditer(text):
        host = _MAIL_HOST.match(text, sign.end()) if sign.start() > end else None
        start = _start_of_name(text, end, sign.start()) if host else sign.start()
        if host and start < sign.start():
            pieces += [text[end:start], "(email)"]
            end = host.end()
    return "".join([*pieces, text[end:]])


def _start_of_name(text: str, first: int, end: int) -> int:
    """Where the name that ends there begins, `first` or later."""
    start = end
    while start > max(first, end - MAX_MAIL_NAME) and not _ends_name(text[start - 1]):
        start -= 1
    return start


def _ends_name(character: str) -> bool:
    return character in _BEFORE_MAIL or character.isspace()


def make_printable(text: str) -> str:
    """`text` without control characters, lone surrogates replaced."""
    if text.isprintable():
        return text
    return _LONE_SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def compose_marks(text: str) -> str:
    """`text` in Unicode's form C (NFC); of a run of combining marks the first `MAX_MARKS`."""
    if text.isascii():
        return text
    if any(map(unicodedata.combining, text)):
        text = _without_long_runs(text)
    return unicodedata.normalize("NFC", text)


def _without_long_runs(text: str) -> str:
    left, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MAX_MARKS:
            left.append(character)
    return "".join(left)
