"""Made-up answers of the API with the contract's shapes: the same for the same question.

They stand in for the API where a state cannot be had from the real one on demand: errors,
empty sites, damaged days, hostile strings, and numbers that never change for the pictures.
"""

from __future__ import annotations

import math
from typing import Any

NOW = 1_795_353_840_000  # 2026-11-22T13:24:00Z, a Sunday
DAY = 86_400_000
HOUR = 3_600_000

Json = dict[str, Any]

SITES = [
    {
        "id": "demo",
        "name": "acme.dev",
        "hostnames": ["acme.dev", "www.acme.dev"],
        "time_zone": "UTC",
    },
    {"id": "shop", "name": "shop.acme.dev", "hostnames": ["shop.acme.dev"], "time_zone": "UTC"},
]
CHANNELS = [
    ("Organic Search", 0.41),
    ("Direct", 0.24),
    ("Referral", 0.14),
    ("Organic Social", 0.10),
    ("Email", 0.07),
    ("AI Assistants", 0.03),
    ("Paid Search", 0.01),
]
SOURCES = [
    ("google", 0.33),
    ("(direct)", 0.24),
    ("github.com", 0.09),
    ("bing", 0.05),
    ("newsletter", 0.07),
    ("news.ycombinator.com", 0.05),
    ("WeChat", 0.04),
    ("chatgpt.com", 0.03),
    ("x.com", 0.03),
]
PAGES = [
    ("/", 0.30),
    ("/pricing", 0.16),
    ("/docs/getting-started", 0.13),
    ("/blog/why-we-left-ga4", 0.11),
    ("/features/funnels", 0.08),
    ("/changelog", 0.06),
    ("/docs/api/events", 0.05),
    ("/sign-up", 0.045),
    ("/docs/self-hosting", 0.03),
    ("/about", 0.02),
]
LISTS = {
    "channel": CHANNELS,
    "source": SOURCES,
    "referrer": [
        ("(none)", 0.40),
        ("www.google.com/", 0.31),
        ("github.com/acme/acme", 0.09),
        ("news.ycombinator.com/item", 0.05),
        ("www.bing.com/", 0.05),
        ("t.co/x1", 0.03),
    ],
    "campaign": [("(none)", 0.90), ("autumn-launch", 0.06), ("newsletter-46", 0.04)],
    "entry_page": [
        ("/", 0.42),
        ("/blog/why-we-left-ga4", 0.21),
        ("/docs/getting-started", 0.15),
        ("/pricing", 0.12),
        ("/changelog", 0.06),
        ("(none)", 0.01),
    ],
    "exit_page": [
        ("/pricing", 0.25),
        ("/", 0.24),
        ("/blog/why-we-left-ga4", 0.18),
        ("/sign-up", 0.12),
        ("/docs/getting-started", 0.11),
        ("/changelog", 0.04),
    ],
    "device": [("desktop", 0.57), ("mobile", 0.38), ("tablet", 0.05)],
    "browser": [
        ("Chrome", 0.61),
        ("Safari", 0.22),
        ("Firefox", 0.08),
        ("Edge", 0.07),
        ("Samsung Internet", 0.02),
    ],
    "os": [("Windows", 0.34), ("macOS", 0.25), ("iOS", 0.2), ("Android", 0.15), ("Linux", 0.06)],
    "country": [
        ("US", 0.29),
        ("DE", 0.14),
        ("CN", 0.12),
        ("GB", 0.09),
        ("FR", 0.07),
        ("IN", 0.06),
        ("JP", 0.05),
        ("(none)", 0.02),
    ],
    "language": [
        ("en-US", 0.41),
        ("de", 0.14),
        ("zh-CN", 0.13),
        ("en-GB", 0.09),
        ("fr", 0.07),
        ("ja", 0.05),
    ],
    "screen": [("1920x1080", 0.31), ("390x844", 0.22), ("1440x900", 0.18), ("2560x1440", 0.11)],
}
BESIDE = {
    "medium": [("(none)", 0.5), ("organic", 0.41), ("email", 0.07), ("cpc", 0.02)],
    "campaign_id": [("(none)", 0.96), ("c-1108", 0.04)],
    "term": [("(none)", 0.97), ("web analytics", 0.03)],
    "content": [("(none)", 0.95), ("hero", 0.03), ("footer", 0.02)],
    "attributed_by": [
        ("utm_source:google>Paid Search", 0.4),
        ("referrer:www.google.com>Organic Search", 0.35),
    ],
    "hostname": [("acme.dev", 0.9), ("www.acme.dev", 0.1)],
    "region": [("US-CA", 0.12), ("DE-BE", 0.08), ("DE-BY", 0.05), ("(none)", 0.04)],
    "city": [("DE-BE/Berlin", 0.07), ("US-CA/San Francisco", 0.05), ("(none)", 0.09)],
    "browser_version": [("Chrome 141", 0.44), ("Safari 18", 0.19), ("Chrome 140", 0.12)],
    "os_version": [("Windows 11", 0.3), ("macOS 15", 0.2), ("iOS 18", 0.18)],
    "placed_by": [("edge", 0.93), ("time zone", 0.07)],
    "bot": [("headless browser", 0.6), ("known crawler", 0.4)],
    "title": [("Acme: honest analytics", 0.3), ("Pricing", 0.16), ("Getting started", 0.13)],
}
COUNTED = {
    "outbound": [("https://github.com/acme/acme", 0.5), ("https://status.acme.dev/", 0.2)],
    "event": [
        ("pageview", 1.0),
        ("user_engagement", 0.8),
        ("scroll", 0.3),
        ("sign_up", 0.02),
        ("purchase", 0.01),
    ],
}
SPANS = {"24h": (24, "hour"), "7d": (7, "day"), "30d": (30, "day"), "all": (26, "week")}
WIDTHS = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
WAVE = [0.62, 0.63, 1.18, 1.12, 1.1, 1.08, 1.1]


