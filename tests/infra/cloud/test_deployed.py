"""A deployed stage, used from outside through its edge and API Gateway."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from infra.smoke import BROWSER, Answer, ask
from tests.infra.cloud.conftest import ADMIN, SITE, VIEWER, Checkout

HOUR_MS = 3_600_000
SEAL_SECONDS = 100


def page(path: str = "/", **more: Any) -> dict[str, Any]:
    ids = {"visitor_id": str(uuid.uuid4()), "session_id": str(uuid.uuid4())}
    return {"event_type": "pageview", "url": f"https://shop.example{path}", **ids, **more}


def collect(stage: Checkout, event: dict[str, Any], kind: str = "application/json") -> Answer:
    headers = {"Content-Type": kind, "User-Agent": BROWSER}
    return ask(f"{stage.edge_url}/api/collect", "POST", json.dumps(event).encode(), headers)


def report(stage: Checkout, token: str, span: str = "range=24h") -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return ask(f"{stage.edge_url}/api/reports/stats?site={SITE}&{span}", headers=headers)


def totals(stage: Checkout, span: str = "range=24h") -> dict[str, Any]:
    answer = report(stage, ADMIN, span)
    assert answer.status == 200, answer.body
    found = json.loads(answer.body)
    assert found["meta"]["partial"] == []
    return {name: found["totals"][name] for name in ("users", "sessions", "pageviews")}


def test_the_api_is_healthy(deployed: Checkout) -> None:
    answer = ask(f"{deployed.edge_url}/api/health")
    assert (answer.status, json.loads(answer.body)["ok"]) == (200, True)


def test_a_preflight_lets_every_origin_send_beacons(deployed: Checkout) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = ask(f"{deployed.edge_url}/api/collect", "OPTIONS", headers=headers)
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8"])
def test_a_beacon_is_accepted_and_counted_at_once(deployed: Checkout, kind: str) -> None:
    before = totals(deployed)
    answer = collect(deployed, page("/first"), kind)
    assert (answer.status, json.loads(answer.body)["accepted"]) == (200, 1)
    assert totals(deployed) == {name: count + 1 for name, count in before.items()}


def test_a_report_needs_a_token(deployed: Checkout) -> None:
    answer = ask(f"{deployed.edge_url}/api/reports/stats?site={SITE}")
    assert answer.status == 401


def test_a_token_of_another_site_is_refused(deployed: Checkout) -> None:
    assert report(deployed, VIEWER).status == 403


def test_an_unknown_address_has_the_contracts_error_body(deployed: Checkout) -> None:
    answer = ask(f"{deployed.edge_url}/api/nowhere")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, "not_found")
