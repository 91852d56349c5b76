"""The one table of what can be measured, what splits it and what narrows it.

SQL, the API's documentation and the dashboard's own list of names (`make vocabulary`) are made from
these rows. The dashboard says the same in the words and languages of its readers; tests hold that
it leaves none out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "tally", "page"]

Group = Literal["source", "content", "visitor"]
"""What a dimension speaks of: where a session came from, what it saw and did, who had it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured number. `sql` aggregates rows of `session`; empty where a question of its own
    answers it."""

    id: str
    definition: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """What splits a number. `column` of a session holds its one value; or, of a `tally`, the text
    `{"value": count}`; or, of a `page`, a list of values beside which lie lists of `counts`."""

    id: str
    group: Group
    definition: str
    column: str
    kind: Kind = "value"
    counts: tuple[tuple[str, str], ...] = ()
    """The numbers a row has beside sessions and users, and the lists they are summed from."""
    ranked_by: str = "sessions"


@dataclass(frozen=True, slots=True)
class Operator:
    """What narrows. `sql` is true where a known or unknown value `{x}` matches any of the bound
    list `{values}`; a negative operator keeps the sessions in which nothing matches."""

    id: str
    definition: str
    sql: str
    is_negative: bool = False


METRICS = (
    Metric(
        "users",
        "Distinct visitors with an event in the period. Buckets of users do not add up to the "
        "total: who comes on two days is one user of the period and one of each day.",
        "count(DISTINCT visitor)",
    ),
    Metric(
        "sessions",
        "Distinct sessions with an event in the period. A session belongs to the bucket of its "
        "first event inside the period, so buckets add up. 30 minutes without activity end it.",
        "count(*)",
    ),
    Metric(
        "pageviews",
        "Pages loaded, shown again from the browser's cache, or reached by navigation in the page.",
        "coalesce(sum(pageviews), 0)::BIGINT",
    ),
    Metric(
        "engaged_sessions",
        "Sessions with 10 seconds or more of engagement, two or more pageviews, or a custom event.",
        "count_if(is_engaged)",
    ),
    Metric(
        "bounce_rate",
        "The share of sessions that are not engaged; 0 without sessions.",
    ),
    Metric(
        "engagement_ms",
        "Time in which a page was in the foreground, had the focus and was not idle.",
        "coalesce(sum(engagement_ms), 0)::BIGINT",
    ),
    Metric(
        "engagement_ms_per_session",
        "Engagement time divided by sessions; 0 without sessions.",
    ),
    Metric(
        "views_per_session",
        "Pageviews divided by sessions; 0 without sessions.",
    ),
    Metric(
        "new",
        "Visitors with exactly one session in the selected period.",
    ),
    Metric(
        "returning",
        "Visitors with more than one session in the selected period.",
    ),
    Metric(
        "scrolled_90",
        "How often a view of the page reached 90 % of its length.",
    ),
    Metric("count", "How often it happened."),
    Metric(
        "live_users",
        "Distinct visitors with an event in the last 5 minutes.",
    ),
)

DIMENSIONS = (
    Dimension(
        "channel",
        "source",
        "The kind of source that brought the session, by the default channel groups of web "
        "analytics, AI assistants included.",
        "channel",
    ),
    Dimension(
        "source",
        "source",
        "Who sent the session: the campaign's source, else the app it was opened in, else the "
        "referring site; `(direct)` when none of them is known.",
        "source",
    ),
    Dimension(
        "referrer",
        "source",
        "Host and path of the page that linked here.",
        "referrer",
    ),
    Dimension("campaign", "source", "The campaign named by the link (`utm_campaign`).", "campaign"),
    Dimension(
        "page",
        "content",
        "The path of a pageview, without its query. A filter selects sessions that saw such a "
        "page.",
        "pages",
        kind="page",
        counts=(
            ("pageviews", "page_views"),
            ("engagement_ms", "page_engagement_ms"),
            ("scrolled_90", "page_scrolls"),
        ),
        ranked_by="pageviews",
    ),
    Dimension(
        "entry_page",
        "content",
        "The path of a session's first pageview in the period.",
        "entry_page",
    ),
    Dimension(
        "exit_page",
        "content",
        "The path of a session's last pageview in the period.",
        "exit_page",
    ),
    Dimension(
        "outbound",
        "content",
        "A link by which a session left the site, without its query.",
        "outbounds",
        kind="tally",
        ranked_by="count",
    ),
    Dimension("device", "visitor", "Desktop, mobile, tablet, tv, console or other.", "device"),
    Dimension("browser", "visitor", "The browser's name, by its User-Agent.", "browser"),
    Dimension("os", "visitor", "The system's name, by its User-Agent.", "os"),
    Dimension("country", "visitor", "ISO 3166 code of the country of the visitor.", "country"),
    Dimension("language", "visitor", "The browser's preferred language (BCP 47).", "language"),
    Dimension("screen", "visitor", "Width and height of the screen in CSS pixels.", "screen"),
    Dimension(
        "event",
        "content",
        "The type of an event: built in, or the name that the site gave it.",
        "events",
        kind="tally",
        ranked_by="count",
    ),
)

_KNOWN = "{x} <> '(none)' AND len(list_filter({values}, lambda v: {test}({x}, v))) > 0"
_IS = "list_contains({values}, {x})"

OPERATORS = (
    Operator("is", "The value is one of these; `(none)` is the unknown value.", _IS),
    Operator("is_not", "No value of the session is one of these.", _IS, is_negative=True),
    Operator(
        "contains",
        "A known value contains one of these texts, letter case included.",
        _KNOWN.replace("{test}", "contains"),
    ),
    Operator(
        "not_contains",
        "No known value of the session contains one of these texts.",
        _KNOWN.replace("{test}", "contains"),
        is_negative=True,
    ),
    Operator(
        "starts_with",
        "A known value starts with one of these texts, letter case included.",
        _KNOWN.replace("{test}", "starts_with"),
    ),
)

ROW_METRICS = ("sessions", "pageviews")
"""What the rows of every list count."""
USER_METRICS = (*ROW_METRICS, "users")
"""With the dearest one."""

METRIC = {metric.id: metric for metric in METRICS}
DIMENSION = {dimension.id: dimension for dimension in DIMENSIONS}
OPERATOR = {operator.id: operator for operator in OPERATORS}