def buckets(asked: str) -> tuple[list[int], str]:
    """Local starts of the buckets of a range and their width's name; the last one holds NOW."""
    count, name = SPANS.get(asked, (14, "day"))
    width = WIDTHS[name]
    last = NOW - NOW % (HOUR if name == "hour" else DAY)
    return [last - width * (count - 1 - index) for index in range(count)], name


def series(count: int, level: float, shift: int = 0) -> list[int]:
    """A weekly wave with one peak; the last bucket is still counting."""
    values = []
    for index in range(count):
        peak = 1 + 0.55 * math.exp(-(((index - count * 0.58) / 2.2) ** 2))
        slope = 0.9 + 0.2 * index / count
        values.append(round(level * WAVE[(index + shift) % 7] * peak * slope))
    values[-1] = round(values[-1] * 0.55)
    return values


def rows(shares: list[tuple[str, float]], sessions: int, pageviews: int) -> list[Json]:
    """Rows of a list, largest first."""
    return [
        {"id": id_, "sessions": round(sessions * share), "pageviews": round(pageviews * share)}
        for id_, share in shares
    ]


def top(sessions: int, pageviews: int) -> dict[str, list[Json]]:
    """Every list of a report."""
    lists = {name: rows(shares, sessions, pageviews) for name, shares in LISTS.items()}
    lists["page"] = [
        {
            "id": path,
            "sessions": round(sessions * share * 1.3),
            "pageviews": round(pageviews * share),
            "engagement_ms": round(pageviews * share * (28_000 + 9_000 * (index % 4))),
            "scrolled_90": round(pageviews * share * (0.3 + 0.07 * (index % 5))),
        }
        for index, (path, share) in enumerate(PAGES)
    ]
    for name, shares in COUNTED.items():
        lists[name] = [
            {
                "id": id_,
                "sessions": round(sessions * share * 0.2),
                "pageviews": round(pageviews * share * 0.2),
                "count": round(pageviews * share * 0.2),
            }
            for id_, share in shares
        ]
    return lists


def totals(users: int, sessions: int, pageviews: int, bounce: float, engagement: int) -> Json:
    """Totals of a period."""
    return {
        "users": users,
        "sessions": sessions,
        "pageviews": pageviews,
        "bounce_rate": bounce,
        "engagement_ms_per_session": engagement,
        "views_per_session": pageviews / sessions if sessions else 0,
    }


def stats(question: dict[str, list[str]]) -> Json:
    """The page's whole report; a filter makes it smaller, `compare` adds the period before."""
    scale = (0.31 if "filter" in question else 1) * (0.4 if question["site"] == ["shop"] else 1)
    asked = question.get("range", ["custom"])[0]
    starts, bucket = buckets(asked)
    count = len(starts)
    level = scale * {"hour": 70, "day": 1_480, "week": 9_000}[bucket]
    users, sessions, views = (series(count, level * factor) for factor in (1, 1.27, 2.84))
    sum_users = round(sum(users) * 0.84)
    before = {
        name: series(count, level * factor, 1)
        for name, factor in (("users", 0.86), ("sessions", 1.12), ("pageviews", 2.58))
    }
    compared = question.get("compare") == ["previous"]
    new_views = [round(value * 0.58) for value in views]
    return {
        "meta": {
            "site": question["site"][0],
            "tz": "UTC",
            "from": starts[0],
            "to": NOW,
            "bucket": bucket,
            "unfinished": True,
            "generated_at": NOW,
            "partial": [],
        },
        "totals": totals(sum_users, sum(sessions), sum(views), 0.412, 167_300),
        "previous": totals(
            round(sum(before["users"]) * 0.84),
            sum(before["sessions"]),
            sum(before["pageviews"]),
            0.437,
            154_100,
        )
        if compared
        else None,
        "trend": {
            "t": starts,
            "users": users,
            "sessions": sessions,
            "pageviews": views,
            "previous": {"t": [at - count * WIDTHS[bucket] for at in starts], **before}
            if compared
            else None,
        },
        "visitors": {
            "new": round(sum_users * 0.64),
            "returning": sum_users - round(sum_users * 0.64),
            "t": starts,
            "new_pageviews": new_views,
            "returning_pageviews": [a - b for a, b in zip(views, new_views, strict=True)],
        },
        "top": top(sum(sessions), sum(views)),
    }


