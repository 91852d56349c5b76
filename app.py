"""Routes and schedules: the table of contents. Each body names the verb that answers."""

from __future__ import annotations

import time
from typing import Any

from chalice.app import Chalice, Cron

from chalicelib import access, http
from chalicelib.collect import collect as take_in
from chalicelib.http import Reply, routes
from chalicelib.settings import read_settings
from chalicelib.wiring import Wired

app = Chalice(app_name="footfall")
settings = read_settings()
DASHBOARD = http.dashboard_cors(settings.dashboard_origin)


def clock() -> int:
    """Epoch milliseconds: the one clock, handed to everything that needs one."""
    return time.time_ns() // 1_000_000


wired = Wired(settings, clock)


@routes(app, "/api/collect", "/api/e", methods=("POST",), cors=http.ANY_ORIGIN)
def collect() -> Reply:
    answer = take_in(http.request_of(app), wired.collector)
    return answer.body, answer.headers


@routes(app, "/api/analytics/{question}", "/api/reports/{question}", cors=DASHBOARD)
def report(question: str) -> Reply:
    from chalicelib import report  # DuckDB: 0.15 s that collecting need not spend

    principal = http.principal_of(app, wired.tokens)
    name = report.known(question)
    parameters = http.query_of(app)
    site = access.readable_site(principal, parameters, wired.sites.get)
    answer = report.answer(name, parameters, site, wired.reader.sources, wired.engine, clock())
    return answer, {}


@routes(app, "/api/sites", cors=DASHBOARD)
def sites() -> Reply:
    principal = http.principal_of(app, wired.tokens)
    return access.visible_sites(principal, wired.sites.all()), {}


@routes(app, "/api/openapi.json", cors=http.ANY_ORIGIN)
def openapi() -> Reply:
    from chalicelib.openapi import document

    return document(), {}


@routes(app, "/api/health", cors=http.ANY_ORIGIN)
def health() -> Reply:
    return {"ok": True}, {}


def run_seal(now_ms: int | None = None) -> dict[str, Any]:
    """Seal every site's closed hours; `now_ms` is the clock of the whole run where given."""
    from chalicelib import seal

    at = clock if now_ms is None else lambda: now_ms
    return seal.run(wired.sites.all(), wired.seal_stores, at)


JOBS = {"seal": run_seal}
"""Scheduled functions by name, for the local stage, which runs them by any clock."""


# Twenty past each hour: an hour settles 15 minutes after its end.
@app.schedule(Cron("20", "*", "*", "*", "?", "*"))
def seal(_event: Any) -> dict[str, Any]:
    return run_seal()
