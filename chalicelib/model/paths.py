"""The one spelling that all spellings of a path share: what is stored, and what is asked for."""

from __future__ import annotations

import re

from chalicelib.model.limits import MAX_PATH
from chalicelib.model.text import clean_text, compose_marks, make_printable

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CUT_ESCAPE = re.compile(r"%[0-9A-F]?$")
_MEANING = frozenset("%/?#")
"""Characters that would change a path's meaning if they stood in it unescaped."""


def canonical_path(path: str) -> str:
    """`path` in the one spelling that all its spellings share.

    Escapes of printable UTF-8 are decoded, the others are in upper case; those that carry a
    meaning (`%2F`, `%3F`, `%23`, `%25`) stay; what is not printable is escaped. Canonical paths
    are fixed points.
    """
    if path.isascii() and "%" not in path and path.isprintable():
        path = path if len(path) <= MAX_PATH and "@" not in path else clean_text(path, MAX_PATH)
        return path or "/"
    path = spell_path(path[: 16 * MAX_PATH])  # a character is at most 12 long: %F0%9F%A6%B6
    return _CUT_ESCAPE.sub("", clean_text(path, MAX_PATH)) or "/"


def spell_path(piece: str) -> str:
    """A piece of a path in that spelling, neither cut nor masked: what a filter looks for."""
    piece = make_printable(piece)
    piece = _ESCAPES.sub(_decode_run, _STRAY_PERCENT.sub("%25", piece))
    return "".join(c if c.isprintable() else _spell_character(c) for c in compose_marks(piece))


def _decode_run(run: re.Match[str]) -> str:
    octets = bytes.fromhex(run[0].replace("%", ""))
    return "".join(_spell_character(c) for c in octets.decode("utf-8", "surrogateescape"))


def _spell_character(character: str) -> str:
    if character.isprintable() and character not in _MEANING:
        return character
    return "".join(f"%{octet:02X}" for octet in character.encode("utf-8", "surrogateescape"))
