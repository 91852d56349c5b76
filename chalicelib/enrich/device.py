"""Device, browser, OS and in-app view of a User-Agent header and its client hints.

Ordered tables (lists/browsers.txt, lists/in_app.txt) know what people really use; the library
`user_agents` is asked for the rest only: importing it costs 0.2 s of CPU, a header 0.6 ms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from chalicelib.enrich.bots import Bot, find_bot, find_prefetch
from chalicelib.enrich.sources import LISTS
from chalicelib.enrich.system import OTHER, read_system
from chalicelib.model.limits import MAX_NAME, MAX_USER_AGENT
from chalicelib.model.text import make_printable

_HINTS = ("sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-platform-version", "sec-ch-ua-mobile")

_VERSION = re.compile(r"[/ ]?v?(\d{1,5}(?:\.\d{1,5})?)")

_PLAIN = re.compile(
    r"Mozilla/5\.0 \(([^()]*)\) AppleWebKit/[\d.]+ \(KHTML, like Gecko\)"
    r"(?: (?:Version|Chrome|CriOS|Mobile|Safari)(?:/[\w.]+)?)+"
)
"""Headers of nothing but an engine: all that they tell stands in the first brackets."""

_TV = re.compile(
    r"smart-?\s?tv|\bweb0s\b|webos\.?tv|netcast|hbbtv|bravia|\bAFT[A-Z]\w*|google\s?tv"
    r"|android\s?tv|apple\s?tv|\bCrKey\b|chromecast|\broku\b|tizen.{0,99}\btv\b|\bvidaa|hisense"
    r"|philips\s?tv|viera|aquos|\bDTV\b|internet\.?tv|\bmi\s?tv|mibox|shield android|\bADT-\d"
    r"|opera tv|nettv|lg browser|large screen|vizio|\bmaple\b|nexus player|vestel|skyworth"
    r"|\bTV\b|xumo|tvos|_stb_|\bstb\b",
    re.IGNORECASE,
)

_CONSOLE = re.compile(r"playstation|\bxbox|nintendo|\bwiiu?\b", re.IGNORECASE)

_GLASSES = re.compile(r"OculusBrowser|\bQuest \d|\bVR Safari|\bPico Neo")

_TABLET = re.compile(
    r"\bipad|\btablet\b(?! pc)|\bkindle|\bKF[A-Z]{2,5}\b|playbook|\bSM-[TX]\d{3}|\btab\b"
    r"|(?:mate|media)?pad\b|\bxoom\b|lenovo tb|nexus (?:7|9|10)\b|pixel (?:c|tablet)\b|; OPD\d{4}",
    re.IGNORECASE,
)

_MOBILE = re.compile(
    r"iphone|ipod|mobile|\bphone\b|windows phone|blackberry|\bbb10\b|opera m(?:ini|obi)|kaios"
    r"|symbian|series60|nokia|\bhpwos|midp|\bucweb|docomo|iemobile",
    re.IGNORECASE,
)

_DESKTOP = re.compile(
    r"windows nt|macintosh|\bx11\b|\bcros\b|linux (?:x86_64|i\d86|aarch64)|\(pc;|win64"
)

_PLATFORMS = {
    "windows": "Windows",
    "macos": "macOS",
    "android": "Android",
    "chrome os": "ChromeOS",
    "chromium os": "ChromeOS",
    "linux": "Linux",
    "ios": "iOS",
}

_BRANDS = (("Brave", "Brave"), ("Opera GX", "Opera GX"), ("DuckDuckGo", "DuckDuckGo"))
"""Browsers that hide in the header and show in the hint."""


@dataclass(frozen=True, slots=True)
class InApp:
    """An app whose own view shows the page, and what visits from it count as."""

    name: str
    source: str
    medium: str
    token: str
    """What in the header gave it away."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What a request says of the program that sent it."""

    device: str = OTHER
    browser: str = OTHER
    browser_version: str = ""
    os: str = OTHER
    os_version: str = ""
    in_app: InApp | None = None
    bot: Bot | None = None


def read_agent(headers: Mapping[str, str]) -> Agent:
    """The agent behind a request; headers in lower case. A bot's browser is its name."""
    user_agent = make_printable(headers.get("user-agent", "")[:MAX_USER_AGENT])
    hints = tuple(headers.get(name, "")[:MAX_USER_AGENT] for name in _HINTS)
    found = (
        _apply_hints(_read_user_agent(user_agent), *hints)
        if any(hints)
        else _read_user_agent(user_agent)
    )
    ahead = find_prefetch(headers)
    return replace(found, bot=ahead) if ahead and not found.bot else found


@lru_cache(maxsize=2048)
def _read_user_agent(user_agent: str) -> Agent:
    plain = _PLAIN.fullmatch(user_agent)
    told = (
        f"Mozilla/5.0 ({plain[1]}){' Mobile' * (' Mobile' in user_agent)}" if plain else user_agent
    )
    program = find_bot(told)
    os, os_version = read_system(told)
    if program:
        return Agent("bot", program.name[:MAX_NAME], "", os, "", None, program)
    app = None if plain else _in_app(user_agent)
    browser, version = _find_engine(user_agent) if plain else _find_browser(user_agent, app)
    found = Agent(_find_device(told), browser, version, os, os_version, app)
    return _ask_library(found, user_agent) if OTHER in (browser, os) and user_agent else found


