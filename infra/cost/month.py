"""What a month costs: `python -m infra.cost` prints the table of infra/README.md.

Counts come from measured.json (see measure.py), prices are AWS's list prices in US
dollars, without the free tier save CloudFront's, which never ends. Tax is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.model.event import HOT_DAYS
from chalicelib.report.usage import (
    COLLECT_SECONDS,
    GATEWAY_REQUEST,
    LAMBDA_GB_SECOND,
    LAMBDA_REQUEST,
    MEMORY_GB,
    WRITE_UNIT,
)
from chalicelib.store.weights import WRITES_OF_AN_ITEM
from infra.functions import SCHEDULED

MEASURED = Path(__file__).parent / "measured.json"

VOLUMES = (10_000, 100_000, 1_000_000, 10_000_000)

READ_UNIT = 0.125e-6

TABLE_GB_MONTH = 0.25

BACKUP_GB_MONTH = 0.20  # point-in-time recovery

S3_PUT = 5e-6

S3_GET = 0.4e-6

S3_GB_MONTH = 0.023

EDGE_REQUEST = 1.00e-6  # HTTPS, United States and Europe

EDGE_GB = 0.085

EDGE_FREE_REQUESTS = 10_000_000

EDGE_FREE_GB = 1000

LOG_GB = 0.50

# Assumed, not measured.
REPORT_SECONDS = 1.5

REPORTS_A_DAY = 50

DASHBOARD_VISITS_A_DAY = 10

SEAL_SECONDS = 5

HOURS = 730

LOG_BYTES_OF_A_CALL = 300  # START, END and REPORT lines

PAGEVIEWS_OF_A_SESSION = 2.5

TRACKER_LOADS_OF_A_PAGEVIEW = 0.4  # the browser keeps it for an hour

GB = 1e9


@dataclass(frozen=True, slots=True)
class Month:
    """One month's counts: requests to the API, write and read units, GB held."""

    pageviews: int
    requests: float
    write_units: float
    read_units: float
    table_gb: float
    segment_gb: float
    compute_seconds: float
    edge_requests: float
    edge_gb: float


def month(pageviews: int, measured: Mapping[str, float]) -> Month:
    """The counts of a month of so many pageviews, one site, a year of history kept."""
    beacons = pageviews * measured["beacons"] / measured["pageviews"]
    reports = REPORTS_A_DAY * 30.0
    # The index by_hour projects everything, so each write is paid twice.
    write_units = beacons * measured["write_units_of_an_item"] * WRITES_OF_AN_ITEM
    hour_bytes = beacons * measured["item_bytes"]
    # Sealing reads each hour twice, at half a unit for 4 KB; a report reads the open hours.
    read_units = 2 * hour_bytes / 4096 / 2 + reports * 2 * hour_bytes / HOURS / 4096 / 2
    sessions = pageviews / PAGEVIEWS_OF_A_SESSION
    loads = pageviews * TRACKER_LOADS_OF_A_PAGEVIEW
    dashboards = DASHBOARD_VISITS_A_DAY * 30
    return Month(
        pageviews=pageviews,
        requests=beacons + reports,
        write_units=write_units,
        read_units=read_units,
        table_gb=2 * hour_bytes * HOT_DAYS / 30 / GB,
        segment_gb=12 * sessions * measured["segment_bytes_of_a_session"] / GB,
        compute_seconds=beacons * COLLECT_SECONDS
        + reports * REPORT_SECONDS
        + len(SCHEDULED) * HOURS * SEAL_SECONDS,
        edge_requests=beacons + reports + loads + dashboards * 10,
        edge_gb=(loads * measured["tracker_bytes"] + dashboards * measured["dashboard_bytes"]) / GB
        + (beacons + reports) * 700 / GB,
    )


def dollars(count: Month) -> dict[str, float]:
    """What each part of the month costs, in US dollars."""
    calls = count.requests + len(SCHEDULED) * HOURS
    return {
        "API Gateway": count.requests * GATEWAY_REQUEST,
        "Lambda": calls * LAMBDA_REQUEST + count.compute_seconds * MEMORY_GB * LAMBDA_GB_SECOND,
        "writes": count.write_units * WRITE_UNIT,
        "reads": count.read_units * READ_UNIT,
        "storage": count.table_gb * (TABLE_GB_MONTH + BACKUP_GB_MONTH / 2)
        + count.segment_gb * S3_GB_MONTH
        + len(SCHEDULED) * HOURS * S3_PUT
        + REPORTS_A_DAY * 30 * 5 * S3_GET,
        "logs": calls * LOG_BYTES_OF_A_CALL / GB * LOG_GB,
        "CloudFront": max(0, count.edge_requests - EDGE_FREE_REQUESTS) * EDGE_REQUEST
        + max(0, count.edge_gb - EDGE_FREE_GB) * EDGE_GB,
    }


def table(measured: Mapping[str, float]) -> str:
    """The table of infra/README.md in Markdown."""
    months = [month(pageviews, measured) for pageviews in VOLUMES]
    bills = [dollars(each) for each in months]
    rows = [
        ["pageviews a month", *(f"{each.pageviews:,}" for each in months)],
        ["---", *("---:" for _ in months)],
        ["requests", *(f"{each.requests:,.0f}" for each in months)],
        ["write units", *(f"{each.write_units:,.0f}" for each in months)],
        ["read units", *(f"{each.read_units:,.0f}" for each in months)],
        ["in the tables, GB", *(f"{each.table_gb:.2f}" for each in months)],
        ["segments of a year, GB", *(f"{each.segment_gb:.3f}" for each in months)],
        *([f"{part}, $", *(f"{bill[part]:.2f}" for bill in bills)] for part in bills[0]),
        ["**a month, $**", *(f"**{sum(bill.values()):.2f}**" for bill in bills)],
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    """Print the table."""
    print(table(json.loads(MEASURED.read_text("utf-8"))))
