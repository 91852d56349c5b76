"""What a site's beacons of this month cost, from those counted when hours were sealed.

List prices of us-east-1 in US dollars, last looked up in PRICED; infra/cost.py multiplies the
same ones. Reports, storage and CloudFront are small beside beacons and are left out here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.model import Site
from chalicelib.reader import Reader

PRICED = "2026-03"
GATEWAY_REQUEST = 3.50e-6
LAMBDA_REQUEST = 0.20e-6
LAMBDA_GB_SECOND = 13.3334e-6  # arm64
WRITE_UNIT = 0.625e-6
COLLECT_SECONDS = 0.015
"""Assumed: the CPU of a warm beacon and the round trip of one put."""
MEMORY_GB = 1769 / 1024
WRITES_OF_A_BEACON = 2
"""The item, and its copy in the index `by_hour`."""
BEACON = (
    GATEWAY_REQUEST
    + LAMBDA_REQUEST
    + COLLECT_SECONDS * MEMORY_GB * LAMBDA_GB_SECOND
    + WRITES_OF_A_BEACON * WRITE_UNIT
)
"""US dollars for one beacon below 1 KB."""


def month_start_ms(now_ms: int) -> int:
    """Midnight UTC of the first of this month: the bill's month."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    return int(datetime(today.year, today.month, 1, tzinfo=UTC).timestamp() * 1000)


def usage(site: Site, reader: Reader, now_ms: int) -> dict[str, Any]:
    """This month's beacons of a site: requests and write units counted, dollars estimated."""
    start_ms = month_start_ms(now_ms)
    beacons = reader.beacons_since(site, start_ms, now_ms)
    return {
        "from": start_ms,
        "to": now_ms,
        "requests": beacons,
        "write_units": beacons * WRITES_OF_A_BEACON,
        "estimate_usd": round(beacons * BEACON, 4),
        "prices_of": PRICED,
    }
