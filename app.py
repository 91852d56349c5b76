"""Routes and schedules: the table of contents. Each body names the verb that answers."""

from __future__ import annotations

import time
from typing import Any

from chalice.app import Chalice, Cron

from chalicelib import logs
from chalicelib.admin import access
from chalicelib.http import adapter
from chalicelib.http.adapter import Reply, routes
from chalicelib.model.principal import Principal
from chalicelib.settings import read_settings
from chalicelib.store.clock import Clock, stop_clock
from chalicelib.wiring import Wired

logs.configure()
app = Chalice(app_name="footfall", configure_logs=False)
settings = read_settings()
DASHBOARD = adapter.dashboard_cors(settings.dashboard_origin)


def clock() -> int:
    """Epoch milliseconds: the one clock, handed to everything that needs one."""
    return time.time_ns() // 1_000_000


wired = Wired(settings, clock)


def actor() -> Principal:
    """Who sends the current request. Raises Refusal 401."""
    return adapter.principal_of(app, wired.tokens)


@routes(app, "/api/collect", "/api/e", methods=("POST",), cors=adapter.ANY_ORIGIN)
def collect() -> Reply:
    answer = wired.collector.collect(adapter.request_of(app))
    return answer.body, answer.headers


@routes(app, "/api/analytics/{question}", "/api/reports/{question}", cors=DASHBOARD)
def report(question: str) -> Reply:
    principal, parameters = actor(), adapter.query_of(app)
    wired.reports.find(question)  # 404 comes before 403
    site = access.readable_site(principal, parameters, wired.sites.get)
    locked = access.lock_filters(principal, site, parameters)
    return wired.reports.answer(question, parameters, site, clock(), locked), {}


@routes(app, "/api/sites", cors=DASHBOARD)
def sites() -> Reply:
    return wired.administration.list_sites(actor(), adapter.query_of(app)), {}


@routes(app, "/api/sites", methods=("POST",), cors=DASHBOARD, status=201)
def create_site() -> Reply:
    return wired.administration.create_site(actor(), adapter.json_of(app)), {}


@routes(app, "/api/sites/{site}", cors=DASHBOARD)
def site(site: str) -> Reply:
    return wired.administration.site(actor(), site), {}


@routes(app, "/api/sites/{site}", methods=("PATCH",), cors=DASHBOARD)
def change_site(site: str) -> Reply:
    return wired.administration.change_site(actor(), site, adapter.json_of(app)), {}


@routes(app, "/api/sites/{site}", methods=("DELETE",), cors=DASHBOARD, status=202)
def delete_site(site: str) -> Reply:
    return wired.administration.delete_site(actor(), site), {}


@routes(app, "/api/sites/{site}/shares", cors=DASHBOARD)
def shares(site: str) -> Reply:
    return wired.administration.list_shares(actor(), site, adapter.query_of(app)), {}


@routes(app, "/api/sites/{site}/shares", methods=("POST",), cors=DASHBOARD, status=201)
def create_share(site: str) -> Reply:
    return wired.administration.create_share(actor(), site, adapter.json_of(app)), {}


@routes(app, "/api/sites/{site}/shares/{share}", methods=("DELETE",), cors=DASHBOARD)
def revoke_share(site: str, share: str) -> Reply:
    return wired.administration.revoke_share(actor(), site, share), {}


@routes(app, "/api/sites/{site}/usage", cors=DASHBOARD)
def usage(site: str) -> Reply:
    from chalicelib.report.usage import sum_up_usage  # DuckDB, as for reports

    administered = wired.administration.find_administered(actor(), site)
    return sum_up_usage(administered, wired.reader, wired.refusals, clock()), {}


@routes(app, "/api/sites/{site}/excluded-visitors", methods=("POST",), cors=DASHBOARD)
def exclude_visitor(site: str) -> Reply:
    return wired.administration.exclude_visitor(actor(), site, adapter.json_of(app)), {}


