"""Programs that are no visitors, by User-Agent and headers, each with the reason.

They are stored flagged, so that a rule that turns out wrong can be undone. What only resembles a
bot is a person: the phone maker CUBOT has the word in every User-Agent of its phones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chalicelib.enrich.sources import LISTS

_WORD = re.compile(r"[A-Za-z0-9!][A-Za-z0-9.!+/-]*")
_WORD_END = re.compile(r"[./+!-]")
_LONGEST_NAME = 5
"""Words of the longest name in the list."""
_PLATFORM = re.compile(r"\([^()]*(?:Android|iPhone|iPad|HarmonyOS)[^()]*\)")
_BOT_WORD = re.compile(r"(?<!cu)bot(?![a-z])|spider|crawler", re.IGNORECASE)
_TELLING = re.compile(
    r"(?<!cu)bot(?![a-z])|bots\b|crawl|spider|scrap(?:er|ing|y)|archiver|fetcher|slurp|headless"
    r"|\bmonitor(?:ing|s)?\b|\bpreview|validator|checker|scan(?:ner|s?\b)|indexer|harvest|analyzer"
    r"|http-?client|httplib|urllib|link-?check|feed-?(?:reader|parser|fetch)|webinspect|agent\b"
    r"|uptime|health-?check|synthetic|https?:/|\w@\w+\.[a-z]{2}|\w\.(?:com|io)(?:[/);,\s]|$)"
    r"|compatible;(?!\s*(?:MSIE|Konqueror|ABrowse|iCab|OmniWeb|WebTV))",
    re.IGNORECASE,
)
_BROWSER = re.compile(
    r"(?:Mozilla|Opera|UCWEB|Roku|BlackBerry|Nokia|SAMSUNG|SEC-|LG|MOT|SonyEricsson|DoCoMo|KDDI|ZTE"
    r"|Alcatel|HTC|Vodafone|SoftBank|J-PHONE|Palm|Sagem|Siemens|SIE-|SHARP|Philips|TCL|HUAWEI|Lenovo)",
    re.IGNORECASE,
)
"""How browsers begin, those of old telephones included."""
_ENGINE = re.compile(r"AppleWebKit/|Gecko/|Presto/|Trident/|NetFront")
_SHOWN = {"whatsapp": "WhatsApp preview", "pingdom.com bot": "Pingdom"}


@dataclass(frozen=True, slots=True)
class Bot:
    """A program: its name as it spells it, and why it is held to be one."""

    name: str
    reason: str


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    reason = ""
    for line in (LISTS / "bots.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            reason = line.strip("[]")
        elif not line.startswith("#"):
            names |= {name.lower().replace("_", " "): reason for name in line.split()}
    return names


def bot(user_agent: str) -> Bot | None:
    """The program behind `user_agent`; None for a browser, and where there is no header."""
    user_agent = user_agent.strip(" \"'")
    if not user_agent:
        return None
    platform = _PLATFORM.search(user_agent)
    rest = user_agent
    if platform and not _BOT_WORD.search(platform[0]):
        rest = user_agent.replace(platform[0], "()", 1)
    return _listed(rest) or _telling(rest) or _unlike_a_browser(user_agent)


def prefetch(headers: Mapping[str, str]) -> Bot | None:
    """A page fetched ahead of a visit that may never come, as its headers say."""
    said = (
        f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')} {headers.get('x-moz', '')}"
    )
    return Bot("prefetch", "prefetch") if "prefetch" in said.lower() else None


def _listed(text: str) -> Bot | None:
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        for last in range(min(at + _LONGEST_NAME, len(words)) - 1, at - 1, -1):
            found = _name_at(text, word.start(), words[last].end(), words[last].start())
            if found:
                return found
    return None


def _name_at(text: str, start: int, end: int, last_start: int) -> Bot | None:
    """The listed name that begins at `start` and ends in the word from `last_start` to `end`."""
    names = _names()
    while end > last_start:
        name = text[start:end]
        reason = names.get(name.lower().replace("_", " "))
        if reason:
            return Bot(_SHOWN.get(name.lower().replace("_", " "), name), reason)
        cuts = [m.start() for m in _WORD_END.finditer(text, last_start, end)]
        end = cuts[-1] if cuts else 0
    return None


def _telling(text: str) -> Bot | None:
    told = _TELLING.search(text)
    if told is None:
        return None
    words = [w[0] for w in _WORD.finditer(text)]
    own = [w for w in words if _BOT_WORD.search(w) and not w.lower().startswith(("+http", "http"))]
    name = own[0] if own else next((w for w in words if not w.startswith("Mozilla/")), "unnamed")
    return Bot(name.partition("/")[0].strip("+.") or "unnamed", "crawler")


def _unlike_a_browser(user_agent: str) -> Bot | None:
    if _BROWSER.match(user_agent) or ("Mozilla/" not in user_agent and _ENGINE.search(user_agent)):
        return None
    name = user_agent.partition("/")[0].partition(" ")[0] or "unnamed"
    return Bot(_SHOWN.get(name.lower(), name), "http_library")