def sankey(question: dict[str, list[str]]) -> Json:
    """Flow of the report's sessions over four steps, conserved at every node."""
    sessions = stats(question)["totals"]["sessions"]
    pages = [path for path, _ in PAGES[:5]]
    shares_in = [0.42, 0.12, 0.15, 0.21, 0.05, 0.05]
    entering = {
        label: round(sessions * share)
        for label, share in zip([*pages, "(other)"], shares_in, strict=True)
    }
    nodes = [{"id": f"1|{label}", "step": 1, "label": label} for label in entering]
    links: list[Json] = []
    for step in (1, 2, 3):
        arriving: dict[str, int] = {}
        for at, (label, value) in enumerate(entering.items()):
            targets = [*pages[at % 3 :], "(other)", "(exit)"]
            shares = [*(0.2, 0.14, 0.1, 0.06, 0.04)[: len(targets) - 2], 0.03]
            left = value
            for target, share in zip(targets, [*shares, 0], strict=True):
                part = left if target == "(exit)" else int(value * share)
                if target == label and target != "(other)":
                    continue
                left -= part
                if not part:
                    continue
                links.append(
                    {"source": f"{step}|{label}", "target": f"{step + 1}|{target}", "value": part}
                )
                arriving[target] = arriving.get(target, 0) + part
        nodes += [
            {"id": f"{step + 1}|{label}", "step": step + 1, "label": label} for label in arriving
        ]
        entering = {label: value for label, value in arriving.items() if label != "(exit)"}
    return {"nodes": nodes, "links": links, "sessions": sessions}


def realtime(question: dict[str, list[str]]) -> Json:
    """The last minutes."""
    scale = (0.31 if "filter" in question else 1) * (0.4 if question["site"] == ["shop"] else 1)
    minutes = [
        34,
        36,
        34,
        38,
        40,
        44,
        46,
        45,
        47,
        49,
        46,
        44,
        42,
        39,
        34,
        36,
        31,
        29,
        24,
        21,
        21,
        22,
        27,
        25,
        25,
        32,
        33,
        33,
        38,
        19,
    ]
    active = [
        ("/", 41),
        ("/pricing", 23),
        ("/docs/getting-started", 17),
        ("/blog/why-we-left-ga4", 14),
    ]
    return {
        "at": NOW,
        "live_users": round(127 * scale),
        "minutes": [round(value * scale) for value in minutes],
        "pages": rows([(path, n * scale) for path, n in active], 1, 1),
        "sources": rows([(name, share * scale) for name, share in SOURCES[:4]], 127, 200),
    }


def listed(question: dict[str, list[str]]) -> Json:
    """One list whole, in two pages where `search` does not narrow it."""
    dimension = question["dimension"][0]
    totals = stats(question)["totals"]
    lists = top(totals["sessions"], totals["pageviews"])
    beside = rows(BESIDE.get(dimension, []), totals["sessions"], totals["pageviews"])
    found = lists.get(dimension, beside)
    wanted = question.get("search", [""])[0]
    if wanted:
        found = [row for row in found if wanted in row["id"]]
    elif dimension in lists:
        found = found + [smaller(found[-1], n) for n in range(2, 92)]
    start = int(question.get("cursor", ["0"])[0])
    limit = int(question.get("limit", ["10"])[0])
    rest = start + limit < len(found)
    return {
        "dimension": dimension,
        "rows": [
            {**row, "users": round(row["sessions"] * 0.63)} for row in found[start : start + limit]
        ],
        "cursor": str(start + limit) if rest else None,
    }


def smaller(row: Json, times: int) -> Json:
    """A row of a list's long end: so many times smaller than the one it begins with."""
    counts = {name: round(value / times) for name, value in row.items() if name != "id"}
    return {"id": f"/blog/{2026 - times // 12}/{12 - times % 12:02}", **counts}


SECRETS: list[Json] = [
    {"id": "first", "name": "For the board", "role": "viewer", "last_used_at": 1_795_305_600_000},
    {"id": "second", "name": "Unused", "role": "viewer", "last_used_at": None},
]


