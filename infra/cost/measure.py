"""What visits cost in requests, items and bytes, counted on two running local stages.

`DEMO=0 make run`, then `python -m infra.cost.measure visits --stage http://127.0.0.1:8000
--endpoint ENDPOINT` with the endpoint that it prints: a real browser visits the demo website, and
every item in the table is one beacon of its. `DEMO=1 make run`, then `python -m infra.cost.measure
history --endpoint ENDPOINT`: the size of two months of sealed visits. Both write measured.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from playwright.sync_api import Page, sync_playwright

from chalicelib.model.manifest import load_manifest
from infra.cost.month import MEASURED

HERE = Path(__file__).parent

BUILT = HERE.parent / "dashboard_site" / "dist" / "sizes.json"

CHOSEN = HERE.parent / ".venv" / "browser"  # written by `make .venv/browser`

EVENTS, REGISTRY = "footfall-local-events", "footfall-local-registry"

VISITS = (
    ("/", "/coffee", "/coffee/ethiopia"),
    ("/journal/brewing-guide",),
    ("/coffee", "/coffee/colombia", "/subscribe", "/"),
    ("/journal", "/journal/brewing-guide"),
)

READING_MS = 2500


def visit(page: Page, website: str, paths: tuple[str, ...]) -> None:
    """Read each page to its end, then leave."""
    for path in paths:
        page.goto(website + path)
        page.wait_for_timeout(READING_MS)
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(READING_MS)
    page.goto("about:blank")
    page.wait_for_timeout(500)


def visit_all(stage: str) -> None:
    """Visit the demo website in Chromium, each time as somebody new."""
    parts = urlsplit(stage)
    website = f"http://{parts.hostname}:{(parts.port or 80) + 1}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHOSEN.read_text().strip() or None)
        for paths in VISITS:
            context = browser.new_context()
            visit(context.new_page(), website, paths)
            context.close()
        browser.close()


def items(client: Any, table: str) -> list[int]:
    """The size in bytes of every item, as DynamoDB counts it: names and values in UTF-8."""
    found: list[int] = []
    for page in client.get_paginator("scan").paginate(TableName=table):
        found += [
            sum(_bytes(name, value) for name, value in item.items()) for item in page["Items"]
        ]
    return found


def _bytes(name: str, value: dict[str, str]) -> int:
    ((kind, text),) = value.items()
    # A number takes a byte for two digits and one more; a string its UTF-8.
    size = (len(text) + 1) // 2 + 1 if kind == "N" else len(text.encode())
    return len(name.encode()) + size


def visits(client: Any, stage: str) -> dict[str, Any]:
    """Beacons of a few visits, and their size at rest."""
    assert not items(client, EVENTS), "the stage has other visitors; start it with DEMO=0"
    visit_all(stage)
    sizes = items(client, EVENTS)
    with urllib.request.urlopen(f"{stage}/sdk.js") as answer:
        tracker = gzip.compress(answer.read(), 6)
    return {
        "pageviews": sum(map(len, VISITS)),
        "beacons": len(sizes),
        "item_bytes": round(sum(sizes) / len(sizes)),
        "write_units_of_an_item": round(sum(-(-size // 1024) for size in sizes) / len(sizes), 2),
        "tracker_bytes": len(tracker),
        "dashboard_bytes": json.loads(BUILT.read_text())["visit"],
    }


def history(client: Any) -> dict[str, Any]:
    """Bytes of a session in the demo site's sealed and imported files."""
    key = {"pk": {"S": "manifest#demo"}, "sk": {"S": "manifest"}}
    files = load_manifest(client.get_item(TableName=REGISTRY, Key=key)["Item"]["body"]["S"]).files
    of_a_row = sum(file.bytes for file in files) / sum(file.rows for file in files)
    return {"segment_bytes_of_a_session": round(of_a_row)}


def main() -> None:
    """Measure, and write beside what was measured before."""
    parser = argparse.ArgumentParser(prog="python -m infra.cost.measure", description=__doc__)
    parser.add_argument("what", choices=("visits", "history"))
    parser.add_argument("--stage", default="http://127.0.0.1:8000")
    parser.add_argument("--endpoint", required=True)
    given = parser.parse_args()
    session = boto3.Session("local", "local", region_name="us-east-1")
    client = session.client("dynamodb", endpoint_url=given.endpoint)
    found = history(client) if given.what == "history" else visits(client, given.stage)
    before = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    now = {**before, "measured": datetime.now(UTC).date().isoformat(), **found}
    MEASURED.write_text(json.dumps(now, indent=2) + "\n")
    print(MEASURED.read_text())


if __name__ == "__main__":
    main()
