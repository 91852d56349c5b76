"""Believable visitors of the demo website: a seeded month of history, and the live trickle.

Each hit is a dict with the columns of a history import (see chalicelib/history.py): what a
browser would have sent, with its moment, its User-Agent and country beside it.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalicelib.spans import DAY_MS, HOUR_MS

SITE = "https://example.com"
RETURNING = 0.34  # share of sessions by somebody seen before
GLANCES = 0.42  # share of pageviews that last some seconds only

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


class Crowd:
    """People who come and come back, drawn from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.known: list[Person] = []

    def id(self) -> str:
        """A UUID v4 from the seeded generator."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def person(self) -> Person:
        """Somebody new, or somebody who was here before."""
        if self.known and self.random.random() < RETURNING:
            return self.random.choice(self.known[-1500:])
        _, user_agent, screen = _pick(self.random, BROWSERS)
        _, country, language, ahead = _pick(self.random, COUNTRIES)
        person = Person(self.id(), user_agent, screen, country, language, ahead)
        self.known.append(person)
        return person

    def visit(self, person: Person, start_ms: int) -> list[dict[str, Any]]:
        """The hits of one session that begins at `start_ms`, in order of time."""
        _, referrer, query, landing, app = _pick(self.random, SOURCES)
        page = landing if landing and self.random.random() < 0.8 else self._landing()
        entry = SITE + page + ("?" + urlencode(query) if query else "")
        common = {
            "visitor_id": person.visitor_id,
            "session_id": self.id(),
            "user_agent": IN_APP.get(app, person.user_agent),
            "screen": person.screen,
            "country": person.country,
            "language": person.language,
            "entry_url": entry,
            "entry_referrer": referrer,
        }
        hits: list[dict[str, Any]] = []
        at_ms, url = start_ms, entry
        while page and len(hits) < 40:
            hits += self._page(page, url, referrer if not hits else "", at_ms)
            at_ms = hits[-1]["at_ms"] + self.random.randint(300, 2500)
            page = _pick(self.random, NEXT[page])[1]
            url = SITE + page
        return [{**common, "seq": number, **hit} for number, hit in enumerate(hits)]

    def _landing(self) -> str:
        pages = [
            (60, "/"),
            (15, "/coffee"),
            (12, "/journal/brewing-guide"),
            (8, "/finder"),
            (5, "/journal"),
        ]
        return str(_pick(self.random, pages)[1])

    def _page(self, page: str, url: str, referrer: str, at_ms: int) -> list[dict[str, Any]]:
        rng = self.random
        glance = rng.random() < GLANCES
        reading = 4.0 if glance else READING_SECONDS.get(page, 28.0)
        seconds = min(rng.lognormvariate(0, 0.9) * reading, 1500)
        left_ms = at_ms + int(seconds * 1000) + 800
        seen = {"url": url, "title": TITLES.get(page, "Coffee finder")}
        load = {"load_time_ms": int(rng.lognormvariate(6.6, 0.5))}
        hits = [
            {**seen, "event_type": "pageview", "at_ms": at_ms, "referrer": referrer, "data": load}
        ]
        if seconds > 25 and rng.random() < 0.55:
            hits.append(
                {**seen, "event_type": "scroll", "at_ms": left_ms - 400, "data": {"percent": 90}}
            )
        if page in OUTBOUND and rng.random() < 0.12:
            link = {"link_url": OUTBOUND[page], "link_domain": OUTBOUND[page].split("/")[2]}
            data = {**link, "outbound": True}
            hits.append({**seen, "event_type": "click", "at_ms": left_ms - 200, "data": data})
        if page == "/subscribe" and rng.random() < 0.3:
            plan = {"plan": "monthly"}
            hits.append({**seen, "event_type": "sign_up", "at_ms": left_ms - 100, "data": plan})
        engaged = {"engagement_ms": int(seconds * 1000 * rng.uniform(0.6, 1.0))}
        hits.append({**seen, "event_type": "user_engagement", "at_ms": left_ms, "data": engaged})
        return hits


def history(seed: int, sessions: int, from_ms: int, to_ms: int) -> Iterator[dict[str, Any]]:
    """About `sessions` sessions whose hits lie in [from_ms, to_ms), session by session.

    More come as the month goes on, fewer at weekends and at night where the visitor lives.
    """
    crowd = Crowd(seed)
    hours = [from_ms + HOUR_MS * n for n in range((to_ms - from_ms) // HOUR_MS + 1)]
    weights = [_growth((hour - from_ms) / (to_ms - from_ms)) * _weekday(hour) for hour in hours]
    starts = sorted(
        hour + crowd.random.randrange(HOUR_MS)
        for hour in crowd.random.choices(hours, weights, k=sessions)
    )
    for start_ms in starts:
        person = crowd.person()
        if crowd.random.random() > _awake(start_ms, person.ahead_hours):
            start_ms = start_ms - start_ms % DAY_MS + _daytime(crowd.random, person.ahead_hours)
        hits = crowd.visit(person, start_ms)
        if from_ms <= start_ms and hits[-1]["at_ms"] < to_ms:
            yield from hits


def _pick(rng: random.Random, rows: list[Any]) -> Any:
    return rng.choices(rows, [row[0] for row in rows])[0]


def _growth(done: float) -> float:
    return 0.75 + 0.5 * done + 0.12 * math.sin(done * 19)


def _weekday(at_ms: int) -> float:
    # 1 January 1970 was a Thursday.
    return 0.72 if (at_ms // DAY_MS + 3) % 7 >= 5 else 1.0


def _awake(at_ms: int, ahead_hours: int) -> float:
    hour = (at_ms // HOUR_MS + ahead_hours) % 24
    return 0.15 + 0.85 * max(0.0, math.sin((hour - 6) / 18 * math.pi)) if hour >= 6 else 0.08


def _daytime(rng: random.Random, ahead_hours: int) -> int:
    local = min(max(rng.gauss(15, 4), 0), 23.9)
    return int((local - ahead_hours) % 24 * HOUR_MS)
