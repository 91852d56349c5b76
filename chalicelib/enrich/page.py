"""A URL as a browser has it, taken apart. Never raises: what is no web address has no host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from chalicelib.enrich.text import clean_text, make_printable
from chalicelib.model.limits import MAX_ADDRESS, MAX_HOST, MAX_PATH, MAX_QUERY

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CUT_ESCAPE = re.compile(r"%[0-9A-F]?$")
_MEANING = frozenset("%/?#")
"""Characters that would change a path's meaning if they stood in it unescaped."""


@dataclass(frozen=True, slots=True)
class Page:
    """`host` in lower case without port, empty unless the address is http(s)."""

    host: str = ""
    path: str = ""
    query: str = ""


NO_PAGE = Page()


@lru_cache(maxsize=256)  # what a beacon says once is looked at once for its 50 events
def read_page(url: str) -> Page:
    """The page at `url`; `NO_PAGE` where that is no web address."""
    scheme, _, rest = url[:MAX_ADDRESS].lstrip().partition(":")
    if scheme.lower() not in ("http", "https") or rest[:2].replace("\\", "/") != "//":
        return NO_PAGE
    before, _, query = rest[2:].partition("#")[0].partition("?")
    authority, path = _split_at_slash(before)
    host = canonical_host(_host_of(authority))
    return Page(host, canonical_path(path), query[:MAX_QUERY]) if host else NO_PAGE


def _split_at_slash(text: str) -> tuple[str, str]:
    """What stands before the first slash of either kind, and the rest."""
    at = min(found for sign in "/\\" if (found := (text + "/\\").find(sign)) >= 0)
    return text[:at], text[at:]


def _host_of(authority: str) -> str:
    """The host between credentials and port; empty where the port is no number."""
    host = authority.rpartition("@")[2]
    bracket = host.find("]") + 1 if host[:1] == "[" else 0
    name, _, port = host[bracket:].partition(":")
    return host[:bracket] + name if not port or port.isdecimal() else ""


def canonical_host(host: str) -> str:
    """`host` in lower case, international names in their ASCII form; empty if it is none."""
    host = host[: MAX_HOST + 2].lower().rstrip(".")
    if len(host) > MAX_HOST:
        return ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return host if _HOST.fullmatch(host) else ""


def canonical_path(path: str) -> str:
    """`path` in the one spelling that all its spellings share.

    Escapes of printable UTF-8 are decoded, the others are in upper case; those that carry a
    meaning (`%2F`, `%3F`, `%23`, `%25`) stay; what is not printable is escaped. Canonical paths
    are fixed points.
    """
    if path.isascii() and "%" not in path and path.isprintable():
        path = path if len(path) <= MAX_PATH and "@" not in path else clean_text(path, MAX_PATH)
        return path or "/"
    path = make_printable(path[: 16 * MAX_PATH])  # a character is at most 12 long: %F0%9F%A6%B6
    path = _ESCAPES.sub(_decode_run, _STRAY_PERCENT.sub("%25", path))
    path = "".join(c if c.isprintable() else _spell_character(c) for c in path)
    return _CUT_ESCAPE.sub("", clean_text(path, MAX_PATH)) or "/"


def _decode_run(run: re.Match[str]) -> str:
    octets = bytes.fromhex(run[0].replace("%", ""))
    return "".join(_spell_character(c) for c in octets.decode("utf-8", "surrogateescape"))


def _spell_character(character: str) -> str:
    if character.isprintable() and character not in _MEANING:
        return character
    return "".join(f"%{octet:02X}" for octet in character.encode("utf-8", "surrogateescape"))


def read_parameters(query: str, wanted: frozenset[str]) -> dict[str, str]:
    """The wanted parameters of a query string that have a value; the first of each name."""
    found: dict[str, str] = {}
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        name = name.lower()
        if equals and value and name in wanted and name not in found:
            found[name] = unquote_plus(value)
    return found


def with_kept_parameters(where: Page, kept: tuple[str, ...]) -> str:
    """The path to count by: with those query parameters that the site says make a page."""
    if not kept or not where.query:
        return where.path
    found = read_parameters(where.query, frozenset(name.lower() for name in kept))
    pairs = "&".join(f"{name}={clean_text(found[name], 100)}" for name in sorted(found))
    return f"{where.path}?{pairs}" if pairs else where.path
