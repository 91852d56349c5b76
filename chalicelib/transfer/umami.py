"""Umami's `website_event.csv`, line by line in the columns of an import.

Its session is a visitor (a hash that lasts a month) and its visit a session. A line tells its own
page and referrer only, and lines are in no order, so the first line of each visit is found before.
Columns: https://github.com/umami-software/umami, db/clickhouse/schema.sql.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chalicelib.model.refusal import Refusal

Line = Mapping[str, str]

NEEDED = ("session_id", "visit_id", "hostname", "url_path", "created_at", "event_type")

CUSTOM_EVENT = "2"

DEVICES = {"laptop": "desktop"}

BROWSERS = {
    "chrome": "Chrome",
    "chromium-webview": "Chrome",
    "crios": "Chrome",
    "edge": "Edge",
    "edge-chromium": "Edge",
    "edge-ios": "Edge",
    "facebook": "Facebook",
    "firefox": "Firefox",
    "fxios": "Firefox",
    "instagram": "Instagram",
    "ios": "Safari",
    "ios-webview": "Safari",
    "opera": "Opera",
    "safari": "Safari",
    "samsung": "Samsung Internet",
    "yandexbrowser": "Yandex Browser",
}


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The events of an export. Raises `Refusal` 400 where it is not Umami's."""
    began = _read_beginnings(path)
    for line in _read_lines(path):
        _, url, referrer = began[line["visit_id"]]
        yield {
            "at": _spell_instant(line["created_at"]),
            "event_type": _make_type(line),
            "visitor_id": line["session_id"],
            "session_id": line["visit_id"],
            "url": _make_url(line),
            "title": line.get("page_title", ""),
            "entry_url": url,
            "entry_referrer": referrer,
            "country": line.get("country", ""),
            "region": line.get("region", ""),
            "city": line.get("city", ""),
            "screen": line.get("screen", ""),
            "language": line.get("language", ""),
            "device": DEVICES.get(line.get("device", ""), line.get("device", "")),
            "browser": BROWSERS.get(line.get("browser", ""), line.get("browser", "")),
            "os": line.get("os", ""),
        }


def _read_beginnings(path: Path) -> dict[str, tuple[str, str, str]]:
    """By visit: the moment, page and referrer of its first line."""
    first: dict[str, tuple[str, str, str]] = {}
    for line in _read_lines(path):
        seen = (line["created_at"], _make_url(line), _make_referrer(line))
        first[line["visit_id"]] = min(seen, first.get(line["visit_id"], seen))
    return first


def _read_lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
        if missing:
            raise Refusal(400, "bad_import", f"{path.name} has no column {missing[0]}", missing[0])
        for line in table:
            yield {name: value or "" for name, value in line.items() if name}


def _make_url(line: Line) -> str:
    query = line.get("url_query", "")
    return f"https://{line['hostname']}{line['url_path']}" + (f"?{query}" if query else "")


def _make_referrer(line: Line) -> str:
    host = line.get("referrer_domain", "")
    return f"https://{host}{line.get('referrer_path', '')}" if host else ""


def _make_type(line: Line) -> str:
    return line.get("event_name", "") if line["event_type"] == CUSTOM_EVENT else "pageview"


def _spell_instant(text: str) -> str:
    """Their times are UTC, without saying so."""
    return text if text.endswith("Z") or "+" in text else f"{text.replace(' ', 'T')}Z"
