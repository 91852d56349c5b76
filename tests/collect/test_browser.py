"""A real browser on another origin: beacons go out without a preflight, JSON's is answered."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.collect.desk import SESSION, VISITOR
from tests.harness.local_stage import Stage

pytestmark = pytest.mark.browser

SEND_BEACON = "([url, body]) => navigator.sendBeacon(url, body)"
FETCH_JSON = """async ([url, body]) => {
    const answer = await fetch(url, {
        method: 'POST', body, headers: {'Content-Type': 'application/json'},
    });
    return [answer.status, await answer.json()];
}"""


def body(name: str) -> str:
    return (
        f'{{"event_type": "{name}", "url": "http://localhost/p", "visitor_id": "{VISITOR}",'
        f' "session_id": "{SESSION}"}}'
    )


def visit(
    browser: Browser, stage: Stage, script: str, name: str
) -> tuple[Any, list[tuple[str, int]]]:
    """Run a script on the demo website; what it gave, and method and status of each request that
    the browser made to the collector, preflights included."""
    with browser.new_page() as page:
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        sent: dict[str, str] = {}
        made: list[tuple[str, int]] = []

        def on_request(event: dict[str, Any]) -> None:
            if event["request"]["url"].endswith("/api/e"):
                sent[event["requestId"]] = event["request"]["method"]

        def on_response(event: dict[str, Any]) -> None:
            if event["requestId"] in sent:
                made.append((sent[event["requestId"]], event["response"]["status"]))

        devtools.on("Network.requestWillBeSent", on_request)
        devtools.on("Network.responseReceived", on_response)
        page.route("**/sdk.js", lambda route: route.abort())
        page.goto(stage.website)
        with page.expect_response(
            lambda r: r.url.endswith("/api/e") and r.request.method == "POST"
        ):
            gave = page.evaluate(script, [f"{stage.origin}/api/e", body(name)])
        page.wait_for_load_state("networkidle")
        return gave, made


def events(stage: Stage) -> dict[str, int]:
    rows = stage.report("stats", range="24h").body["top"]["event"]
    return {row["id"]: row["count"] for row in rows}


def test_a_beacon_from_another_origin_needs_no_preflight_and_counts(
    browser: Browser, stage: Stage
) -> None:
    gave, made = visit(browser, stage, SEND_BEACON, "from_beacon")
    assert gave is True
    assert made == [("POST", 200)]
    assert events(stage)["from_beacon"] == 1


def test_json_from_another_origin_has_its_preflight_answered_and_counts(
    browser: Browser, stage: Stage
) -> None:
    gave, made = visit(browser, stage, FETCH_JSON, "from_fetch")
    assert gave == [200, {"accepted": 1, "duplicates": 0, "dropped": []}]
    assert sorted(made) == [("OPTIONS", 204), ("POST", 200)]
    assert events(stage)["from_fetch"] == 1
