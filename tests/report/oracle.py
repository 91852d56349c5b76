"""A recount of reports in plain Python, written from the product's definitions alone.

Lists and dicts, no SQL, and nothing shared with the product: it knows events as dicts
{visitor, session, at, seq, type, path, title, data, attributes} and questions as dicts
{name, now, tz, from, to, compare, filters, bots, limit, users, steps, by, dimension, search}.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000
HOUR = 60 * MINUTE
OWN = (
    "channel", "source", "referrer", "campaign", "device", "browser", "os", "country",
    "language", "screen",
)  # fmt: skip
LISTS = (
    "channel", "source", "referrer", "campaign", "page", "entry_page", "exit_page", "outbound",
    "device", "browser", "os", "country", "language", "screen", "event",
)  # fmt: skip
SAID = (
    "source", "medium", "campaign", "campaign_id", "term", "content", "channel", "referrer",
    "attributed_by", "device", "browser", "browser_version", "os", "os_version", "country",
    "region", "city", "placed_by", "language", "screen", "hostname", "identity", "bot",
)  # fmt: skip
"""All that is said of a session; among simultaneous events of one content, it decides."""
BUILT_IN = (
    "pageview", "user_engagement", "scroll", "click", "file_download", "contact", "form_start",
    "form_submit", "web_vitals", "heat", "site_search", "not_found",
)  # fmt: skip


# --- time


def clock(at, tz):
    return (EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(tz))


@lru_cache(100_000)
def hour_start(at, tz):
    """Walk back, minute by minute, to where the wall clock showed a full hour or jumped into
    this one."""
    here, before = clock(at, tz), clock(at - MINUTE, tz)
    if here.minute == 0 or before.hour != here.hour:
        return at
    return hour_start(at - MINUTE, tz)


@lru_cache(100_000)
def day_start(day, tz):
    """The first quarter of an hour whose local date is this day or later."""
    at = int((datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH).total_seconds()) * 1000
    at -= 16 * HOUR
    while clock(at, tz).date() < day:
        at += 15 * MINUTE
    return at


def bucket_start(at, tz, size):
    if size == "hour":
        return hour_start(at - at % MINUTE, tz)
    day = clock(at, tz).date()
    if size == "week":
        day -= timedelta(days=day.weekday())
    if size == "month":
        day = day.replace(day=1)
    return day_start(day, tz)


def next_bucket(start, tz, size):
    """The start of the first bucket after this one."""
    step = MINUTE if size == "hour" else 12 * HOUR
    at = start + step
    while bucket_start(at, tz, size) == start:
        at += step
    return bucket_start(at, tz, size)


def bucket_size(start, end, tz):
    if end - start <= 48 * HOUR:
        return "hour"
    first, last = clock(start, tz).replace(tzinfo=None), clock(end, tz).replace(tzinfo=None)
    if last - first <= timedelta(days=92):
        return "day"
    try:
        limit = first.replace(year=first.year + 2)
    except ValueError:
        limit = first.replace(year=first.year + 2, month=3, day=1)
    return "week" if last <= limit else "month"


@lru_cache(10_000)
def axis(start, end, tz, size):
    """Bucket starts of a span, and where the last bucket ends. There is always one: all that a
    new site has at midnight is an empty span."""
    starts = [bucket_start(start, tz, size)]
    while (after := next_bucket(starts[-1], tz, size)) < end:
        starts.append(after)
    return starts, after


def span_of(question, events):
    now, tz = question["now"], question["tz"]
    named = question.get("range")
    today = clock(now, tz).date()
    if named == "24h":
        start = hour_start(now - now % MINUTE, tz)
        for _ in range(23):
            start = hour_start(start - MINUTE, tz)
        return start, now
    if named in ("7d", "30d"):
        return day_start(today - timedelta(days=6 if named == "7d" else 29), tz), now
    if named == "all":
        counted = [e["at"] for e in events if is_counted(e, question)]
        first = min([now, *counted])
        return day_start(clock(first, tz).date(), tz), now
    return question["from"], question["to"]


# --- sessions


def is_counted(event, question):
    is_bot = event["attributes"].get("bot", "") != ""
    bots = question.get("bots", "exclude")
    return bots == "include" or is_bot == (bots == "only")


def standing(event):
    """The order inside a session: time, sequence, content."""
    data = json.dumps(event["data"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    content = (event["type"], event["path"], event["title"], data if event["data"] else "")
    said = [event["attributes"].get(name, "") for name in SAID]
    known = ["" if value == "(none)" else value for value in said]
    return event["at"], event["seq"], content, known


def sessions_of(events, question, start, end):
    """Sessions, each a list of its events inside the span, in order, after all filters."""
    found = defaultdict(list)
    for event in events:
        if start <= event["at"] < end and is_counted(event, question):
            found[event["visitor"], event["session"]].append(event)
    sessions = [sorted(session, key=standing) for session in found.values()]
    return [s for s in sessions if all(passes(s, f) for f in question.get("filters", ()))]


def views(session):
    return [e["path"] or "(none)" for e in session if e["type"] == "pageview"]


def engagement(event):
    return event["data"].get("engagement_ms", 0) if event["type"] == "user_engagement" else 0


def left_by(event):
    link = event["data"].get("link_url", "")
    if event["type"] != "click" or event["data"].get("outbound") is False:
        return ""
    return link.split("#")[0].split("?")[0]


def is_custom(event):
    return event["type"] not in BUILT_IN


def is_engaged(session):
    engaged_ms = sum(map(engagement, session))
    return engaged_ms >= 10_000 or len(views(session)) >= 2 or any(map(is_custom, session))


def values(session, dimension):
    """The values of a dimension that a session has: exactly one, or all that it contains."""
    if dimension in OWN:
        return [session[0]["attributes"].get(dimension) or "(none)"]
    if dimension == "entry_page":
        return (views(session) or ["(none)"])[:1]
    if dimension == "exit_page":
        return (views(session) or ["(none)"])[-1:]
    if dimension == "page":
        return views(session)
    if dimension == "outbound":
        return [link for link in map(left_by, session) if link]
    return [e["type"] for e in session]


def matches(value, operator, wanted):
    if operator in ("is", "is_not"):
        return value in wanted
    if value == "(none)":
        return False
    if operator == "starts_with":
        return any(value[: len(w)] == w for w in wanted)
    return any(w in value for w in wanted)


def passes(session, given):
    dimension, operator, wanted = given
    found = any(matches(v, operator, wanted) for v in values(session, dimension) or ["(none)"])
    return found != (operator in ("is_not", "not_contains"))


def page_passes(page, given):
    dimension, operator, wanted = given
    if dimension != "page":
        return True
    return matches(page, operator, wanted) != (operator in ("is_not", "not_contains"))


# --- figures


def totals(sessions):
    n = len(sessions)
    pageviews = sum(len(views(s)) for s in sessions)
    bounced = sum(not is_engaged(s) for s in sessions)
    engaged_ms = sum(engagement(e) for s in sessions for e in s)
    return {
        "users": len({s[0]["visitor"] for s in sessions}),
        "sessions": n,
        "pageviews": pageviews,
        "bounce_rate": bounced / n if n else 0,
        "engagement_ms_per_session": engaged_ms / n if n else 0,
        "views_per_session": pageviews / n if n else 0,
    }


def trend(sessions, starts, tz, size):
    users, begun, viewed = defaultdict(set), Counter(), Counter()
    for session in sessions:
        begun[bucket_start(session[0]["at"], tz, size)] += 1
        for event in session:
            bucket = bucket_start(event["at"], tz, size)
            users[bucket].add(event["visitor"])
            viewed[bucket] += event["type"] == "pageview"
    return {
        "t": list(starts),
        "users": [len(users[t]) for t in starts],
        "sessions": [begun[t] for t in starts],
        "pageviews": [viewed[t] for t in starts],
    }


def visitors(sessions, starts, tz, size):
    times = Counter(s[0]["visitor"] for s in sessions)
    kinds = {"new": Counter(), "returning": Counter()}
    for session in sessions:
        kind = "new" if times[session[0]["visitor"]] == 1 else "returning"
        for event in session:
            kinds[kind][bucket_start(event["at"], tz, size)] += event["type"] == "pageview"
    return {
        "new": sum(n == 1 for n in times.values()),
        "returning": sum(n > 1 for n in times.values()),
        "t": list(starts),
        "new_pageviews": [kinds["new"][t] for t in starts],
        "returning_pageviews": [kinds["returning"][t] for t in starts],
    }


def rows(sessions, dimension, question, users):
    """All rows of a list in order, as (rank, row)."""
    table = {}
    for session in sessions:
        for value in set(values(session, dimension)):
            row = table.setdefault(value, {"sessions": 0, "pageviews": 0, "users": set()})
            row["sessions"] += 1
            row["pageviews"] += len(views(session))
            row["users"].add(session[0]["visitor"])
    if dimension == "page":
        add_pages(table, sessions)
        table = {
            page: row
            for page, row in table.items()
            if all(page_passes(page, f) for f in question.get("filters", ()))
        }
    if dimension in ("outbound", "event"):
        for row in table.values():
            row["count"] = 0
        for session in sessions:
            for value in values(session, dimension):
                table[value]["count"] += 1
    rank = {"page": "pageviews", "outbound": "count", "event": "count"}.get(dimension, "sessions")
    listed = []
    for value, row in table.items():
        row["users"] = len(row["users"])
        if not users:
            del row["users"]
        listed.append({"id": value, **row})
    return sorted(listed, key=lambda row: (-row[rank], row["id"]))


def add_pages(table, sessions):
    for row in table.values():
        row.update(pageviews=0, engagement_ms=0, scrolled_90=0)
    for event in (e for s in sessions for e in s):
        row = table.get(event["path"] or "(none)")
        if row is None:
            continue
        row["pageviews"] += event["type"] == "pageview"
        row["engagement_ms"] += engagement(event)
        row["scrolled_90"] += event["type"] == "scroll"


def meta(question, start, end):
    size = bucket_size(start, end, question["tz"])
    _, last = axis(start, end, question["tz"], size)
    return {
        "site": question["site"],
        "tz": question["tz"],
        "from": start,
        "to": end,
        "bucket": size,
        "unfinished": last > question["now"],
        "generated_at": question["now"],
        "partial": [],
    }


def stats(events, question):
    start, end = span_of(question, events)
    tz, now = question["tz"], question["now"]
    size = bucket_size(start, end, tz)
    starts, _ = axis(start, end, tz, size)
    sessions = sessions_of(events, question, start, end)
    limit, users = question.get("limit", 10), question.get("users", False)
    answer = {
        "meta": meta(question, start, end),
        "totals": totals(sessions),
        "previous": None,
        "trend": {**trend(sessions, starts, tz, size), "previous": None},
        "visitors": visitors(sessions, starts, tz, size),
        "top": {d: rows(sessions, d, question, users)[:limit] for d in LISTS},
    }
    if question.get("compare") and question.get("range") != "all":
        before = start - (end - start)
        until = max(before, before + (now - start)) if end > now else start
        earlier = sessions_of(events, question, before, until)
        then = axis(before, until, tz, size)[0] if before < until else []
        answer["previous"] = totals(earlier)
        answer["trend"]["previous"] = trend(earlier, then, tz, size)
    return answer


def listing(events, question):
    """The whole list, whatever the limit."""
    start, end = span_of(question, events)
    sessions = sessions_of(events, question, start, end)
    search = question.get("search", "").lower()
    found = rows(sessions, question["dimension"], question, users=True)
    return [row for row in found if search in row["id"].lower()]


def realtime(events, question):
    now = question["now"]
    first = now - now % MINUTE - 29 * MINUTE
    shown = sessions_of(events, question, first, now + 1)
    minutes = defaultdict(set)
    for event in (e for s in shown for e in s):
        minutes[(event["at"] - first) // MINUTE].add(event["visitor"])
    live = sessions_of(events, question, now + 1 - 5 * MINUTE, now + 1)
    limit, users = question.get("limit", 10), question.get("users", False)
    return {
        "at": now,
        "live_users": len({s[0]["visitor"] for s in live}),
        "minutes": [len(minutes[i]) for i in range(30)],
        "pages": rows(live, "page", question, users)[:limit],
        "sources": rows(live, "source", question, users)[:limit],
        "partial": [],
    }


# --- flow


def sankey(events, question):
    start, end = span_of(question, events)
    steps, limit = question.get("steps", 4), question.get("limit", 7)
    by_source = question.get("by") == "source"
    paths = []
    for session in sessions_of(events, question, start, end):
        pages = [p for i, p in enumerate(views(session)) if i == 0 or p != views(session)[i - 1]]
        if pages:
            path = dict(enumerate(pages[:steps], 1))
            if len(pages) < steps:
                path[len(pages) + 1] = "(exit)"
            if by_source:
                path[0] = values(session, "source")[0]
            paths.append((path, min(len(pages), steps)))
    kept = set()
    for step in range(steps + 1):
        sizes = Counter(p[step] for p, length in paths if step in p and step <= length)
        largest = sorted(sizes, key=lambda label: (-sizes[label], label))[:limit]
        kept |= {(step, label) for label in largest}
    flow = Counter()
    for path, length in paths:
        labels = {
            step: label if step > length or (step, label) in kept else "(other)"
            for step, label in path.items()
        }
        for step in labels:
            if step + 1 in labels:
                flow[step, labels[step], labels[step + 1]] += 1
    return {
        "meta": meta(question, start, end),
        "nodes": nodes(flow),
        "links": [
            {"source": f"{step}|{source}", "target": f"{step + 1}|{target}", "value": n}
            for (step, source, target), n in sorted(
                flow.items(), key=lambda link: (link[0][0], -link[1], link[0][1:])
            )
        ],
        "sessions": len(paths),
    }


def nodes(flow):
    """Nodes by step, larger first, then by label; (other) and (exit) come last."""
    into, out = Counter(), Counter()
    for (step, source, target), n in flow.items():
        out[step, source] += n
        into[step + 1, target] += n
    found = []
    for step, label in {*into, *out}:
        size = max(into[step, label], out[step, label])
        rest = {"(other)": 1, "(exit)": 2}.get(label, 0)
        found.append((step, rest, -size, label))
    return [
        {"id": f"{step}|{label}", "step": step, "label": label}
        for step, _, _, label in sorted(found)
    ]
