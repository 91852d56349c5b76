"""Who sent somebody, by `document.referrer`: an engine, a network, another site, or nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from chalicelib.enrich.page import read_page
from chalicelib.enrich.sources import LISTS, Kind, engine_of, host_of_app, kind_of_host
from chalicelib.model.limits import MAX_REFERRER
from chalicelib.model.text import clean_text

_APP = re.compile(r"android-app:/{1,2}([a-z0-9_]+(?:\.[a-z0-9_]+)+)(?:[/?#].*)?", re.I | re.S)
_MEDIUM: dict[Kind, str] = {"ai": "ai-assistant", "email": "email", "search": "organic"}


@dataclass(frozen=True, slots=True)
class Referrer:
    """A foreign referrer. `shown` is its host and path, `evidence` what it was known by."""

    source: str = ""
    medium: str = ""
    shown: str = ""
    evidence: str = ""
    is_spam: bool = False


NOBODY = Referrer()


def read_referrer(text: str, own_hosts: frozenset[str]) -> Referrer:
    """Who `text` says sent a visitor; `NOBODY` for own hosts and what is no web address.

    Own hosts and their sub-domains are no source: going about a site is not coming to it.
    """
    if not text:
        return NOBODY
    app = _APP.fullmatch(text.lstrip()[:MAX_REFERRER])
    if app:
        package = app[1].lower()
        return _describe_foreign(host_of_app(package), f"android-app://{package}", "app")
    where = read_page(text)
    if not where.host or is_own(where.host, own_hosts):
        return NOBODY
    shown = clean_text(where.host + where.path, MAX_REFERRER)
    return _describe_foreign(where.host, shown, "host")


def is_own(host: str, own_hosts: frozenset[str]) -> bool:
    """Whether `host` is one of a site's hosts, its `www.` or a sub-domain of one."""
    labels = host.removeprefix("www.").split(".")
    return any(".".join(labels[at:]) in own_hosts for at in range(len(labels)))


def _describe_foreign(host: str, shown: str, evidence: str) -> Referrer:
    if is_spam(host):
        return Referrer(host.removeprefix("www."), "referral", shown, f"spam {evidence}", True)
    engine = engine_of(host)
    if engine:
        return Referrer(engine, "organic", shown, f"{evidence} of an engine")
    kind = kind_of_host(host)
    medium = _MEDIUM.get(kind, "referral")
    return Referrer(host.removeprefix("www."), medium, shown, f"{evidence} {kind}".rstrip())


@cache
def _read_spammers() -> frozenset[str]:
    lines = (LISTS / "spam_referrers.txt").read_text("utf-8").split("\n")
    return frozenset(host for line in lines if line[:1] != "#" for host in line.split())


def is_spam(host: str) -> bool:
    """Whether `host` or a parent of it is a known referrer spammer."""
    labels = host.split(".")
    return any(".".join(labels[at:]) in _read_spammers() for at in range(len(labels) - 1))