PROPERTIES: dict[str, list[Json]] = {
    "plan": [
        {"id": "team", "type": "text", "count": 214, "sessions": 209},
        {"id": "pro", "type": "text", "count": 142, "sessions": 139},
        {"id": "2", "type": "number", "count": 30, "sessions": 30},
        {"id": "true", "type": "boolean", "count": 11, "sessions": 10},
    ],
    "value": [
        {"id": str(price), "type": "number", "count": count, "sessions": count - 3}
        for price, count in ((49, 180), (29, 120), (147, 40), (1176, 9))
    ],
    "order_id": [
        {"id": f"#{number}", "type": "text", "count": 1, "sessions": 1} for number in range(40)
    ],
}
PURCHASES = 412


def properties(question: dict[str, list[str]]) -> Json:
    """What events say: of a purchase three keys, of all others nothing."""
    [event] = question["event"]
    key = question.get("key", [""])[0]
    kept = PROPERTIES if event == "purchase" else {}
    count = PURCHASES if kept else 0
    if not key:
        return {"meta": {}, "event": event, "count": count, "keys": property_keys(kept)}
    values = kept.get(key, [])
    numbers = {"count": 349, "sum": 18342.5, "min": 29, "max": 1176, "p50": 49, "p90": 147}
    listed = sum(row["count"] for row in values)
    return {
        "meta": {},
        "event": event,
        "key": key,
        "count": count,
        "missing": 8 if key == "value" else count - listed if key == "plan" else 0,
        "rows": values,
        "other": None if key == "plan" else {"values": 340, "count": count - listed},
        "numbers": numbers if key == "value" else None,
    }


def property_keys(kept: dict[str, list[Json]]) -> list[Json]:
    """The keys of events with their types, most frequent first."""
    keys = []
    for key, values in kept.items():
        types = dict.fromkeys(("text", "number", "boolean"), 0)
        for row in values:
            types[row["type"]] += row["count"]
        keys.append(
            {"key": key, "count": sum(types.values()), "values": len(values), "types": types}
        )
    return keys


TIMINGS = {
    "load": (1820, 0.71, 0.2),
    "lcp": (2100, 0.74, 0.17),
    "inp": (236, 0.71, 0.22),
    "cls": (0.04, 0.88, 0.08),
    "fcp": (1240, 0.82, 0.12),
    "ttfb": (610, 0.79, 0.13),
}


def timings(question: dict[str, list[str]]) -> Json:
    """How fast pages were; the second row is slow, the third has one timing."""
    [by] = question["by"]
    names = PAGES[:6] if by == "page" else LISTS[by]
    totals = timing_row("(all)", 118_240, 1)
    found = [
        timing_row(name, round(118_240 * share), 1.8 if index == 1 else 1)
        for index, (name, share) in enumerate(names)
    ]
    for timing in ("inp", "cls", "fcp", "ttfb", "lcp"):
        found[2][timing] = None
    return {"meta": {}, "totals": totals, "rows": found}


def timing_row(id_: str, loads: int, slowness: float) -> Json:
    """One row of timings."""
    row: Json = {"id": id_, "loads": loads}
    for name, (p75, good, needs) in TIMINGS.items():
        n = loads * 2 // 3
        counts = {"good": round(n * good / slowness), "needs": round(n * needs)}
        row[name] = {"n": n, "p75": p75 * slowness, **counts, "poor": n - sum(counts.values())}
    return row


def usage(_question: dict[str, list[str]]) -> Json:
    """A month of some size."""
    return {
        "from": 1_793_491_200_000,  # 2026-11-01T00:00Z
        "to": 1_795_305_600_000,
        "requests": 1_234_567,
        "write_units": 2_469_134,
        "refused": {"events": 4_321, "requests": 17},
        "left_out": 12,
        "estimate_usd": 6.5432,
        "prices_of": "2026-03",
    }


def empty(answer: Json) -> Json:
    """The same answer without any traffic: all counts 0, all lists empty, times as they are."""
    if "minutes" in answer:
        return {**answer, "live_users": 0, "minutes": [0] * 30, "pages": [], "sources": []}
    if "nodes" in answer:
        return {"nodes": [], "links": [], "sessions": 0}
    zeros = [0] * len(answer["trend"]["t"])
    counts = {"users": zeros, "sessions": zeros, "pageviews": zeros}
    nothing = totals(0, 0, 0, 0, 0)
    before = answer["trend"]["previous"]
    return {
        "meta": answer["meta"],
        "totals": nothing,
        "previous": before and nothing,
        "trend": {"t": answer["trend"]["t"], **counts, "previous": before and {**before, **counts}},
        "visitors": {
            "new": 0,
            "returning": 0,
            "t": answer["trend"]["t"],
            "new_pageviews": zeros,
            "returning_pageviews": zeros,
        },
        "top": {name: [] for name in answer["top"]},
    }
