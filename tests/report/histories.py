"""Generated histories, how they were split into files and a tail, and questions about them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from chalicelib.model.event import Attributes, Event, Part
from tests.report.oracle import spell

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",  # +5:45
    "Australia/Lord_Howe",  # its clock moves by half an hour
    "Pacific/Chatham",  # +12:45 and +13:45
    "America/St_Johns",  # -3:30
    "America/Santiago",  # skips midnight
    "Pacific/Kiritimati",  # +14
)
MOMENTS = tuple(
    int(datetime.fromisoformat(text).timestamp() * 1000)
    for text in (
        "2026-03-29T01:00:00Z",  # Berlin's day of 23 hours
        "2026-10-25T01:00:00Z",  # Berlin's day of 25 hours
        "2026-03-08T07:00:00Z",  # New York, St. John's
        "2026-04-04T15:00:00Z",  # Lord Howe, Chatham back
        "2026-10-03T15:30:00Z",  # Lord Howe forward
        "2026-09-06T04:00:00Z",  # Santiago's midnight
        "2028-02-29T12:00:00Z",
        "2026-12-31T23:59:59Z",
        "2026-06-17T10:20:30Z",
    )
)

paths = st.sampled_from(
    ["/", "/a", "/a", "/b", "/pricing", "/a/b", "/A", "/ü", "/a|b", "/'\"\\", "/%00;--", "",
     "/🦊", "(other)", "/İ", "(none)", "/%25", "/a/b/*", "/a/b/c&d", "/x?q=1"]
)  # fmt: skip
words = st.sampled_from(["", "", "google", "Google", "b|c", "(none)", "ç", "x'--", "\\|", "bing"])
types = st.sampled_from(
    ["pageview"] * 5
    + ["user_engagement"] * 3
    + ["scroll", "click", "click", "signup", "signup", "İ.x", "web_vitals", "form_start", "heat"]
)
titles = st.sampled_from(["", "T", "T", "A|b", "Ü & co: *", "(none)"])
numbers = st.sampled_from([0, 1, 1, 7, -3, 2.5, 0.1, 1e-07, -2.5e-09, 9007199254740992, 1e15 + 0.5])
scalars = st.one_of(
    numbers, st.sampled_from(["", "1", "true", "pro", "free", "a|b&c:d\\*"]), st.booleans()
)
keys = st.sampled_from(["plan", "plan", "value", "a/b~c", "0", "ü", "$page"])
timed = st.sampled_from([0, 1, 99.5, 0.1, 0.25, 200, 500, 800, 1801, 2500, 2501, 4000, 9000])
links = st.sampled_from(
    ["https://x.org/", "https://x.org/?a=1", "https://x.org/#f?q", "https://y.org/p?x#y", ""]
)
gaps = st.sampled_from([0, 0, 1, 999, 20_000, 61_000, 10 * MINUTE, 29 * MINUTE, HOUR, 9 * HOUR])
days = st.integers(0, 12 * DAY)
long_gaps = st.sampled_from([0, 999, 10 * MINUTE, HOUR, 9 * HOUR, 20 * HOUR])
ages = st.one_of(
    st.sampled_from([0, 1, 4 * MINUTE, 5 * MINUTE, HOUR, DAY - 1, DAY, 7 * DAY]),
    st.integers(0, 40 * MINUTE),
    st.integers(0, 3 * DAY),
    st.integers(0, 40 * DAY),
    st.integers(0, 900 * DAY),
)


@st.composite
def attributes(draw):
    return {
        "source": draw(words),
        "channel": draw(st.sampled_from(["Direct", "Organic Search", ""])),
        "referrer": draw(words),
        "campaign": draw(words),
        "medium": draw(st.sampled_from(["cpc", "email", ""])),
        "campaign_id": draw(words),
        "term": draw(words),
        "content": draw(st.sampled_from(["x", ""])),
        "hostname": draw(st.sampled_from(["example.com", "shop.example.com"])),
        "region": draw(st.sampled_from(["DE-BE", ""])),
        "city": draw(st.sampled_from(["DE-BE/Berlin", ""])),
        "browser_version": draw(st.sampled_from(["Firefox 150", ""])),
        "os_version": draw(st.sampled_from(["macOS 26", ""])),
        "attributed_by": draw(st.sampled_from(["utm_source", "none"])),
        "placed_by": draw(st.sampled_from(["edge", "estimated:language", ""])),
        "device": draw(st.sampled_from(["desktop", "mobile", ""])),
        "browser": draw(st.sampled_from(["Firefox", "Safari"])),
        "os": draw(st.sampled_from(["macOS", ""])),
        "country": draw(st.sampled_from(["DE", "TW", ""])),
        "language": draw(st.sampled_from(["de", "zh-TW"])),
        "screen": draw(st.sampled_from(["1440x900", ""])),
        "bot": draw(st.sampled_from(["", "", "", "", "crawler", "spam_referrer"])),
    }


@st.composite
def event(draw, at):
    kind = draw(types)
    data = {}
    if kind == "user_engagement":
        data = {"engagement_ms": draw(st.sampled_from([0, 1, 4_999, 5_000, 9_999, 10_000, 70_000]))}
    elif kind == "click":
        data = {"link_url": draw(links), "outbound": draw(st.sampled_from([True, True, False]))}
    elif kind == "signup":
        data = {"engagement_ms": 99_999, "plan": draw(words), "link_url": "https://z.org/"}
        data |= draw(st.dictionaries(keys, scalars, max_size=3))
    elif kind == "heat":
        data = draw(st.dictionaries(keys, scalars, max_size=2))
    elif kind == "pageview":
        data = draw(st.sampled_from([{}, {"load_time_ms": draw(st.integers(0, 5_000))}]))
    elif kind == "web_vitals":
        vitals = st.sampled_from(["lcp", "inp", "cls", "fcp", "ttfb"])
        data = draw(st.dictionaries(vitals, st.one_of(timed, timed, st.just("fast")), max_size=5))
    return {
        "at": at,
        "seq": draw(st.integers(0, 2)),
        "type": kind,
        "path": draw(paths),
        "title": draw(titles),
        "data": data,
    }


@st.composite
def session(draw, now, ages=ages, gaps=gaps):
    """The events of one session, most of them under one set of attributes."""
    said = [draw(attributes()) for _ in range(draw(st.sampled_from([1, 1, 1, 2])))]
    name = {
        "visitor": draw(st.sampled_from(["v1", "v2", "v3", "v4"])),
        "session": draw(st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6"])),
    }
    at = now - draw(ages)
    events = []
    for _ in range(draw(st.integers(1, 6))):
        events.append({**name, "attributes": draw(st.sampled_from(said)), **draw(event(at))})
        at = min(now, at + draw(gaps))
    if draw(st.integers(0, 5)) == 0:
        events.append(events[0])  # said again in another beacon: it counts again
    return events


@st.composite
def histories(draw, ages=ages, gaps=gaps, least=0, most=7):
    """Now, and all events up to it in any order."""
    now = draw(st.sampled_from(MOMENTS)) + draw(
        st.one_of(st.integers(-HOUR, 30 * HOUR), st.sampled_from([0, 1, -1, DAY, -DAY]))
    )
    found = draw(st.lists(session(now, ages, gaps), min_size=least, max_size=most))
    return now, draw(st.permutations([event for events in found for event in events]))


@st.composite
def splits(draw, events, least=0):
    """The numbers of the file each event went into; -1 is the tail."""
    files = draw(st.integers(least, 3))
    return [draw(st.integers(-1, files - 1)) for _ in events]


def part(event) -> Part:
    """One event as the part that a beacon makes of it."""
    return Part(
        event["visitor"],
        event["session"],
        Attributes(**event["attributes"]),
        (
            Event(
                event["type"],
                event["at"],
                event["seq"],
                event["path"],
                event["title"],
                event["data"],
            ),
        ),
    )


# --- questions

values = {
    "page": paths,
    "entry_page": paths,
    "exit_page": paths,
    "title": titles,
    "outbound": st.sampled_from(["https://x.org/", "https://y.org/p", "https://"]),
    "event": st.sampled_from(["pageview", "click", "signup", "İ.x", "c"]),
    "device": st.sampled_from(["desktop", "mobile", "m"]),
    "country": st.sampled_from(["DE", "TW", "T"]),
    "medium": st.sampled_from(["cpc", "email", "c"]),
    "hostname": st.sampled_from(["example.com", "shop"]),
    "city": st.sampled_from(["DE-BE/Berlin", "DE-BE/"]),
    "bot": st.sampled_from(["crawler", "spam"]),
}
ONE_VALUED = (
    "channel", "source", "referrer", "campaign", "entry_page", "exit_page", "device", "browser",
    "os", "country", "language", "screen", "medium", "campaign_id", "term", "content", "hostname",
    "region", "city", "browser_version", "os_version", "attributed_by", "placed_by", "bot",
)  # fmt: skip
DIMENSIONS = (*ONE_VALUED, "page", "page", "title", "outbound", "event")
OPERATORS = ("is", "is_not", "contains", "not_contains", "starts_with", "matches", "not_matches")
DATA_OPERATORS = (
    *OPERATORS, "gt", "gte", "lt", "lte", "is_number", "is_text", "is_boolean",
)  # fmt: skip
dimensions = st.sampled_from(DIMENSIONS)
operators = st.sampled_from(OPERATORS)
globs = st.sampled_from(
    ["*", "**", "/*", "/a/**", "/*/b", "**b", "g*", "D*-*/**", "/a/b/\\*", "***", "a.b"]
)


def escape(value, signs="|&:\\*"):
    return "".join("\\" + letter if letter in signs else letter for letter in value)


@st.composite
def wanted_values(draw, operator, possible):
    """Values for an operator: of a glob in its own spelling, of a comparison one number."""
    if operator in ("gt", "gte", "lt", "lte"):
        return [draw(st.sampled_from(["0", "1", "-3", "2.5", "1e-7", "9007199254740992"]))]
    if operator in ("matches", "not_matches"):
        literal = possible.map(lambda value: escape(value, "\\*"))
        possible = st.one_of(globs, literal)
    return draw(st.lists(possible.filter(bool), min_size=1, max_size=2, unique=True))


@st.composite
def conditions(draw):
    operator = draw(st.sampled_from(DATA_OPERATORS))
    key = draw(keys)
    spelled = st.one_of(scalars.map(spell), st.sampled_from(["o", "0.0000001", "-0.0000000025"]))
    return key, operator, draw(wanted_values(operator, paths if key == "$page" else spelled))


@st.composite
def filters(draw):
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return (
            "engaged",
            draw(st.sampled_from(["is", "is_not"])),
            draw(st.sampled_from([["true"], ["false"], ["true", "false"]])),
        )
    if kind <= 2:
        names = draw(st.lists(st.sampled_from(["signup", "heat", "click"]), min_size=1, max_size=2))
        return (
            "event",
            draw(st.sampled_from(["is", "is_not"])),
            names,
            draw(st.lists(conditions(), min_size=1, max_size=2)),
        )
    dimension, operator = draw(dimensions), draw(operators)
    possible = st.one_of(values.get(dimension, words), st.just("(none)"))
    return dimension, operator, draw(wanted_values(operator, possible))


def tells_bots(question):
    """Whether it asks for the reasons of bots, for which they must be counted."""
    named = {given[0] for given in question["filters"]}
    named |= {question.get("dimension"), question.get("then"), *question.get("top", ())}
    return "bot" in named


@st.composite
def questions(draw, now, name):
    question = {
        "name": name,
        "site": "demo",
        "now": now,
        "tz": draw(st.sampled_from(ZONES)),
        "filters": draw(st.lists(filters(), max_size=2)),
        "bots": draw(st.sampled_from(["exclude", "exclude", "include", "only"])),
    }
    if name != "realtime":
        question |= draw(spans(now)) | draw(comparisons(now))
    if name in ("stats", "realtime"):
        question |= {"users": draw(st.booleans()), "limit": draw(st.sampled_from([1, 3, 10, 1000]))}
    if name == "stats" and draw(st.booleans()):
        question["top"] = draw(st.lists(dimensions, max_size=4, unique=True))
    if name == "sankey":
        question |= {
            "steps": draw(st.integers(2, 8)),
            "limit": draw(st.sampled_from([1, 2, 7])),
            "by": draw(st.sampled_from(["entry_page", "source"])),
        }
    if name == "list":
        question |= {
            "dimension": draw(dimensions),
            "limit": draw(st.integers(1, 4)),
            "search": draw(st.sampled_from(["", "", "A", "o", "x'"])),
        }
        if question["dimension"] in ONE_VALUED and draw(st.booleans()):
            others = [one for one in ONE_VALUED if one != question["dimension"]]
            question["then"] = draw(st.sampled_from(others))
    if name == "properties":
        question |= {
            "event": draw(
                st.sampled_from(["signup", "signup", "signup", "heat", "pageview", "no"])
            ),
            "key": draw(st.one_of(st.just(""), keys)),
            "limit": draw(st.sampled_from([1, 2, 10])),
        }
    if name == "timings":
        question |= {
            "by": draw(st.sampled_from(["page", "device", "browser", "country"])),
            "limit": draw(st.sampled_from([1, 3, 10])),
        }
    if tells_bots(question) and question["bots"] == "exclude":
        question["bots"] = "include"
    return question


@st.composite
def comparisons(draw, now):
    kind = draw(st.sampled_from(["", "previous", "previous", "year", "dates"]))
    if not kind:
        return {}
    weekday = {"match_weekday": draw(st.booleans())}
    if kind != "dates":
        return {"compare": kind, **weekday}
    first = now - draw(st.integers(0, 40 * DAY))
    return {"compare_from": first, "compare_to": first + draw(st.integers(1, 9 * DAY)), **weekday}


@st.composite
def spans(draw, now):
    """A named range, or two instants: some on the seam of two days or at an event's time."""
    if draw(st.booleans()):
        return {"range": draw(st.sampled_from(["24h", "7d", "30d", "all"]))}
    length = draw(
        st.one_of(
            st.integers(1, 3 * HOUR),
            st.sampled_from([DAY, 48 * HOUR, 48 * HOUR + 1, 92 * DAY, 92 * DAY + HOUR, 93 * DAY]),
            st.integers(DAY, 40 * DAY),
            st.integers(700 * DAY, 760 * DAY),
        )
    )
    end = now + draw(
        st.one_of(st.sampled_from([0, 1, HOUR, -HOUR]), st.integers(-3 * DAY, 3 * DAY))
    )
    return {"from": end - length, "to": end}


