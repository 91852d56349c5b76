"""The columns of a row, schema 1: what a file keeps of what one session did in one hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from chalicelib.model.event import Attributes

UNKNOWN = "(none)"
"""The id of what is not known, wherever a list shows it."""

ATTRIBUTES = tuple(field.name for field in fields(Attributes))

IDENTITY_COLUMNS = {"session": "UBIGINT", "visitor": "UBIGINT"}

STEPS = tuple(f"step_{n}" for n in range(1, 9))
"""The first pages of a session, repeats of one page in a row folded."""

PAGE_SUMS = {
    "page_views": "INTEGER[]",
    "page_engagement_ms": "BIGINT[]",
    "page_scrolls": "INTEGER[]",
}
"""What events add up to by page, in lists parallel to `pages`."""

SUM_COLUMNS = {
    "started_at_ms": "BIGINT",
    "ended_at_ms": "BIGINT",
    "is_over_quarter": "BOOLEAN",  # it lies in more than one quarter of an hour
    "quarters": "INTEGER[]",  # those it has events in, after its first; null where there is one
    "quarter_pageviews": "INTEGER[]",
    "pageviews": "INTEGER",
    "engagement_ms": "BIGINT",
    "is_engaged": "BOOLEAN",
    **dict.fromkeys(STEPS, "VARCHAR"),
    "entry_page": "VARCHAR",
    "exit_page": "VARCHAR",
    "pages": "VARCHAR[]",
    **PAGE_SUMS,
    "events": "VARCHAR",  # {"type": count}: few texts, which Parquet keeps once
    "outbounds": "VARCHAR",  # {"link": count}, null without
}

TITLE_COLUMNS = {
    "titles": "VARCHAR[]",
    **{name.replace("page", "title"): type_ for name, type_ in PAGE_SUMS.items()},
}
"""The same sums by title."""

VITALS = ("lcp", "inp", "cls", "fcp", "ttfb")

TIMING_COLUMNS = {
    "load_pages": "VARCHAR[]",  # of each pageview whose load was timed; null without
    "load_ms": "INTEGER[]",
    "vital_pages": "VARCHAR[]",  # of each report of web vitals; null without
    **dict.fromkeys((f"vital_{name}" for name in VITALS), "DOUBLE[]"),
}
"""How fast pages were: what `timings` would else have to find in the data of every event."""

MOMENT_COLUMNS = {"ev_after_ms": "BIGINT[]"}

EVENT_COLUMNS = {
    "ev_type": "VARCHAR[]",
    **MOMENT_COLUMNS,
    "ev_seq": "BIGINT[]",
    "ev_path": "VARCHAR[]",
    "ev_title": "VARCHAR[]",
    "ev_data": "VARCHAR[]",
}

HEAT_COLUMNS = {
    "heat_pages": "VARCHAR[]",  # of each event `heat`; null without
    "heat_data": "VARCHAR[]",
}
"""The data of events `heat`, which has no place in `ev_data`: it is many times what other events
say, and whoever asks for those need not read it."""

FIGURE_COLUMNS: Mapping[str, str] = {
    **IDENTITY_COLUMNS,
    **dict.fromkeys(ATTRIBUTES, "VARCHAR"),
    **SUM_COLUMNS,
    **TITLE_COLUMNS,
    **TIMING_COLUMNS,
    **MOMENT_COLUMNS,
}
"""What most questions are answered from."""

COLUMNS: Mapping[str, str] = {**FIGURE_COLUMNS, **EVENT_COLUMNS, **HEAT_COLUMNS}
"""The row, schema 1: name and type of every column. Unknown attributes are null."""

ROW_COLUMNS = (
    *IDENTITY_COLUMNS, *ATTRIBUTES, "started_at_ms", *EVENT_COLUMNS, "heat_data",
)  # fmt: skip
"""What `part` needs to make a part of a row again."""
