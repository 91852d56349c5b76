"""What a site's beacons of this month cost, from those counted when hours were sealed.

List prices of us-east-1 in US dollars, last looked up in PRICED; infra/cost multiplies the
same ones. Reports, storage and CloudFront are small beside beacons and are left out here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.model.site import Site
from chalicelib.report.reader import Reader
from chalicelib.store.registry.refusals import Refusals

PRICED = "2026-03"

GATEWAY_REQUEST = 3.50e-6

LAMBDA_REQUEST = 0.20e-6

LAMBDA_GB_SECOND = 13.3334e-6  # arm64

WRITE_UNIT = 0.625e-6

COLLECT_SECONDS = 0.015
"""Assumed: the CPU of a warm beacon and the round trip of one put."""

MEMORY_GB = 1769 / 1024

REQUEST = GATEWAY_REQUEST + LAMBDA_REQUEST + COLLECT_SECONDS * MEMORY_GB * LAMBDA_GB_SECOND
"""US dollars for one beacon, without what it writes."""


def month_start_ms(now_ms: int) -> int:
    """Midnight UTC of the first of this month: the bill's month."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    return int(datetime(today.year, today.month, 1, tzinfo=UTC).timestamp() * 1000)


def sum_up_usage(site: Site, reader: Reader, refusals: Refusals, now_ms: int) -> dict[str, Any]:
    """This month's beacons of a site: requests and write units counted, dollars estimated.

    `refused` is how many requests were over a budget of a minute, by its unit, `left_out` how many
    sessions did not fit their hour's.
    """
    start_ms = month_start_ms(now_ms)
    received = reader.received_since(site, start_ms, now_ms)
    dollars = received.beacons * REQUEST + received.units * WRITE_UNIT
    return {
        "from": start_ms,
        "to": now_ms,
        "requests": received.beacons,
        "write_units": received.units,
        "refused": refusals.of_month(site.id, now_ms),
        "left_out": received.left_out,
        "estimate_usd": round(dollars, 4),
        "prices_of": PRICED,
    }
