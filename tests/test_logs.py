"""Logs are JSON lines that hold nothing of what a visitor sent."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from chalicelib.logs import JsonLines
from chalicelib.model.refusal import Refusal
from tests.collect.desk import CHROME, Desk, hit

MARKERS = ("203.0.113.9", "MARKER-AGENT", "marker-title", "marker@mail.example", "MARKER-TOKEN")


def logged(message: str, **more: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "footfall", "levelname": "ERROR", "msg": message})
    vars(record).update(more)
    (line,) = JsonLines().format(record).splitlines()
    said: dict[str, object] = json.loads(line)
    return said


def test_a_line_is_one_json_object_with_what_was_stated() -> None:
    assert logged('two\nlines "quoted" \u2028', code="x\ny", count=3) == {
        "level": "ERROR",
        "message": 'two\nlines "quoted" \u2028',
        "logger": "footfall",
        "code": "x\ny",
        "count": 3,
    }
    assert logged("m" * 999, code="c" * 999)["code"] == "c" * 200


def test_an_exception_is_told_by_type_and_place_not_by_its_message() -> None:
    try:
        int("marker-title")
    except ValueError:
        said = logged("defect", exc_info=sys.exc_info(), view="collect")
    assert (said["error"], said["view"]) == ("ValueError", "collect")
    assert str(said["passed"]).startswith("['test_logs.py:")
    assert "marker-title" not in json.dumps(said)


def test_a_beacon_that_the_store_refuses_leaves_no_trace_of_its_sender_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    desk = Desk()

    def denied(body: bytes, headers: object) -> tuple[int, bytes]:
        if b"marker-title" in body:
            said = {"__type": "x#AccessDeniedException", "Message": body.decode()}
            return 400, json.dumps(said).encode()
        return desk.table.send(body, headers)  # type: ignore[arg-type]

    desk.collector = desk.started(denied)
    body = hit(title="marker-title", url="https://example.com/marker@mail.example")
    with caplog.at_level(logging.DEBUG), pytest.raises(Refusal):
        desk.send(body, user_agent=f"{CHROME} MARKER-AGENT", authorization="MARKER-TOKEN")
    lines = [JsonLines().format(record) for record in caplog.records]
    assert json.loads(lines[-1])["code"] == "AccessDeniedException"
    assert [marker for marker in MARKERS if marker in "".join(lines)] == []