@routes(app, "/api/sites/{site}/included-visitors", methods=("POST",), cors=DASHBOARD)
def include_visitor(site: str) -> Reply:
    return wired.administration.include_visitor(actor(), site, adapter.json_of(app)), {}


# Asked by POST, so that a visitor's id stands in no address.
@routes(app, "/api/sites/{site}/export", methods=("POST",), cors=DASHBOARD)
def export_visitor(site: str) -> Reply:
    return wired.privacy.export(actor(), site, adapter.json_of(app)), {}


@routes(app, "/api/sites/{site}/erasures", cors=DASHBOARD)
def erasures(site: str) -> Reply:
    return wired.privacy.erasures(actor(), site, adapter.query_of(app)), {}


@routes(app, "/api/sites/{site}/erasures", methods=("POST",), cors=DASHBOARD, status=202)
def erase(site: str) -> Reply:
    return wired.privacy.erase(actor(), site, adapter.json_of(app)), {}


@routes(app, "/api/sites/{site}/erasures/{receipt}", cors=DASHBOARD)
def erasure(site: str, receipt: str) -> Reply:
    return wired.privacy.erasure(actor(), site, receipt), {}


@routes(app, "/api/sites/{site}/data-protection", cors=DASHBOARD)
def data_protection(site: str) -> Reply:
    return wired.privacy.statement(actor(), site), {}


@routes(app, "/api/tokens", cors=DASHBOARD)
def tokens() -> Reply:
    return wired.administration.list_tokens(actor(), adapter.query_of(app)), {}


@routes(app, "/api/tokens", methods=("POST",), cors=DASHBOARD, status=201)
def create_token() -> Reply:
    return wired.administration.create_token(actor(), adapter.json_of(app)), {}


@routes(app, "/api/tokens/{token}", methods=("DELETE",), cors=DASHBOARD)
def revoke_token(token: str) -> Reply:
    return wired.administration.revoke_token(actor(), token), {}


@routes(app, "/api/audit", cors=DASHBOARD)
def audit() -> Reply:
    return wired.administration.log(actor(), adapter.query_of(app)), {}


@routes(app, "/api/openapi.json", cors=adapter.ANY_ORIGIN)
def openapi() -> Reply:
    from chalicelib.http.openapi import make_document

    return make_document(), {}


@routes(app, "/api/health", cors=adapter.ANY_ORIGIN)
def health() -> Reply:
    return {"ok": True}, {}


def job_clock(now_ms: int | None) -> Clock:
    """The clock of a whole run: the store's, or one that stands at the moment given."""
    return wired.clock if now_ms is None else stop_clock(now_ms)


def run_seal(now_ms: int | None = None) -> dict[str, Any]:
    """Seal every site's closed hours; `now_ms` is the moment of the whole run where given."""
    from chalicelib.seal.sealer import Sealer  # DuckDB, as for reports

    return Sealer(wired.seal_stores, job_clock(now_ms)).run(wired.sites.all())


def run_maintain(now_ms: int | None = None) -> dict[str, Any]:
    """Carry out erasures, retention and deletions of sites; `now_ms` as of `run_seal`."""
    from chalicelib.privacy.eraser import Eraser

    return Eraser(wired.erase_stores, job_clock(now_ms)).run(wired.sites.all())


JOBS = {"seal": run_seal, "maintain": run_maintain}
"""Scheduled functions by name, for the local stage, which runs them at any moment."""


# Twenty past each hour: an hour settles 15 minutes after its end.
@app.schedule(Cron("20", "*", "*", "*", "?", "*"))
def seal(_event: Any) -> dict[str, Any]:
    return run_seal()


# Long after the seal of the hour, and the only function that may delete.
@app.schedule(Cron("50", "*", "*", "*", "?", "*"))
def maintain(_event: Any) -> dict[str, Any]:
    return run_maintain()
