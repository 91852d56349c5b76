"""Believable visitors of the demo website: a seeded month of history, and the live trickle.

Each hit is a dict with the columns of a history import (see chalicelib/history.py): what a
browser would have sent, with its moment, its User-Agent and country beside it.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from chalicelib.model.spans import DAY_MS, HOUR_MS
from infra.local.people import (
    BROWSERS,
    COUNTRIES,
    IN_APP,
    NEXT,
    OUTBOUND,
    READING_SECONDS,
    SOURCES,
    TITLES,
    Person,
    pick,
)

SITE = "https://example.com"

RETURNING = 0.34  # share of sessions by somebody seen before

GLANCES = 0.42  # share of pageviews that last some seconds only


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
        _, user_agent, screen = pick(self.random, BROWSERS)
        _, country, language, ahead = pick(self.random, COUNTRIES)
        person = Person(self.id(), user_agent, screen, country, language, ahead)
        self.known.append(person)
        return person

    def visit(self, person: Person, start_ms: int) -> list[dict[str, Any]]:
        """The hits of one session that begins at `start_ms`, in order of time."""
        _, referrer, query, landing, app = pick(self.random, SOURCES)
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
            page = pick(self.random, NEXT[page])[1]
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
        return str(pick(self.random, pages)[1])

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
