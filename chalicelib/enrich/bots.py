"""Programs that are no visitors, by User-Agent and headers, each with the reason.

They are stored flagged, so that a rule that turns out wrong can be undone. What only resembles a
bot is a person: the phone maker CUBOT has the word in every User-Agent of its phones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

from chalicelib.enrich.sources import LISTS

_WORD = re.compile(r"[A-Za-z0-9!][A-Za-z0-9.!+/-]*")
_WORD_END = re.compile(r"[./+!-]")
_LONGEST_NAME = 5
"""Words of the longest name in the list."""
_BRACKETS = re.compile(r"\([^()]*\)")
_HANDHELD = re.compile(r"Android|iPhone|iPad|HarmonyOS")
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
def _read_names() -> dict[str, str]:
    names: dict[str, str] = {}
    reason = ""
    for line in (LISTS / "bots.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            reason = line.strip("[]")
        elif not line.startswith("#"):
            names |= {name.lower().replace("_", " "): reason for name in line.split()}
    return names


def find_bot(user_agent: str) -> Bot | None:
    """The program behind `user_agent`; None for a browser, and where there is no header."""
    user_agent = user_agent.strip(" \"'")
    if not user_agent:
        return None
    rest = user_agent
    brackets = (found[0] for found in _BRACKETS.finditer(user_agent))
    platform = next((text for text in brackets if _HANDHELD.search(text)), "")
    if platform and not _BOT_WORD.search(platform):
        rest = user_agent.replace(platform, "()", 1)
    return _find_listed(rest) or _find_self_named(rest) or _unlike_a_browser(user_agent)


def find_prefetch(headers: Mapping[str, str]) -> Bot | None:
    """A page fetched ahead of a visit that may never come, as its headers say."""
    said = (
        f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')} {headers.get('x-moz', '')}"
    )
    return Bot("prefetch", "prefetch") if "prefetch" in said.lower() else None


def _find_listed(text: str) -> Bot | None:
    words = list(_WORD.finditer(text))
    ends = [_ends_in(word) for word in words]
    for at, word in enumerate(words):
        for end in chain.from_iterable(reversed(ends[at : at + _LONGEST_NAME])):
            found = _find_name(text[word.start() : end])
            if found:
                return found
    return None


def _ends_in(word: re.Match[str]) -> list[int]:
    """Where a name may end that has its last word here: at the word's end or before a sign in it,
    the longest first."""
    cuts = (sign.start() for sign in _WORD_END.finditer(word.string, word.start(), word.end()))
    return [word.end(), *reversed([cut for cut in cuts if cut > word.start()])]


def _find_name(text: str) -> Bot | None:
    """The bot of that name, if it is listed."""
    if len(text) > _longest_name():
        return None
    name = text.lower().replace("_", " ")
    reason = _read_names().get(name)
    return Bot(_SHOWN.get(name, text), reason) if reason else None


@cache
def _longest_name() -> int:
    """Characters of the longest name."""
    return max(map(len, _read_names()))


def _find_self_named(text: str) -> Bot | None:
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
