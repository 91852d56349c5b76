"""The columns of imported and exported events.

Needed: `at_ms` (when it happened, epoch milliseconds) or `at` (ISO 8601 with its offset);
`event_type`; `visitor_id` and `session_id` (up to 100 characters, which stand as they are but for
the case of a UUID; an export has `#` and 16 hex digits); `url`, or `path` as reports name a page.

Optional: `title`, `seq`, `data` (an object; JSON text in CSV).

What the session came with is either raw, as a browser sends it, and attributed as live traffic
is: `entry_url`, `entry_referrer`, `referrer`, `user_agent`, `country`, `screen`, `language`; a
`device`, `browser`, `os` and their versions, a `region` and a `city` go before what is read. Or
it is ready, the fields of `model.Attributes`, where `source` or `channel` is given, and in what an
export wrote. Other columns are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

from chalicelib.enrich.data import clean_data as cleaned
from chalicelib.enrich.device import read_agent
from chalicelib.enrich.enrich import describe_session, name_version
from chalicelib.enrich.identity import clean_identifier
from chalicelib.enrich.page import read_page, with_kept_parameters
from chalicelib.enrich.parse import Hit
from chalicelib.enrich.place import name_place, viewer_place
from chalicelib.enrich.viewer import Viewer
from chalicelib.model import spans
from chalicelib.model.columns import ATTRIBUTES
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.event_types import read_event_type
from chalicelib.model.limits import MAX_NUMBER, MAX_TITLE
from chalicelib.model.paths import canonical_path
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.text import clean_text

Values = Mapping[str, Any]

MAX_ATTRIBUTE = 500

DECIDED = ("source", "channel")
"""Either of them given: the session's attributes are ready and taken as they stand."""

KNOWN = ("device", "browser", "browser_version", "os", "os_version", "region", "city")
"""What may be given beside raw columns."""

RAW = ("entry_url", "entry_referrer", "user_agent", "country", "screen", "language")


def read_parts(events: Iterable[Values], site: Site) -> Iterator[Part]:
    """One part an event. Raises `Refusal` 400, naming the event's place and the column."""
    for place, values in enumerate(events, 1):
        try:
            yield _read_part({name: v for name, v in values.items() if v not in (None, "")}, site)
        except _Unreadable as problem:
            message = f"event {place}: {problem.column} {problem.message}"
            raise Refusal(400, "bad_import", message, problem.column) from None


def write_lines(part: Part) -> Iterator[dict[str, object]]:
    """One line an event: columns that `parts` reads back as the same part."""
    said = {name: value for name, value in asdict(part.attributes).items() if value}
    for event in part.events:
        yield {
            "at_ms": event.at_ms,
            "visitor_id": part.visitor_id,
            "session_id": part.session_id,
            "event_type": event.type,
            "path": event.path,
            "title": event.title,
            "seq": event.seq,
            "data": dict(event.data),
            **said,
        }


class _Unreadable(Exception):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(column, message)
        self.column, self.message = column, message


def _read_part(values: Values, site: Site) -> Part:
    event = Event(
        type=_event_type(values),
        at_ms=_at_ms(values),
        seq=_whole_number(values, "seq", MAX_NUMBER) if "seq" in values else 0,
        path=_read_path(values, site),
        title=clean_text(_read_text(values, "title", 4096), MAX_TITLE),
        data=_read_data(values),
    )
    visitor_id, session_id = _read_id(values, "visitor_id"), _read_id(values, "session_id")
    is_ready = visitor_id[0] == "#" or any(name in values for name in DECIDED)
    said = _read_attributes(values) if is_ready else _derive_attributes(values, site)
    return Part(visitor_id, session_id, said, (event,))


def _read_attributes(values: Values) -> Attributes:
    return Attributes(**{name: _read_text(values, name) for name in ATTRIBUTES})


def _derive_attributes(values: Values, site: Site) -> Attributes:
    referrer = "entry_referrer" if "entry_url" in values else "referrer"
    given = {**values, "entry_referrer": values.get(referrer, "")}
    given.setdefault("entry_url", values.get("url", values.get("path", "")))
    said = _attribute_session(site, *(_read_text(given, name, 4096) for name in RAW))
    known = {name: _read_text(values, name) for name in KNOWN if name in values}
    return _name_in_full(replace(said, **known)) if known else said


def _name_in_full(said: Attributes) -> Attributes:
    """Regions, cities and versions as live traffic has them."""
    place = name_place(said.country, said.region, said.city)
    return replace(
        said,
        region=place.region,
        city=place.city,
        browser_version=name_version(said.browser, said.browser_version),
        os_version=name_version(said.os, said.os_version),
    )


@lru_cache(maxsize=10_000)
def _attribute_session(
    site: Site, url: str, referrer: str, user_agent: str, country: str, screen: str, language: str
) -> Attributes:
    """What live traffic would have been said to be; the country is the one stated."""
    hit = Hit(event_type="pageview", url=url, referrer=referrer, screen=screen, language=language)
    headers = {"user-agent": user_agent, "cloudfront-viewer-country": country}
    return describe_session(
        hit, read_page(url), site, Viewer(read_agent(headers), viewer_place(headers))
    )


def _read_text(values: Values, column: str, limit: int = MAX_ATTRIBUTE) -> str:
    value = values.get(column, "")
    if not isinstance(value, str):
        raise _Unreadable(column, "must be text")
    return clean_text(value, limit)


def _read_id(values: Values, column: str) -> str:
    value = values.get(column)
    try:
        return clean_identifier(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _Unreadable(column, str(error)) from None


def _event_type(values: Values) -> str:
    value = values.get("event_type")
    try:
        return read_event_type(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _Unreadable("event_type", str(error)) from None


def _at_ms(values: Values) -> int:
    if "at_ms" in values:
        return _whole_number(values, "at_ms", spans.LATEST_MS)
    try:
        return spans.read_instant(str(values.get("at", "")), spans.find_zone("UTC"))
    except ValueError as error:
        raise _Unreadable("at", str(error)) from None


def _whole_number(values: Values, column: str, most: int) -> int:
    value = values[column]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise _Unreadable(column, f"must be a whole number from 0 to {most}")
    return value


def _read_path(values: Values, site: Site) -> str:
    if "path" in values:
        return canonical_path(_read_text(values, "path", 4096))
    where = read_page(_read_text(values, "url", 4096))
    if not where.host:
        raise _Unreadable("url", "must be a web address, or path be given")
    return with_kept_parameters(where, site.kept_query_parameters)


def _read_data(values: Values) -> dict[str, str | int | float | bool]:
    value = values.get("data", {})
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise _Unreadable("data", "must be a JSON object")
    return cleaned(value)
