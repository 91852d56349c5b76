"""Segments of every released schema, kept for ever, and what reports say of them.

`python -m tests.report.released N` writes the files of schema N; once released they never change.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model import parts
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.site import Site
from chalicelib.report.reports import Reports

FOLDER = Path(__file__).parent.parent / "fixtures" / "segments"
NOW = 1_790_035_200_000
MINUTE = 60_000


def history() -> list[Part]:
    """Three days with one of everything that a row can hold."""
    return [part for day in range(3) for part in _day(NOW - (3 - day) * 24 * 60 * MINUTE)]


def _day(start: int) -> list[Part]:
    google = Attributes(
        source="google",
        medium="cpc",
        campaign="autumn",
        campaign_id="1",
        term="a",
        content="b",
        channel="Paid Search",
        referrer="www.google.com/",
        attributed_by="utm_source",
        device="mobile",
        browser="Firefox",
        browser_version="150",
        os="Android",
        os_version="16",
        country="TW",
        region="TPE",
        city="臺北市",
        placed_by="edge",
        language="zh-TW",
        screen="412x915",
    )
    robot = Attributes(source="(direct)", channel="Direct", bot="crawler")
    visit = (
        Event("pageview", start, 1, "/", "Home", {"load_time_ms": 120}),
        Event("scroll", start + MINUTE, 2, "/", "Home", {"percent": 90}),
        Event("user_engagement", start + MINUTE, 3, "/", "Home", {"engagement_ms": 55_000}),
        Event("pageview", start + MINUTE + 1, 4, "/價格", "價格"),
        Event(
            "signup", start + 2 * MINUTE, 5, "/價格", "", {"plan": "pro", "seats": 3, "ok": True}
        ),
        Event("click", start + 3 * MINUTE, 6, "/價格", "", {"link_url": "https://x.org/?a=1"}),
    )
    return [
        Part("anna", f"a{start}", google, visit),
        Part(f"b{start}", f"b{start}", Attributes(), (Event("pageview", start + 5, path="/b"),)),
        Part("robot", f"r{start}", robot, (Event("pageview", start + 7, path="/"),)),
    ]


def answers(engine: Engine, path: Path) -> dict[str, Any]:
    said = [("site", "demo"), ("range", "7d"), ("users", "1"), ("compare", "previous")]
    names: list[str] = ["stats", "sankey"]
    return {
        name: Reports(lambda *_: Snapshot([path]), engine).answer(name, said, Site("demo"), NOW)
        for name in names
    }


def write(version: int) -> None:
    with TemporaryDirectory() as folder:
        engine = open_engine(Path(folder))
        path = Path(folder) / f"v{version}.parquet"
        engine.segments.write(parts.group_parts(history()), path)
        said = json.dumps(answers(engine, path), ensure_ascii=False, indent=1)
        (FOLDER / f"v{version}.json").write_text(said + "\n", "utf-8")
        shutil.copy(path, FOLDER)


if __name__ == "__main__":
    write(int(sys.argv[1]))