def _in_app(user_agent: str) -> InApp | None:
    for name, source, medium, pattern in _read_apps():
        match = pattern.search(user_agent)
        if match:
            return InApp(name, source, medium, match[0][:20].strip("[/ ").split("/")[0])
    return None


@cache
def _read_apps() -> list[tuple[str, str, str, re.Pattern[str]]]:
    return [(n, s, m, re.compile(p, re.IGNORECASE)) for n, s, m, p in _read_rows("in_app.txt", 3)]


@cache
def _read_browsers() -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(pattern)) for name, pattern in _read_rows("browsers.txt", 1)]


def _read_rows(name: str, columns: int) -> list[list[str]]:
    lines = (LISTS / name).read_text("utf-8").splitlines()
    rows = [line.split("|", columns) for line in lines if line.strip() and line[0] != "#"]
    return [[cell.strip() for cell in row] for row in rows]


def _find_browser(user_agent: str, app: InApp | None) -> tuple[str, str]:
    if app is None:
        for name, pattern in _read_browsers():
            match = pattern.search(user_agent)
            if match:
                return name, _version_at(user_agent, match)
    return _find_engine(user_agent)


def _find_engine(user_agent: str) -> tuple[str, str]:
    """The plain browsers, last because all others carry their tokens too."""
    chrome = re.search(r"Chrome/|CriOS/", user_agent)
    if chrome:
        is_view = "; wv)" in user_agent or "Version/4.0" in user_agent or "ArkWeb" in user_agent
        name = "Chrome WebView" if is_view else "Chrome"
        return name, _version_at(user_agent, chrome)
    safari = re.search(r"Version/", user_agent)
    if safari and "Safari/" in user_agent:
        name = "Android Browser" if "Android" in user_agent else "Safari"
        return name, _version_at(user_agent, safari)
    if "AppleWebKit/" in user_agent and re.search(r"iPhone|iPad|iPod|Macintosh", user_agent):
        return "WKWebView", ""
    return OTHER, ""


def _version_at(user_agent: str, match: re.Match[str]) -> str:
    if match[0].startswith("Trident"):
        return _version_after(user_agent, match.end())
    return _version_after(user_agent, match.end() - match[0].endswith(("/", " ")))


def _version_after(user_agent: str, at: int) -> str:
    version = _VERSION.match(user_agent, at)
    return version[1].partition(".")[0] if version else ""


def _find_device(user_agent: str) -> str:
    if _CONSOLE.search(user_agent):
        return "console"
    if _TV.search(user_agent):
        return "tv"
    if _GLASSES.search(user_agent):
        return OTHER
    if _TABLET.search(user_agent):
        return "tablet"
    if _MOBILE.search(user_agent):
        return "mobile"
    if "Android" in user_agent:
        return "tablet"
    return "desktop" if _DESKTOP.search(user_agent.lower()) else OTHER


def _ask_library(found: Agent, user_agent: str) -> Agent:
    """`found`, completed by the library where the tables have nothing."""
    import user_agents

    parsed = user_agents.parse(user_agent)
    browser = parsed.browser.family if found.browser == OTHER else found.browser
    os = parsed.os.family if found.os == OTHER else found.os
    known = {"Other": OTHER}
    return replace(found, browser=known.get(browser, browser), os=known.get(os, os))


@lru_cache(maxsize=2048)
def _apply_hints(
    found: Agent, brands: str, platform: str, platform_version: str, mobile: str
) -> Agent:
    """`found`, corrected by client hints, which come from Chromium alone and say more than its
    frozen header. A phone asked for a desktop site calls itself Linux; where the two contradict
    each other in any other way the header was chosen on purpose, and counts."""
    os = _PLATFORMS.get(platform.strip('" ').lower(), "")
    if found.bot or not os or found.os not in (os, "Linux"):
        return found
    version = _hinted_version(os, platform_version.strip('" ')) or (
        found.os_version if os == found.os else ""
    )
    browser = next((name for brand, name in _BRANDS if f'"{brand}"' in brands), found.browser)
    device = found.device
    if os == "Android" and device in ("desktop", OTHER):
        device = "mobile" if mobile.strip() == "?1" else "tablet"
    return replace(found, os=os, os_version=version, browser=browser, device=device)


def _hinted_version(os: str, version: str) -> str:
    """The OS's own version; the hint counts Windows 11 from 13 (learn.microsoft.com, "Detect
    Windows 11 using User-Agent Client Hints")."""
    match = re.match(r"(\d{1,3})(?:\.(\d{1,3}))?", version)
    if match is None:
        return ""
    if os == "Windows":
        return "11" if int(match[1]) >= 13 else "10" if int(match[1]) > 0 else ""
    return match[1]
