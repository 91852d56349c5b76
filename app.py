"""Routes and schedules: the table of contents. Each body names the verb that answers."""

from __future__ import annotations

import time
from typing import Any

from chalice import Chalice, Cron

from chalicelib import access, http
from chalicelib.model import Refusal
from chalicelib.settings import read_settings
from chalicelib.wiring import wire

app = Chalice(app_name="footfall")
settings = read_settings()
DASHBOARD = http.dashboard_cors(settings.dashboard_origin)
QUESTIONS = ("stats", "sankey", "realtime", "list")


def clock() -> int:
    """Epoch milliseconds: the one clock, handed to everything that needs one."""
    return time.time_ns() // 1_000_000


parts = wire(settings, clock)


@http.routes(app, "/api/collect", "/api/e", methods=("POST",), cors=http.ANY_ORIGIN)
def collect() -> http.Reply:
    return parts.collect(http.request_of(app))


@http.routes(app, "/api/analytics/{question}", "/api/reports/{question}", cors=DASHBOARD)
def report(question: str) -> http.Reply:
    return parts.report(question, http.query_of(app), http.request_of(app)), {}


@http.routes(app, "/api/sites", cors=DASHBOARD)
def sites() -> http.Reply:
    return parts.sites(http.request_of(app)), {}


@http.routes(app, "/api/health", cors=http.ANY_ORIGIN)
def health() -> http.Reply:
    return {"ok": True, "version": "0.1.0"}, {}
