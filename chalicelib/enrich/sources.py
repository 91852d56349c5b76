"""What a host or a campaign's source is: a search engine, a network, a shop... or nothing known.

The lists are data (lists/sources.txt, lists/apps.txt); here stands only how they are matched.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal, cast

Kind = Literal["social", "search", "shopping", "video", "ai", "email", ""]
LISTS = Path(__file__).parent / "lists"

_EXACT: frozenset[Kind] = frozenset(("search", "email"))
"""Kinds of which a sub-domain is something else (docs.google.com is no search engine)."""
_TOP = re.compile(r"(?:co|com|ne|or|org|net)\.[a-z]{2}|[a-z]{2}|com|net|org")
_ENGINES: dict[str, frozenset[str]] = {
    "google": frozenset(("", "m", "lens", "images", "encrypted", "ipv4", "ipv6", "search", "cse")),
    "bing": frozenset(("", "m", "cn", "global", "cc", "images", "wap", "search")),
    "yahoo": frozenset(("", "m", "search", "r", "images", "video", "us", "uk", "espanol")),
    "yandex": frozenset(("", "m", "search", "images", "yabs", "touch")),
    "baidu": frozenset(("", "m", "wap", "image", "images", "news", "video", "mbd", "www1")),
    "naver": frozenset(("", "m", "search", "images")),
    "daum": frozenset(("", "m", "search")),
    "sogou": frozenset(("", "m", "wap", "weixin", "pic", "image", "mp")),
    "duckduckgo": frozenset(("", "html", "lite", "start", "safe", "noai")),
    "ecosia": frozenset(("", "m", "images")),
    "qwant": frozenset(("", "lite", "m")),
    "seznam": frozenset(("", "search")),
    "coccoc": frozenset(("", "search")),
    "startpage": frozenset(("", "eu", "us", "s")),
    "ask": frozenset(("", "uk", "de", "fr")),
    "aol": frozenset(("search", "suche", "recherche")),
}
"""Engines with doors in many countries: the sub-domains at which they search."""


@cache
def _read_kinds() -> dict[str, Kind]:
    known: dict[str, Kind] = {}
    kind: Kind = ""
    for line in (LISTS / "sources.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = cast(Kind, line.strip("[]"))
        elif not line.startswith("#"):
            for word in line.lower().split():
                name, bar, top = word.partition("|")
                known[name + top] = kind
                if bar:
                    known[name] = kind
    return known


@cache
def _read_apps() -> dict[str, str]:
    lines = (LISTS / "apps.txt").read_text("utf-8").splitlines()
    return dict(cast("tuple[str, str]", line.split()) for line in lines if line[:1] not in "#")


def engine_of(host: str) -> str:
    """The search engine at `host` under any country's domain, else empty.

    `www.google.co.jp`, `cn.bing.com`, `de.search.yahoo.com`; not `docs.google.com`.
    """
    labels = host.split(".")
    for at in range(len(labels) - 1):
        doors = _ENGINES.get(labels[at])
        if doors is not None and _TOP.fullmatch(".".join(labels[at + 1 :])):
            before = [label for label in labels[:at] if label != "www"]
            door = before[-1] if before else ""
            few = len(before) < 2 or (door == "search" and len(before) == 2)
            return labels[at] if few and (door in doors or _is_country(door, labels[at])) else ""
    return ""


def _is_country(door: str, engine: str) -> bool:
    return engine in ("yahoo", "bing") and len(door) == 2


def kind_of_host(host: str) -> Kind:
    """What the site at `host` is; a listed name stands for its sub-domains but not for
    those of search engines and webmail."""
    known = _read_kinds()
    name = host.removeprefix("www.")
    found = known.get(name) or known.get(host) or known.get(host.removeprefix("m."))
    if found:
        return found
    if engine_of(host):
        return "search"
    labels = name.split(".")
    for at in range(1, len(labels) - 1):
        found = known.get(".".join(labels[at:]))
        if found:
            return found if found not in _EXACT else ""
    return ""


def kind_of_source(source: str) -> Kind:
    """What a source is, be it a campaign's name (`facebook`) or a host (`l.facebook.com`)."""
    return _read_kinds().get(source, "") or (kind_of_host(source) if "." in source else "")


def host_of_app(package: str) -> str:
    """The website of an Android package that sent somebody; the package itself if unknown."""
    return _read_apps().get(package, package)
