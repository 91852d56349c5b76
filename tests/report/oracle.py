"""A recount of reports in plain Python, written from the product's definitions alone.

Lists and dicts, no SQL, and nothing shared with the product: it knows events as dicts
{visitor, session, at, seq, type, path, title, data, attributes} and questions as dicts
{name, now, tz, from, to, compare, compare_from, compare_to, match_weekday, filters, bots, limit,
users, steps, by, dimension, then, search, top, event, key}. A filter is (dimension, operator,
values) or (event, operator, names, [(key, operator, values)]).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000
HOUR = 60 * MINUTE
OWN = (
    "channel", "source", "referrer", "campaign", "device", "browser", "os", "country",
    "language", "screen", "medium", "campaign_id", "term", "content", "hostname", "region", "city",
    "browser_version", "os_version", "attributed_by", "placed_by", "bot",
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


def seen_titles(session):
    return [e["title"] or "(none)" for e in session if e["type"] == "pageview"]


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
    if dimension == "title":
        return seen_titles(session)
    if dimension == "outbound":
        return [link for link in map(left_by, session) if link]
    return [e["type"] for e in session]


RANKED_BY = {"page": "pageviews", "title": "pageviews", "outbound": "count", "event": "count"}
NEGATIVE = ("is_not", "not_contains", "not_matches")


def glob_matches(text, glob):
    """Letter by letter: `**` takes any run, `*` one without a slash, backslash makes literal."""
    if not glob:
        return not text
    if glob.startswith("*"):
        rest = glob.lstrip("*")
        anything = len(glob) - len(rest) > 1
        for length in range(len(text) + 1):
            if not anything and "/" in text[:length]:
                return False
            if glob_matches(text[length:], rest):
                return True
        return False
    literal, rest = (glob[1], glob[2:]) if glob[0] == "\\" else (glob[0], glob[1:])
    return text[:1] == literal and glob_matches(text[1:], rest)


def text_matches(value, operator, wanted):
    if operator in ("is", "is_not"):
        return value in wanted
    if operator in ("matches", "not_matches"):
        return any(glob_matches(value, w) for w in wanted)
    if operator == "starts_with":
        return any(value[: len(w)] == w for w in wanted)
    return any(w in value for w in wanted)


def matches(value, operator, wanted):
    if value == "(none)" and operator not in ("is", "is_not"):
        return False
    return text_matches(value, operator, wanted)


def kind_of(value):
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def spell(value):
    """A value as text: numbers as their shortest decimal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def holds(event, condition):
    key, operator, wanted = condition
    negative = operator in NEGATIVE
    if key == "$page":
        value = event["path"] or "(none)"
    elif key in event["data"]:
        value = event["data"][key]
    else:
        return negative
    if operator in ("gt", "gte", "lt", "lte"):
        if kind_of(value) != "number":
            return False
        bound = float(wanted[0])
        compared = {"gt": value > bound, "gte": value >= bound, "lt": value < bound}
        return compared.get(operator, value <= bound)
    if operator.startswith("is_") and operator != "is_not":
        return kind_of(value) == operator[3:] and spell(value) in wanted
    return text_matches(spell(value), operator, wanted) != negative


def passes(session, given):
    dimension, operator, wanted, *rest = given
    if rest:
        [conditions] = rest
        found = any(
            event["type"] in wanted and all(holds(event, c) for c in conditions)
            for event in session
        )
    elif dimension == "engaged":
        found = ("true" if is_engaged(session) else "false") in wanted
    else:
        found = any(matches(v, operator, wanted) for v in values(session, dimension) or ["(none)"])
    return found != (operator in NEGATIVE)


def value_passes(value, dimension, given):
    """Whether a row of a list of pages or titles passes a filter of that dimension."""
    if given[0] != dimension:
        return True
    return matches(value, given[1], given[2]) != (given[1] in NEGATIVE)


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
    if dimension in ("page", "title"):
        add_views(table, sessions, "path" if dimension == "page" else "title")
        table = {
            value: row
            for value, row in table.items()
            if all(value_passes(value, dimension, f) for f in question.get("filters", ()))
        }
    if dimension in ("outbound", "event"):
        for row in table.values():
            row["count"] = 0
        for session in sessions:
            for value in values(session, dimension):
                table[value]["count"] += 1
    rank = {"page": "pageviews", "title": "pageviews", "outbound": "count", "event": "count"}.get(
        dimension, "sessions"
    )
    listed = []
    for value, row in table.items():
        row["users"] = len(row["users"])
        if not users:
            del row["users"]
        listed.append({"id": value, **row})
    return sorted(listed, key=lambda row: (-row[rank], row["id"]))


