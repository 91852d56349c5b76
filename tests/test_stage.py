"""The local stage keeps the contract's promises to tools that start the product."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.harness.local_stage import TOKEN, Stage, local_stage

EXAMPLE = {
    "event_type": "pageview",
    "url": "http://example.com/course/1",
    "referrer": "https://google.com",
    "data": {"load_time_ms": 120, "source": "google"},
}


def example() -> dict[str, object]:
    return {**EXAMPLE, "visitor_id": str(uuid4()), "session_id": str(uuid4())}


def test_the_contracts_example_is_in_every_report_asked_after_it(stage: Stage) -> None:
    before = stage.report("stats", range="24h").body["totals"]["sessions"]
    taken = stage.collect(example())
    stats = stage.report("stats", range="24h").body
    sankey = stage.report("sankey", range="24h").body
    realtime = stage.report("realtime").body
    assert (taken.status, taken.body["accepted"]) == (200, 1)
    assert stats["totals"]["sessions"] == before + 1
    assert {"id": "1|/course/1", "step": 1, "label": "/course/1"} in sankey["nodes"]
    assert realtime["live_users"] >= 1
    assert [row["id"] for row in stats["top"]["source"]] == ["google"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", None),
        (b"[1]", None),
        (b'"text"', None),
        (b"{}", "event_type"),
        (b'{"event_type": " ", "url": "http://example.com/"}', "event_type"),
        (b'{"event_type": "pageview", "url": 7}', "url"),
        (b'{"events": "many"}', "events"),
        (b"[" * 9000, None),
        (b'{"event_type": ' + b"9" * 5000 + b"}", None),
    ],
)
def test_what_is_no_beacon_is_a_clear_400_and_stores_nothing(
    stage: Stage, body: bytes, field: str | None
) -> None:
    before = stage.report("stats", range="24h", bots="include").body["top"]["event"]
    answer = stage.call("POST", "/api/collect", body, content_type="application/json")
    assert answer.status == 400
    assert answer.body["error"]["message"]
    if field:
        assert answer.body["error"]["field"] == field
    after = stage.report("stats", range="24h", bots="include").body["top"]["event"]
    assert after == before


@pytest.mark.parametrize(
    ("path", "token", "status", "field"),
    [
        ("/api/reports/stats?site=demo&range=24h", None, 401, None),
        ("/api/reports/stats?site=demo&range=24h", "wrong", 401, None),
        ("/api/reports/stats?site=other&range=24h", TOKEN, 403, "site"),
        ("/api/reports/stats?range=24h", TOKEN, 400, "site"),
        ("/api/reports/stats?site=demo&range=25h", TOKEN, 400, "range"),
        ("/api/reports/stats?site=demo&range=24h&colour=red", TOKEN, 400, "colour"),
        ("/api/reports/gossip?site=demo", TOKEN, 404, None),
        ("/api/nothing", TOKEN, 404, None),
    ],
)
def test_a_refused_report_says_why(
    stage: Stage, path: str, token: str | None, status: int, field: str | None
) -> None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = stage.call("GET", path, **headers)
    assert answer.status == status
    assert set(answer.body) == {"error"}
    assert answer.body["error"].get("field") == field


def test_errors_that_no_handler_makes_have_the_contracts_body_too(stage: Stage) -> None:
    answers = [
        stage.call("DELETE", "/api/collect"),
        stage.call("GET", "/no-such-file.js"),
        stage.call("POST", "/api/collect", b"x", content_type="application/xml"),
        stage.call("POST", "/api/collect", b" " * 70_000, content_type="text/plain"),
        stage.call("BREW", "/api/collect"),
        stage.call("POST", "/api/collect", b"2\r\n{}\r\n0\r\n\r\n", transfer_encoding="chunked"),
    ]
    assert [answer.status for answer in answers] == [405, 404, 415, 413, 405, 400]
    assert all(answer.body["error"]["code"] for answer in answers)


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        ("GET / x y HTTP/1.1", "Host: x", 400),
        ("GET / HTTP/3.0", "Host: x", 505),
        (f"GET /{'x' * 70_000} HTTP/1.1", "Host: x", 414),
        ("GET / HTTP/1.1", f"X: {'x' * 70_000}", 431),
    ],
    ids=["words", "version", "address", "header"],
)
def test_what_cannot_be_read_as_a_request_is_answered_too(
    stage: Stage, request_line: str, header: str, status: int
) -> None:
    address = urlsplit(stage.origin)
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(f"{request_line}\r\n{header}\r\n\r\n".encode())
        said = line.makefile("rb").read()
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert json.loads(body)["error"]["message"]


def test_both_names_of_a_report_give_the_same_answer(stage: Stage) -> None:
    query = "?site=demo&from=2026-01-01&to=2026-01-02"
    headers = {"authorization": f"Bearer {stage.token}"}
    answers = [
        stage.call("GET", f"/api/{name}/stats{query}", **headers).body
        for name in ("analytics", "reports")
    ]
    for answer in answers:
        del answer["meta"]["generated_at"]
    assert answers[0] == answers[1]


def test_any_origin_may_collect_and_none_may_read_reports(stage: Stage) -> None:
    asked = {"origin": "https://shop.example", "access_control_request_method": "POST"}
    collect = stage.call("OPTIONS", "/api/collect", **asked)
    stats = stage.call("OPTIONS", "/api/reports/stats", **asked)
    assert collect.headers["access-control-allow-origin"] == "*"
    assert "content-type" in collect.headers["access-control-allow-headers"].lower()
    assert "retry-after" in collect.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in collect.headers
    assert "access-control-allow-origin" not in stats.headers


def test_answers_to_authorised_requests_are_never_cached(stage: Stage) -> None:
    assert stage.report("realtime").headers["cache-control"] == "private, no-store"


def test_scheduled_functions_run_on_request_but_not_for_a_web_page(stage: Stage) -> None:
    ran = stage.run("seal")
    assert ran.status == 200
    assert isinstance(ran.body["hours"], int)
    assert stage.run("nothing").status == 404
    assert stage.call("POST", "/__dev__/run/seal", b"", origin="https://x.example").status == 403
    assert stage.run("seal", now_ms=-1).status == 400
    for query in ("now=", "then=1"):
        assert stage.call("POST", f"/__dev__/run/seal?{query}", b"").status == 400


def test_a_refused_transaction_undoes_nothing_that_others_write_meanwhile(stage: Stage) -> None:
    who = example()
    events = [{**example(), "visitor_id": who["visitor_id"]} for _ in range(20)]
    several = {"beacon_id": "again", "events": events}
    one = example()
    stage.collect(several)
    counted = stage.report("stats", range="24h").body["totals"]["pageviews"]
    with ThreadPoolExecutor() as others:
        repeated = [others.submit(stage.collect, several) for _ in range(40)]
        taken = [stage.collect({**one, "beacon_id": f"b{n}"}) for n in range(150)]
    assert {answer.body["accepted"] for answer in taken} == {1}
    assert {answer.result().body["duplicates"] for answer in repeated} == {20}
    totals = stage.report("stats", range="24h").body["totals"]
    assert totals["pageviews"] == counted + 150


def test_dashboard_tracker_and_demo_website_are_served(stage: Stage) -> None:
    for address, kind in (
        (f"{stage.origin}/", "text/html; charset=utf-8"),
        (f"{stage.origin}/sdk.js", "text/javascript; charset=utf-8"),
        (f"{stage.website}/", "text/html; charset=utf-8"),
        (f"{stage.website}/finder/filter", "text/html; charset=utf-8"),
    ):
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert answer.headers["Content-Type"] == kind, address


def test_a_stage_starts_empty_with_the_token_and_port_it_is_given() -> None:
    with local_stage(FOOTFALL_TOKEN="abc-def-ghi") as stage:
        assert stage.report("stats", range="all").body["totals"]["users"] == 0
        wrong = stage.call("GET", "/api/sites", authorization=f"Bearer {TOKEN}")
        right = stage.call("GET", "/api/sites", authorization="Bearer abc-def-ghi")
        assert (wrong.status, right.status) == (401, 200)
        assert [site["id"] for site in right.body["sites"]] == ["demo"]


def test_ending_the_stage_ends_every_process_it_started() -> None:
    with local_stage() as stage:
        children = Path(f"/proc/{stage.pid}/task/{stage.pid}/children").read_text().split()
        assert len(children) == 1  # the emulator
    assert not [pid for pid in (str(stage.pid), *children) if Path(f"/proc/{pid}").exists()]


def test_ending_the_stage_leaves_no_file_behind(tmp_path: Path) -> None:
    with local_stage(TMPDIR=str(tmp_path)) as stage:
        stage.collect(example())
        stage.run("seal", now_ms=int(time.time() * 1000) + 2 * 3_600_000)
        stage.report("stats", range="24h")
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_health_is_public_json(stage: Stage) -> None:
    answer = stage.call("GET", "/api/health")
    assert json.dumps(answer.body) == '{"ok": true}'
