"""What splits and narrows numbers: a row each, from which SQL, API and dashboard are made.

The dashboard says the same in the words and languages of its readers; tests hold that it leaves
none out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "tally", "page"]

Group = Literal["source", "content", "visitor"]
"""What a dimension speaks of: where a session came from, what it saw and did, who had it."""


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
    is_path: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """What a session is or is not: it narrows, and splits nothing. `sql` gives `true` or
    `false`."""

    id: str
    definition: str
    sql: str


ON_OVERVIEW = (
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
        is_path=True,
    ),
    Dimension(
        "entry_page",
        "content",
        "The path of a session's first pageview in the period.",
        "entry_page",
        is_path=True,
    ),
    Dimension(
        "exit_page",
        "content",
        "The path of a session's last pageview in the period.",
        "exit_page",
        is_path=True,
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
"""What `stats` lists unless asked for others."""

BESIDE = (
    Dimension(
        "medium",
        "source",
        "By what means the link came: the campaign's medium, else what follows from the source.",
        "medium",
    ),
    Dimension(
        "campaign_id",
        "source",
        "The campaign's id named by the link (`utm_id`).",
        "campaign_id",
    ),
    Dimension(
        "term",
        "source",
        "The campaign's term named by the link (`utm_term`).",
        "term",
    ),
    Dimension(
        "content",
        "source",
        "The campaign's content named by the link (`utm_content`).",
        "content",
    ),
    Dimension(
        "title",
        "content",
        "The title of a pageview's page. A filter selects sessions that saw such a title.",
        "titles",
        kind="page",
        counts=(
            ("pageviews", "title_views"),
            ("engagement_ms", "title_engagement_ms"),
            ("scrolled_90", "title_scrolls"),
        ),
        ranked_by="pageviews",
    ),
    Dimension(
        "hostname",
        "content",
        "The host of the page on which the session began.",
        "hostname",
    ),
    Dimension(
        "region",
        "visitor",
        "ISO 3166 code of the visitor's country and region (`DE-BE`).",
        "region",
    ),
    Dimension(
        "city",
        "visitor",
        "The visitor's city, within its region (`DE-BE/Berlin`).",
        "city",
    ),
    Dimension(
        "browser_version",
        "visitor",
        "The browser's name and major version (`Chrome 141`).",
        "browser_version",
    ),
    Dimension(
        "os_version",
        "visitor",
        "The system's name and version (`Android 16`).",
        "os_version",
    ),
    Dimension(
        "attributed_by",
        "source",
        "The rule and the evidence by which the source was found.",
        "attributed_by",
    ),
    Dimension(
        "placed_by",
        "visitor",
        "How the visitor's place was found: by the edge, or estimated.",
        "placed_by",
    ),
    Dimension(
        "bot",
        "visitor",
        "Why a session is left out of the figures; it needs `bots=include` or `bots=only`.",
        # Another expression than the column by which closed days tell people and bots apart:
        # grouping sets must not take one for the other.
        "nullif(bot, '')",
    ),
)

DIMENSIONS = (*ON_OVERVIEW, *BESIDE)

FLAGS = (
    Flag(
        "engaged",
        "Sessions that are engaged (`true`) or not (`false`); it takes `is` and `is_not` alone.",
        "CAST(is_engaged AS VARCHAR)",
    ),
)

DIMENSION = {dimension.id: dimension for dimension in DIMENSIONS}
FLAG = {flag.id: flag for flag in FLAGS}