def add_views(table, sessions, field):
    for row in table.values():
        row.update(pageviews=0, engagement_ms=0, scrolled_90=0)
    for event in (e for s in sessions for e in s):
        row = table.get(event[field] or "(none)")
        if row is None:
            continue
        row["pageviews"] += event["type"] == "pageview"
        row["engagement_ms"] += engagement(event)
        row["scrolled_90"] += event["type"] == "scroll"


def meta(question, start, end, compared=None):
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
        "compared": {"from": compared[0], "to": compared[1]} if compared else None,
    }


def wall(at, tz):
    return clock(at, tz).replace(tzinfo=None)


def moment_of(shown, tz):
    """The first minute at which the wall clock shows this, or the first after it: walked to."""
    at = int((shown.replace(tzinfo=UTC) - EPOCH).total_seconds() * 1000) - 30 * HOUR
    rest = at % MINUTE
    at -= rest
    while wall(at, tz) < shown.replace(second=0, microsecond=0):
        at += MINUTE
    exact = shown.replace(second=0, microsecond=0)
    if wall(at, tz) != exact:
        return at
    return at + (shown - exact) // timedelta(milliseconds=1)


def back(at, tz, days):
    return moment_of(wall(at, tz) - timedelta(days=days), tz)


def year_back(at, tz):
    shown = wall(at, tz)
    if (shown.month, shown.day) == (2, 29):
        shown -= timedelta(days=1)
    return moment_of(shown.replace(year=shown.year - 1), tz)


def compared_span(question, start, end):
    """The span that is compared with, or None."""
    now, tz, named = question["now"], question["tz"], question.get("range")
    if named == "all" or not (question.get("compare") or "compare_from" in question):
        return None
    if "compare_from" in question:
        first, last = question["compare_from"], question["compare_to"]
    elif question["compare"] == "year":
        first, last = year_back(start, tz), year_back(min(end, now), tz)
    elif named == "24h":
        first, last = start - 24 * HOUR, end - 24 * HOUR
    elif named:
        days = {"7d": 7, "30d": 30}[named]
        first, last = back(start, tz, days), back(end, tz, days)
    else:
        first = start - (end - start)
        last = first + (now - start) if end > now else start
    last = max(first, last)
    if question.get("match_weekday"):
        days = (wall(first, tz).weekday() - wall(start, tz).weekday()) % 7
        first, last = back(first, tz, days), back(last, tz, days)
        last = max(first, last)
    return first, last


def stats(events, question):
    start, end = span_of(question, events)
    tz = question["tz"]
    size = bucket_size(start, end, tz)
    starts, _ = axis(start, end, tz, size)
    sessions = sessions_of(events, question, start, end)
    limit, users = question.get("limit", 10), question.get("users", False)
    compared = compared_span(question, start, end)
    answer = {
        "meta": meta(question, start, end, compared),
        "totals": totals(sessions),
        "previous": None,
        "trend": {**trend(sessions, starts, tz, size), "previous": None},
        "visitors": visitors(sessions, starts, tz, size),
        "top": {d: rows(sessions, d, question, users)[:limit] for d in question.get("top", LISTS)},
    }
    if compared:
        before, until = compared
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
    found = [row for row in found if search in row["id"].lower()]
    if question.get("then"):
        for row in found:
            row["rows"] = nested(sessions, row["id"], question)
    return found


def nested(sessions, value, question):
    within = [s for s in sessions if values(s, question["dimension"]) == [value]]
    found, limit = rows(within, question["then"], {}, users=True), question["limit"]
    rest = found[limit:]
    if not rest:
        return found
    other = {name: sum(row[name] for row in rest) for name in ("sessions", "pageviews")}
    return [*found[:limit], {"id": "(other)", **other}]


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


