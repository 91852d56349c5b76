"""Who visits the demo website: where they come from, with what, and what they look at."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

# Weight, referrer, query of the landing page, what landing page it favours, in-app browser.
SOURCES: list[tuple[float, str, dict[str, str], str, str]] = [
    (24, "", {}, "", ""),
    (23, "https://www.google.com/", {}, "", ""),
    (5, "https://www.bing.com/", {}, "", ""),
    (3, "https://duckduckgo.com/", {}, "", ""),
    (4, "https://www.baidu.com/link?url=x", {}, "", ""),
    (5, "https://chatgpt.com/", {}, "/journal/brewing-guide", ""),
    (2, "https://www.perplexity.ai/", {}, "/journal/brewing-guide", ""),
    (4, "https://news.ycombinator.com/item?id=1", {}, "/journal/brewing-guide", ""),
    (3, "https://www.reddit.com/r/coffee/", {}, "/journal/brewing-guide", ""),
    (2, "https://www.youtube.com/", {}, "/coffee/ethiopia", ""),
    (2, "https://beans.example.net/reviews", {}, "/coffee/ethiopia", ""),
    (
        6,
        "",
        {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "tuesday"},
        "/",
        "",
    ),
    (
        5,
        "https://www.google.com/",
        {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "autumn", "gclid": "demo"},
        "/coffee",
        "",
    ),
    (3, "", {"utm_source": "instagram", "utm_medium": "social"}, "/coffee/colombia", "instagram"),
    (3, "", {}, "/coffee", "wechat"),
    (1, "", {}, "/coffee", "dingtalk"),
    (1, "https://l.facebook.com/", {}, "/", "facebook"),
]

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "

ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/"

# Weight, User-Agent, screen.
BROWSERS: list[tuple[float, str, str]] = [
    (26, WINDOWS + "Chrome/142.0.0.0 Safari/537.36", "1920x1080"),
    (8, WINDOWS + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "1536x864"),
    (10, MAC + "605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "1512x982"),
    (8, MAC + "537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "1728x1117"),
    (
        5,
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "2560x1440",
    ),
    (22, IPHONE + "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "393x852"),
    (17, ANDROID + "Chrome/142.0.0.0 Mobile Safari/537.36", "412x915"),
    (
        3,
        "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "820x1180",
    ),
]

IN_APP = {
    "wechat": IPHONE + "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.60 NetType/WIFI",
    "dingtalk": ANDROID + "Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 AliApp(DingTalk/7.6)",
    "instagram": IPHONE + "(KHTML, like Gecko) Mobile/15E148 Instagram 390.0.0.28",
    "facebook": IPHONE + "(KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/520.0]",
}

# Weight, country, language, hours that its day lies ahead of UTC.
COUNTRIES: list[tuple[float, str, str, int]] = [
    (30, "US", "en-US", -6),
    (14, "DE", "de-DE", 1),
    (12, "GB", "en-GB", 0),
    (9, "CN", "zh-CN", 8),
    (7, "FR", "fr-FR", 1),
    (6, "JP", "ja-JP", 9),
    (5, "IN", "en-IN", 5),
    (5, "BR", "pt-BR", -3),
    (4, "NL", "nl-NL", 1),
    (4, "SE", "sv-SE", 1),
    (3, "AU", "en-AU", 10),
]

# From each page: weight and next page; an empty one leaves the site.
NEXT: dict[str, list[tuple[float, str]]] = {
    "/": [(30, "/coffee"), (10, "/finder"), (9, "/journal"), (6, "/subscribe"), (45, "")],
    "/coffee": [(26, "/coffee/ethiopia"), (22, "/coffee/colombia"), (8, "/subscribe"), (44, "")],
    "/coffee/ethiopia": [(20, "/subscribe"), (14, "/coffee/colombia"), (12, "/coffee"), (54, "")],
    "/coffee/colombia": [(20, "/subscribe"), (12, "/coffee/ethiopia"), (12, "/coffee"), (56, "")],
    "/subscribe": [(10, "/"), (6, "/coffee"), (84, "")],
    "/journal": [(46, "/journal/brewing-guide"), (8, "/coffee"), (46, "")],
    "/journal/brewing-guide": [(16, "/coffee"), (7, "/"), (77, "")],
    "/finder": [(50, "/finder/filter"), (30, "/finder/espresso"), (20, "")],
    "/finder/filter": [(56, "/coffee/ethiopia"), (8, "/finder"), (36, "")],
    "/finder/espresso": [(56, "/coffee/colombia"), (8, "/finder"), (36, "")],
}

TITLES = {
    "/": "Small-batch coffee",
    "/coffee": "Our coffees",
    "/coffee/ethiopia": "Ethiopia, Guji",
    "/coffee/colombia": "Colombia, Huila",
    "/subscribe": "Subscribe",
    "/journal": "Journal",
    "/journal/brewing-guide": "The brewing guide",
}

READING_SECONDS = {"/journal/brewing-guide": 150.0, "/coffee/ethiopia": 60.0, "/": 22.0}

OUTBOUND = {
    "/coffee/ethiopia": "https://example.net/guji-station",
    "/journal": "https://example.org/water",
    "/journal/brewing-guide": "https://example.org/water",
}


@dataclass(frozen=True)
class Person:
    """One browser and where it is."""

    visitor_id: str
    user_agent: str
    screen: str
    country: str
    language: str
    ahead_hours: int


def pick(rng: random.Random, rows: list[Any]) -> Any:
    return rng.choices(rows, [row[0] for row in rows])[0]
