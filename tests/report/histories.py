"""Generated histories, how they were split into files and a tail, and questions about them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from chalicelib.model.event import Attributes, Event, Part

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
    ["/", "/a", "/a", "/b", "/pricing", "/a/b", "/A", "/ü", "/a|b", "/'\"\\", "/\x00;--", "",
     "/🦊", "(other)", "/İ", "(none)", "/%25"]
)  # fmt: skip
words = st.sampled_from(["", "", "google", "Google", "b|c", "(none)", "ç", "x'--", "\\|", "bing"])
types = st.sampled_from(
    ["pageview"] * 5 + ["user_engagement"] * 3 + ["scroll", "click", "click", "signup", "İ.x"]
)
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
        "medium": "cpc",
        "device": draw(st.sampled_from(["desktop", "mobile", ""])),
        "browser": draw(st.sampled_from(["Firefox", "Safari"])),
        "os": draw(st.sampled_from(["macOS", ""])),
        "country": draw(st.sampled_from(["DE", "TW", ""])),
        "language": draw(st.sampled_from(["de", "zh-TW"])),
        "screen": draw(st.sampled_from(["1440x900", ""])),
        "bot": draw(st.sampled_from(["", "", "", "", "crawler"])),
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
    return {
        "at": at,
        "seq": draw(st.integers(0, 2)),
        "type": kind,
        "path": draw(paths),
        "title": draw(st.sampled_from(["", "T"])),
        "data": {key: value for key, value in data.items() if value != ""},
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
    "outbound": st.sampled_from(["https://x.org/", "https://y.org/p", "https://"]),
    "event": st.sampled_from(["pageview", "click", "signup", "İ.x", "c"]),
    "device": st.sampled_from(["desktop", "mobile", "m"]),
    "country": st.sampled_from(["DE", "TW", "T"]),
}
DIMENSIONS = (
    "channel", "source", "referrer", "campaign", "page", "page", "entry_page", "exit_page",
    "outbound", "device", "browser", "os", "country", "language", "screen", "event",
)  # fmt: skip
OPERATORS = ("is", "is_not", "contains", "not_contains", "starts_with")
dimensions = st.sampled_from(DIMENSIONS)
operators = st.sampled_from(OPERATORS)


@st.composite
def filters(draw):
    dimension = draw(dimensions)
    possible = st.one_of(values.get(dimension, words), st.just("(none)"))
    wanted = draw(st.lists(possible.filter(bool), min_size=1, max_size=2, unique=True))
    # A value that ends in a backslash can only be the last: before a bar it makes the bar its own.
    return dimension, draw(operators), sorted(wanted, key=lambda value: value.endswith("\\"))


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
        question |= draw(spans(now)) | {"compare": draw(st.booleans())}
    if name in ("stats", "realtime"):
        question |= {"users": draw(st.booleans()), "limit": draw(st.sampled_from([1, 3, 10, 1000]))}
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
    return question


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


def parameters(question) -> list[tuple[str, str]]:
    """The question as a request says it."""
    said = [(key, str(question[key])) for key in ("site", "tz", "bots")]
    for key in ("range", "limit", "steps", "by", "dimension", "search"):
        if question.get(key):
            said.append((key, str(question[key])))
    for key in ("from", "to"):
        if key in question:
            moment = datetime.fromtimestamp(question[key] // 1000, UTC)
            text = moment.replace(microsecond=question[key] % 1000 * 1000).isoformat()
            said.append((key, text.replace("+00:00", "Z")))
    if question.get("compare"):
        said.append(("compare", "previous"))
    if question.get("users"):
        said.append(("users", "1"))
    for dimension, operator, wanted in question["filters"]:
        joined = "|".join(value.replace("|", "\\|") for value in wanted)
        said.append(("filter", f"{dimension}:{operator}:{joined}"))
    return said
