"""Visitors who are on the demo website now: they send beacons to the stage as the tracker would."""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from infra.local.traffic import Crowd, history

RECENT_MS = 35 * 60_000
RECENT_SESSIONS = 24
EVERY_SECONDS = 40.0
LONGEST_PAUSE_SECONDS = 45.0


def live_visitors(address: str, stopped: threading.Event, seed: int) -> None:
    """Send the last half hour at once, then a trickle in real time, until `stopped`."""
    now_ms = time.time_ns() // 1_000_000
    for hit in history(seed, RECENT_SESSIONS, now_ms - RECENT_MS, now_ms):
        if not stopped.is_set():
            send(address, hit, age_ms=time.time_ns() // 1_000_000 - hit["at_ms"])
    for due, hit in trickle(seed + 1, time.monotonic()):
        if stopped.wait(max(0.0, due - time.monotonic())):
            return
        send(address, hit, age_ms=0)


def trickle(seed: int, start: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """Hits without end, each with the moment it is due (seconds from the same zero as `start`)."""
    crowd = Crowd(seed)
    waiting: list[tuple[float, int, list[dict[str, Any]]]] = []
    number = itertools.count()
    next_visit = start
    while True:
        if not waiting or next_visit <= waiting[0][0]:
            visit = crowd.visit(crowd.person(), 0)
            heapq.heappush(waiting, (next_visit, next(number), visit))
            next_visit += crowd.random.expovariate(1 / EVERY_SECONDS)
            continue
        due, _, hits = heapq.heappop(waiting)
        yield due, hits[0]
        if len(hits) > 1:
            pause = min((hits[1]["at_ms"] - hits[0]["at_ms"]) / 1000, LONGEST_PAUSE_SECONDS)
            heapq.heappush(waiting, (due + pause, next(number), hits[1:]))


def send(address: str, hit: dict[str, Any], age_ms: int) -> None:
    """One hit as a beacon; a stage that is just stopping may refuse it."""
    fields = ("visitor_id", "session_id", "event_type", "url", "title", "referrer", "data", "seq")
    body = {name: hit[name] for name in (*fields, "screen", "language") if name in hit}
    body["entry"] = {"url": hit["entry_url"], "referrer": hit["entry_referrer"]}
    body["age_ms"] = age_ms
    body["site"] = "demo"
    headers = {
        "Content-Type": "text/plain",
        "User-Agent": hit["user_agent"],
        "CloudFront-Viewer-Country": hit["country"],
    }
    request = urllib.request.Request(
        f"{address}/api/e", json.dumps(body).encode(), headers, method="POST"
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return
