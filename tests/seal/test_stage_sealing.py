"""Sealing through the local stage's own doors: hours sealed early, events that come after."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.harness.local_stage import Stage

HOUR = 3_600_000


def pageview(path: str, visitor: str, age_ms: int = 0) -> dict[str, Any]:
    return {
        "event_type": "pageview",
        "url": f"https://example.com{path}",
        "visitor_id": visitor,
        "session_id": visitor,
        "age_ms": age_ms,
    }


def seal(stage: Stage, now_ms: int) -> int:
    answer = stage.call("POST", f"/__dev__/run/seal?now={now_ms}")
    assert answer.status == 200
    return int(answer.body["hours"])


def counted(stage: Stage) -> tuple[int, int, int]:
    totals = stage.report("stats", range="7d").body["totals"]
    return totals["users"], totals["sessions"], totals["pageviews"]


def test_events_are_counted_once_whenever_their_hour_was_sealed(stage: Stage) -> None:
    now_ms = time.time_ns() // 1_000_000
    visitors = [str(uuid.uuid4()) for _ in range(3)]
    assert stage.collect(pageview("/a", visitors[0], age_ms=3 * HOUR)).body["accepted"] == 1
    assert stage.collect(pageview("/b", visitors[0])).body["accepted"] == 1
    assert counted(stage) == (1, 1, 2)
    assert seal(stage, now_ms + 3 * HOUR) >= 3
    assert counted(stage) == (1, 1, 2)
    stage.collect(pageview("/c", visitors[1]))
    assert counted(stage) == (2, 2, 3)
    assert seal(stage, now_ms + 60 * HOUR) > 50  # days are merged
    stage.collect(pageview("/d", visitors[0]))
    stage.collect(pageview("/d", visitors[2], age_ms=30 * HOUR))
    assert counted(stage) == (3, 3, 5)
    seal(stage, now_ms + 61 * HOUR)
    seal(stage, now_ms)
    assert counted(stage) == (3, 3, 5)
    live = stage.report("realtime").body
    assert live["live_users"] == 2
