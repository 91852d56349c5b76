"""The system that a User-Agent names, and its version."""

from __future__ import annotations

import re

OTHER = "other"

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


def read_system(user_agent: str) -> tuple[str, str]:
    text = user_agent.lower()
    name = next((name for name, held in _SYSTEMS if any(h in text for h in held)), OTHER)
    stated = _VERSIONED[name].search(user_agent) if name in _VERSIONED else None
    version = stated[1].replace("_", ".") if stated else ""
    version = _WINDOWS.get(version, version) if name == "Windows" else version
    return name, "" if (name, version) in _FROZEN else version
