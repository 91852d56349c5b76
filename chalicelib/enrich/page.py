"""A URL as a browser has it, taken apart. Never raises: what is no web address has no host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from chalicelib.model.limits import MAX_ADDRESS, MAX_HOST, MAX_QUERY
from chalicelib.model.paths import canonical_path
from chalicelib.model.text import clean_text

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


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