@st.composite
def unfiltered(draw, now, name):
    """A question that closed days may answer, about spans that cut sessions anywhere."""
    question = draw(questions(now, name)) | {"filters": []}
    question.pop("range", None)
    end = now - draw(st.one_of(st.just(0), st.integers(-2 * DAY, 6 * DAY)))
    return question | {"from": end - draw(st.integers(3 * DAY, 15 * DAY)), "to": end}


def write_instant(at):
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return moment.replace(microsecond=at % 1000 * 1000).isoformat().replace("+00:00", "Z")


def write_values(operator, wanted, signs):
    """Values as a request says them: of a glob, stars and backslashes have their meaning."""
    if operator in ("matches", "not_matches"):
        wanted = [value.replace("|", "\\|").replace("&", "\\&") for value in wanted]
        return "|".join(wanted)
    return "|".join(escape(value, signs) for value in wanted)


def write_filter(given):
    dimension, operator, wanted, *rest = given
    signs = "|&\\" if dimension == "event" else "|\\"
    text = f"{dimension}:{operator}:{write_values(operator, wanted, signs)}"
    for key, test, some in rest[0] if rest else ():
        text += f"&{escape(key, '|&:')}:{test}:{write_values(test, some, '|&' + chr(92))}"
    return text


def parameters(question) -> list[tuple[str, str]]:
    """The question as a request says it."""
    said = [(key, str(question[key])) for key in ("site", "tz", "bots")]
    for key in (
        "range",
        "limit",
        "steps",
        "by",
        "dimension",
        "then",
        "search",
        "compare",
        "event",
        "key",
    ):
        if question.get(key):
            said.append((key, str(question[key])))
    for key in ("from", "to", "compare_from", "compare_to"):
        if key in question:
            said.append((key, write_instant(question[key])))
    for key in ("users", "match_weekday"):
        if question.get(key):
            said.append((key, "1"))
    if "top" in question:
        said.append(("top", ",".join(question["top"])))
    return said + [("filter", write_filter(given)) for given in question["filters"]]
