"""The one table of event types that have a meaning of their own; any other name is a custom event.

What rows sum, which sessions are engaged, what the API's document says and what the glossary lists
follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.model.text import compose_marks, make_printable

MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class EventType:
    """A built-in type of event. `keys` of its data have a meaning (`enrich.data` cleans them).
    `summed_in` names the list of a row that adds up the `amount` (a key; empty: each counts 1) of
    its events by page. `is_act`: whether a visitor does something by it, so that it may be a step
    of a funnel."""

    name: str
    definition: str
    keys: tuple[str, ...] = ()
    summed_in: str = ""
    amount: str = ""
    is_act: bool = True


EVENT_TYPES = (
    EventType(
        "pageview",
        "a page is loaded, shown again from the browser's cache, or reached by navigation in it",
        ("load_time_ms",),
        summed_in="page_views",
    ),
    EventType(
        "user_engagement",
        "time with a page in the foreground, and how much of it was seen",
        ("engagement_ms", "percent"),
        summed_in="page_engagement_ms",
        amount="engagement_ms",
        is_act=False,
    ),
    EventType(
        "scroll",
        "90 % of a page's length is reached",
        ("percent",),
        summed_in="page_scrolls",
        is_act=False,
    ),
    EventType(
        "click",
        "a link leads to another site",
        ("link_url", "link_domain", "outbound"),
    ),
    EventType("file_download", "a link leads to a file", ("link_url", "link_domain")),
    EventType("contact", "a link leads to mail or telephone", ("link_url",)),
    EventType("form_start", "a field of a form is filled in for the first time", ("form",)),
    EventType("form_submit", "a form is sent", ("form",)),
    EventType(
        "web_vitals",
        "how fast and steady a page was",
        ("lcp", "inp", "cls", "fcp", "ttfb"),
        is_act=False,
    ),
    EventType("heat", "where a page was clicked and looked at", is_act=False),
    EventType("site_search", "the site's own search is used", ("term",)),
    EventType("not_found", "a page is shown in place of one that does not exist"),
)

BUILT_IN = frozenset(type_.name for type_ in EVENT_TYPES)
"""Names of the built-in types."""


def read_event_type(text: str) -> str:
    """The name of a type in its one spelling. ValueError, worded for the sender, if it is none."""
    name = compose_marks(text.strip()) if len(text) <= 8 * MAX_NAME else ""
    if not 0 < len(name) <= MAX_NAME or make_printable(name) != name:
        raise ValueError(f"must be 1 to {MAX_NAME} characters, none of them a control character")
    return name
