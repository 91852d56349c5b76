"""The one table of what can be measured.

SQL, the API's documentation and the dashboard's own list of names (`make vocabulary`) are made from
these rows and those of `dimensions` and `operators`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured number. `sql` aggregates rows of `session`; empty where a question of its own
    answers it."""

    id: str
    definition: str
    sql: str = ""


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

ROW_METRICS = ("sessions", "pageviews")
"""What the rows of every list count."""
USER_METRICS = (*ROW_METRICS, "users")
"""With the dearest one."""

METRIC = {metric.id: metric for metric in METRICS}