# --- properties and timings


def properties(events, question):
    start, end = span_of(question, events)
    sessions = sessions_of(events, question, start, end)
    meant = [
        (number, event["data"])
        for number, session in enumerate(sessions)
        for event in session
        if event["type"] == question["event"]
    ]
    answer = {
        "meta": meta(question, start, end),
        "event": question["event"],
        "count": len(meant),
    }
    if question.get("key"):
        return {**answer, "key": question["key"], **values_at(meant, question)}
    keys = defaultdict(list)
    for _, data in meant:
        for key, value in data.items():
            keys[key].append((kind_of(value), spell(value)))
    listed = [
        {
            "key": key,
            "count": len(found),
            "values": len(set(found)),
            "types": {
                kind: sum(k == kind for k, _ in found) for kind in ("text", "number", "boolean")
            },
        }
        for key, found in keys.items()
    ]
    listed.sort(key=lambda row: (-row["count"], row["key"]))
    return {**answer, "keys": listed[: question["limit"]]}


def values_at(meant, question):
    key, limit = question["key"], question["limit"]
    found = [(number, data[key]) for number, data in meant if key in data]
    rows = defaultdict(list)
    for number, value in found:
        rows[spell(value), kind_of(value)].append(number)
    listed = [
        {"id": id, "type": kind, "count": len(numbers), "sessions": len(set(numbers))}
        for (id, kind), numbers in rows.items()
    ]
    listed.sort(key=lambda row: (-row["count"], row["id"], row["type"]))
    rest = listed[limit:]
    numbers = sorted(value for _, value in found if kind_of(value) == "number")
    places = Decimal("1e-12")
    added = sum(Decimal(spell(n)).quantize(places, ROUND_HALF_UP) for n in numbers)
    return {
        "missing": len(meant) - len(found),
        "rows": listed[:limit],
        "other": {"values": len(rest), "count": sum(row["count"] for row in rest)}
        if rest
        else None,
        "numbers": {
            "count": len(numbers),
            "sum": float(added),
            "min": numbers[0],
            "max": numbers[-1],
            "p50": nearest_rank(numbers, 50),
            "p90": nearest_rank(numbers, 90),
        }
        if numbers
        else None,
    }


def nearest_rank(ordered, percent):
    return ordered[-(-len(ordered) * percent // 100) - 1]


BOUNDS = {
    "load": (2500, 4000), "lcp": (2500, 4000), "inp": (200, 500), "cls": (0.1, 0.25),
    "fcp": (1800, 3000), "ttfb": (800, 1800),
}  # fmt: skip


def timings(events, question):
    start, end = span_of(question, events)
    loads, measured = Counter(), defaultdict(lambda: defaultdict(list))
    for session in sessions_of(events, question, start, end):
        for event in session:
            id = event["path"] or "(none)"
            if question["by"] != "page":
                id = values(session, question["by"])[0]
            data = event["data"]
            if event["type"] == "pageview":
                loads[id] += 1
                if "load_time_ms" in data:
                    measured[id]["load"].append(data["load_time_ms"])
            if event["type"] == "web_vitals":
                for name in BOUNDS:
                    if name in data and kind_of(data[name]) == "number":
                        measured[id][name].append(data[name])
    everything = {name: [x for some in measured.values() for x in some[name]] for name in BOUNDS}
    found = [timed(id, loads[id], measured[id]) for id in {*loads, *measured}]
    found = [row for row in found if row["loads"] or any(row[name] for name in BOUNDS)]
    found.sort(key=lambda row: (-row["loads"], row["id"]))
    return {
        "meta": meta(question, start, end),
        "totals": timed("(all)", sum(loads.values()), everything),
        "rows": found[: question["limit"]],
    }


def timed(id, loads, measured):
    row = {"id": id, "loads": loads}
    for name, (good, poor) in BOUNDS.items():
        some = sorted(measured[name])
        row[name] = some and {
            "n": len(some),
            "p75": nearest_rank(some, 75),
            "good": sum(x <= good for x in some),
            "needs": sum(good < x <= poor for x in some),
            "poor": sum(x > poor for x in some),
        }
        row[name] = row[name] or None
    return row


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
