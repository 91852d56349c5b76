"""A seeded, believable history of a website, as parts by day: for benchmarks and demonstrations.

About four events a session; visitors come again; pages, sources and devices follow long tails;
nights and weekends are quieter; sessions run over midnight as they do in life.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from random import Random

from chalicelib.model.event import Attributes, Event, Part

DAY_MS = 86_400_000
HOURS = [3, 2, 1, 1, 1, 2, 3, 5, 7, 9, 10, 10, 9, 9, 10, 10, 10, 9, 9, 10, 11, 10, 8, 5]
WEEK = [11, 11, 11, 10, 9, 7, 7]
SOURCES = [
    ("(direct)", "Direct", "", 34),
    ("google", "Organic Search", "", 30),
    ("bing", "Organic Search", "", 5),
    ("duckduckgo", "Organic Search", "", 3),
    ("chatgpt.com", "AI Assistant", "", 4),
    ("wechat", "Organic Social", "", 5),
    ("facebook", "Organic Social", "", 4),
    ("newsletter", "Email", "autumn", 6),
    ("google", "Paid Search", "brand", 4),
    ("news.ycombinator.com", "Referral", "", 3),
]
DEVICES = [
    ("desktop", "Chrome", "Windows", "1920x1080", 26),
    ("desktop", "Chrome", "macOS", "1440x900", 10),
    ("desktop", "Safari", "macOS", "1512x982", 8),
    ("desktop", "Firefox", "Linux", "2560x1440", 5),
    ("desktop", "Edge", "Windows", "1536x864", 8),
    ("mobile", "Mobile Safari", "iOS", "390x844", 20),
    ("mobile", "Chrome Mobile", "Android", "412x915", 18),
    ("tablet", "Mobile Safari", "iOS", "820x1180", 4),
    ("tv", "Chrome", "Android", "1920x1080", 1),
]
PLACES = [
    ("US", "en-US", 24),
    ("DE", "de", 14),
    ("TW", "zh-TW", 13),
    ("GB", "en-GB", 8),
    ("FR", "fr", 7),
    ("JP", "ja", 6),
    ("IN", "en-IN", 6),
    ("BR", "pt-BR", 5),
    ("CA", "en-CA", 4),
    ("", "", 1),
]
MEDIA = {"Email": "email", "Paid Search": "cpc", "Direct": "(none)"}
PLANS = ["free", "free", "free", "team", "pro"]
PAGES = ["/", "/pricing", "/docs", "/blog", "/download", "/about"]
PAGES += [f"/docs/{n}" for n in range(1, 200)] + [f"/blog/2026/{n}" for n in range(1, 800)]
SITES = [f"blog{n}.example" for n in range(2_000)]


def _weights(options: list[tuple]) -> list[int]:
    return list(accumulate(option[-1] for option in options))


class History:
    """`sessions` in `days` whole days that end at `end_ms`, the same for the same seed."""

    def __init__(self, seed: int, sessions: int, days: int, end_ms: int) -> None:
        self.random = Random(seed)
        self.sessions = sessions
        self.days = days
        self.start_ms = end_ms - days * DAY_MS
        self.page_weights = list(accumulate(1 / (n + 1) for n in range(len(PAGES))))
        self.pools = [(options, _weights(options)) for options in (SOURCES, DEVICES, PLACES)]
        self.visitors = max(1, sessions * 2 // 3)

    def by_day(self) -> Iterator[list[Part]]:
        """The parts of each day; what runs over midnight is a part of the next day too."""
        weights = [WEEK[day % 7] for day in range(self.days)]
        carried: list[Part] = []
        for day in range(self.days):
            end = self.start_ms + (day + 1) * DAY_MS
            today, later = carried, []
            for _ in range(self.sessions * weights[day] // sum(weights)):
                part = self._session(end - DAY_MS)
                today += _cut(part, end - DAY_MS, end)
                later += _cut(part, end, end + DAY_MS)
            carried = later
            yield today

    def _session(self, day_ms: int) -> Part:
        random = self.random
        [hour] = random.choices(range(24), HOURS)
        at = day_ms + hour * 3_600_000 + random.randrange(3_600_000)
        visitor = f"v{int(random.random() ** 1.6 * self.visitors)}"
        session = f"{random.getrandbits(64):x}"
        return Part(visitor, session, self._attributes(), tuple(self._events(at)))

    def _attributes(self) -> Attributes:
        random = self.random
        picked = [random.choices(options, cum_weights=w)[0] for options, w in self.pools]
        (source, channel, campaign, _), (device, browser, os, screen, _), place = picked
        referrer = ""
        if random.random() < 0.05:
            source, channel = random.choice(SITES), "Referral"
            referrer = f"{source}/post/{random.randrange(20)}"
        region = f"{place[0]}-{random.randrange(12)}" if place[0] else ""
        version = random.randrange(120, 142)
        return Attributes(
            source=source,
            medium=MEDIA.get(channel, "organic"),
            term=f"word {random.randrange(500)}" if campaign == "brand" else "",
            channel=channel,
            attributed_by="utm_source" if campaign else "referrer",
            browser_version=f"{browser} {version}",
            os_version=f"{os} {version % 9}",
            region=region,
            city=f"{region}/{random.randrange(40)}" if region else "",
            placed_by="edge",
            hostname="www.example.com",
            campaign=campaign,
            referrer=referrer,
            device=device,
            browser=browser,
            os=os,
            screen=screen,
            country=place[0],
            language=place[1],
            bot="crawler" if random.random() < 0.02 else "",
        )

    def _events(self, at: int) -> Iterator[Event]:
        random, seq = self.random, 0
        while True:
            [path] = random.choices(PAGES, cum_weights=self.page_weights)
            title = f"A page about {path}"
            load = {"load_time_ms": random.randrange(90, 2000)}
            yield Event("pageview", at, seq, path, title, load)
            stay = int(random.expovariate(1 / 25_000)) + 500
            if random.random() < 0.4:
                yield Event("scroll", at + stay // 2, seq + 1, path, title, {"percent": 90})
            if random.random() < 0.12:
                link = f"https://{random.choice(SITES)}/{random.randrange(9)}"
                data = {"link_url": link, "outbound": True}
                yield Event("click", at + stay - 100, seq + 2, path, title, data)
            if random.random() < 0.1:
                bought = {
                    "plan": random.choice(PLANS),
                    "value": random.randrange(1, 20_000) / 100,
                    "order_id": f"{random.getrandbits(48):x}",
                    "is_gift": random.random() < 0.1,
                }
                yield Event("purchase", at + stay - 50, seq + 3, path, title, bought)
            if random.random() < 0.5:
                yield Event("web_vitals", at + stay, seq + 4, path, title, self._vitals())
            if random.random() < 0.9:
                data = {"engagement_ms": stay}
                yield Event("user_engagement", at + stay, seq + 5, path, title, data)
            at, seq = at + stay + random.randrange(1, 2_000), seq + 6
            if random.random() < 0.6:
                return

    def _vitals(self) -> dict[str, int | float]:
        random = self.random
        return {
            "lcp": random.randrange(300, 6_000),
            "inp": random.randrange(8, 600),
            "cls": random.randrange(4_000) / 10_000,
            "fcp": random.randrange(200, 3_500),
            "ttfb": random.randrange(20, 2_000),
        }


def _cut(part: Part, from_ms: int, to_ms: int) -> list[Part]:
    events = tuple(event for event in part.events if from_ms <= event.at_ms < to_ms)
    return [Part(part.visitor_id, part.session_id, part.attributes, events)] if events else []
