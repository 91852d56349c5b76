"""Device, browser, OS and in-app view of a User-Agent header and its client hints.

Ordered tables (lists/browsers.txt, lists/in_app.txt) know what people really use; the library
`user_agents` is asked for the rest only: importing it costs 0.2 s of CPU, a header 0.6 ms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from chalicelib.enrich.bots import Bot, bot, prefetch
from chalicelib.enrich.limits import MAX_NAME, MAX_USER_AGENT
from chalicelib.enrich.sources import LISTS
from chalicelib.enrich.text import printable

OTHER = "other"
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

_SYSTEMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Windows Phone", ("windows phone",)),
    ("HarmonyOS", ("openharmony", "harmonyos")),
    ("Tizen", ("tizen",)),
    ("webOS", ("web0s", "webos", "hpwos")),
    ("KaiOS", ("kaios",)),
    ("iOS", ("iphone", "ipad", "ipod")),
    ("tvOS", ("apple tv", "appletv", "tvos")),
    ("Android", ("android",)),
    ("ChromeOS", (" cros ",)),
    ("Windows", ("windows", "win64", "win32")),
    ("macOS", ("mac os x", "macintosh", "mac_powerpc")),
    ("BlackBerry", ("blackberry", "bb10", "playbook")),
    ("PlayStation", ("playstation",)),
    ("Nintendo", ("nintendo", " wii")),
    ("Roku", ("roku",)),
    ("Symbian", ("symbian", "series60")),
    ("Fuchsia", ("fuchsia",)),
    ("FreeBSD", ("freebsd",)),
    ("OpenBSD", ("openbsd",)),
    ("Linux", ("linux", "x11", "ubuntu")),
)
"""Systems by what the header holds in any case; the first that matches."""
_VERSIONED = {
    "iOS": re.compile(r"OS (\d{1,2}(?:[_.]\d{1,2})?)"),
    "macOS": re.compile(r"Mac OS X (\d{1,2}(?:[_.]\d{1,2})?)"),
    "Windows": re.compile(r"Windows NT (\d{1,2}\.\d)"),
    "Android": re.compile(r"Android (\d{1,2})"),
    "HarmonyOS": re.compile(r"(?:Open)?Harmony(?:OS)? (\d{1,2}(?:\.\d)?)"),
    "Tizen": re.compile(r"Tizen (\d{1,2}(?:\.\d)?)"),
    "KaiOS": re.compile(r"KAIOS/(\d{1,2}(?:\.\d)?)"),
}
_WINDOWS = {"6.3": "8.1", "6.2": "8", "6.1": "7", "6.0": "Vista", "5.2": "XP", "5.1": "XP"}
"""Names of Windows by the version of its kernel (NT)."""
_FROZEN = frozenset((("macOS", "10.15"), ("Windows", "10.0"), ("Android", "10")))
"""Versions that browsers send whatever is true (User-Agent reduction)."""
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


def agent(headers: Mapping[str, str]) -> Agent:
    """The agent behind a request; headers in lower case. A bot's browser is its name."""
    user_agent = printable(headers.get("user-agent", "")[:MAX_USER_AGENT])
    hints = tuple(headers.get(name, "")[:MAX_USER_AGENT] for name in _HINTS)
    found = _hinted(_agent(user_agent), *hints) if any(hints) else _agent(user_agent)
    ahead = prefetch(headers)
    return replace(found, bot=ahead) if ahead and not found.bot else found


@lru_cache(maxsize=2048)
def _agent(user_agent: str) -> Agent:
    plain = _PLAIN.fullmatch(user_agent)
    told = (
        f"Mozilla/5.0 ({plain[1]}){' Mobile' * (' Mobile' in user_agent)}" if plain else user_agent
    )
    program = bot(told)
    os, os_version = _system(told)
    if program:
        return Agent("bot", program.name[:MAX_NAME], "", os, "", None, program)
    app = None if plain else _in_app(user_agent)
    browser, version = _engine(user_agent) if plain else _browser(user_agent, app)
    found = Agent(_device(told), browser, version, os, os_version, app)
    return _asked(found, user_agent) if OTHER in (browser, os) and user_agent else found


def _in_app(user_agent: str) -> InApp | None:
    for name, source, medium, pattern in _apps():
        match = pattern.search(user_agent)
        if match:
            return InApp(name, source, medium, match[0][:20].strip("[/ ").split("/")[0])
    return None


@cache
def _apps() -> list[tuple[str, str, str, re.Pattern[str]]]:
    return [(n, s, m, re.compile(p, re.IGNORECASE)) for n, s, m, p in _rows("in_app.txt", 3)]


@cache
def _browsers() -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(pattern)) for name, pattern in _rows("browsers.txt", 1)]


def _rows(name: str, columns: int) -> list[list[str]]:
    lines = (LISTS / name).read_text("utf-8").splitlines()
    rows = [line.split("|", columns) for line in lines if line.strip() and line[0] != "#"]
    return [[cell.strip() for cell in row] for row in rows]


def _browser(user_agent: str, app: InApp | None) -> tuple[str, str]:
    if app is None:
        for name, pattern in _browsers():
            match = pattern.search(user_agent)
            if match:
                return name, _version_at(user_agent, match)
    return _engine(user_agent)


def _engine(user_agent: str) -> tuple[str, str]:
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


def _system(user_agent: str) -> tuple[str, str]:
    text = user_agent.lower()
    name = next((name for name, held in _SYSTEMS if any(h in text for h in held)), OTHER)
    stated = _VERSIONED[name].search(user_agent) if name in _VERSIONED else None
    version = stated[1].replace("_", ".") if stated else ""
    version = _WINDOWS.get(version, version) if name == "Windows" else version
    return name, "" if (name, version) in _FROZEN else version


def _device(user_agent: str) -> str:
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


def _asked(found: Agent, user_agent: str) -> Agent:
    """`found`, completed by the library where the tables have nothing."""
    import user_agents

    parsed = user_agents.parse(user_agent)
    browser = parsed.browser.family if found.browser == OTHER else found.browser
    os = parsed.os.family if found.os == OTHER else found.os
    known = {"Other": OTHER}
    return replace(found, browser=known.get(browser, browser), os=known.get(os, os))


@lru_cache(maxsize=2048)
def _hinted(found: Agent, brands: str, platform: str, platform_version: str, mobile: str) -> Agent:
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
