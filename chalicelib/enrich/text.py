"""Text a stranger sent, made safe to keep: no control characters, no half characters, bounded."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_E_MAIL = re.compile(
    r"[^\s/?&=#:;,<>()]{1,64}(?:@|%40)(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])", re.IGNORECASE
)


def clean(text: str, limit: int) -> str:
    """`text` without control characters, lone surrogates replaced, cut to `limit` characters.

    An e-mail address becomes `(email)`: addresses travel in URLs and campaign values by mistake.
    """
    text = printable(text[: 8 * limit])
    if "@" in text or "%40" in text:
        text = _E_MAIL.sub("(email)", text)
    return text[:limit].strip()


def printable(text: str) -> str:
    """`text` without control characters, lone surrogates replaced."""
    if text.isprintable():
        return text
    return _LONE_SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
