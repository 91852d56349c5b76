"""What a flood costs at most: `python -m infra.cost.flood` prints what infra/README.md says of it.

The flood lasts a day and uses every method of the API at its throttle (infra/api.json), through
CloudFront, each request the dearest that is let in. Prices are those of the table of costs; no
free tier is counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.http.openapi import make_document
from chalicelib.model.event import HOT_DAYS
from chalicelib.model.limits import MAX_BODY_BYTES, MAX_EVENTS, MAX_ITEM_BYTES, SESSION_BYTES
from chalicelib.report.usage import (
    GATEWAY_REQUEST,
    LAMBDA_GB_SECOND,
    LAMBDA_REQUEST,
    MEMORY_GB,
    WRITE_UNIT,
)
from chalicelib.store.events import PATIENCE_MS
from chalicelib.store.weights import UNIT_BYTES, WRITES_OF_AN_ITEM, write_units
from infra.cost.methods import Method, methods
from infra.cost.month import (
    BACKUP_GB_MONTH,
    EDGE_GB,
    EDGE_REQUEST,
    GB,
    LOG_GB,
    MEASURED,
    READ_UNIT,
    S3_GET,
    TABLE_GB_MONTH,
)
from infra.deploy.gateway import properties
from infra.deploy.stacks import declared
from infra.deploy.stage import ROOT, TEMPLATE, WEB_ACL

DAY_S = 86_400

EDGE_TO_ORIGIN_GB = 0.02  # United States and Europe

WEB_ACL_REQUEST = 0.60e-6  # for what it blocks CloudFront takes nothing

HEADER_BYTES = 10_240  # request line and headers together: API Gateway takes no more

UNIT_READ_BYTES = 8 * UNIT_BYTES  # by a query that need not see the last second

# Stated; what each rests on stands in docs/decisions/deployment.md.
BEACON_S = 0.05 + PATIENCE_MS / 1000 + 0.1
"""The CPU of the worst beacon, the patience with a table that takes no more, one last attempt."""

REFUSED_S = 0.1

ANSWER_BYTES = 1_000

REPORT_BYTES = 5_000_000

FILES_OF_A_REPORT = 100

LOG_BYTES_OF_A_CALL = 1_000

SITES = 10


class Caps(NamedTuple):
    """Units a second that the events table, and its index beside it, let through at most."""

    write_units: float
    read_units: float


@dataclass(frozen=True, slots=True)
class Flood:
    """What a flood of a day brings about at most; `kept_gb` of table and index together."""

    requests: float
    calls: float
    seconds: float
    write_units: float
    read_units: float
    files_read: float
    sent_gb: float
    answered_gb: float
    kept_gb: float


def dearest_beacon() -> int:
    """The write units of the dearest beacon that is let in, of as many sessions as are dearest."""
    return max(_units_of(sessions) for sessions in range(1, MAX_EVENTS + 1))


def _units_of(sessions: int) -> int:
    stored = 2 * (MAX_BODY_BYTES + HEADER_BYTES) + SESSION_BYTES * sessions
    # Sessions of uneven size are rounded up to a unit each.
    rounded = (stored + sessions * (UNIT_BYTES - 1)) // UNIT_BYTES
    return min(rounded, sessions * MAX_ITEM_BYTES // UNIT_BYTES) * write_units(1, sessions)


def by_strangers(found: list[Method], caps: Caps) -> Flood:
    """A flood by whoever has no token: all but beacons and what is public is refused."""
    beacons = DAY_S * sum(method.rate for method in found if method.view == "collect")
    preflights = DAY_S * sum(method.rate for method in found if method.view == "preflight")
    requests = DAY_S * sum(method.rate for method in found)
    others = requests - beacons - preflights
    seconds = beacons * BEACON_S + others * REFUSED_S
    # Each instance writes once a minute, of each site, how many it refused.
    notes = seconds / 60 * (SITES + 1)
    written = min(beacons * dearest_beacon(), DAY_S * caps.write_units * WRITES_OF_AN_ITEM)
    sealed = 2 * written / WRITES_OF_AN_ITEM * UNIT_BYTES / UNIT_READ_BYTES
    public = DAY_S * sum(method.rate for method in found if method.view == "openapi")
    said = requests * ANSWER_BYTES + public * len(json.dumps(make_document()).encode())
    return Flood(
        requests=requests,
        calls=beacons + others,
        seconds=seconds,
        write_units=written + notes,
        read_units=others + sealed,
        files_read=0,
        sent_gb=beacons * (MAX_BODY_BYTES + HEADER_BYTES) / GB,
        answered_gb=said / GB,
        kept_gb=written * UNIT_BYTES / GB,
    )


def by_a_reader(found: list[Method], caps: Caps, timeout_s: float) -> Flood:
    """The reports of a day by someone with a share link, each to the end of the function's time."""
    reports = DAY_S * sum(method.rate for method in found if method.view == "report")
    return Flood(
        requests=reports,
        calls=reports,
        seconds=reports * timeout_s,
        write_units=0,
        read_units=DAY_S * caps.read_units,
        files_read=reports * FILES_OF_A_REPORT,
        sent_gb=0,
        answered_gb=reports * REPORT_BYTES / GB,
        kept_gb=0,
    )


def dollars(flood: Flood) -> dict[str, float]:
    """What each part of it costs, in US dollars."""
    of_a_gb = (TABLE_GB_MONTH + BACKUP_GB_MONTH / 2) * HOT_DAYS / 30
    return {
        "API Gateway": flood.requests * GATEWAY_REQUEST,
        "Lambda": flood.calls * LAMBDA_REQUEST + flood.seconds * MEMORY_GB * LAMBDA_GB_SECOND,
        "writes": flood.write_units * WRITE_UNIT,
        "reads": flood.read_units * READ_UNIT + flood.files_read * S3_GET,
        f"storage, for the {HOT_DAYS} days after": flood.kept_gb * of_a_gb,
        "logs": flood.calls * LOG_BYTES_OF_A_CALL / GB * LOG_GB,
        "CloudFront": flood.requests * EDGE_REQUEST
        + flood.sent_gb * EDGE_TO_ORIGIN_GB
        + flood.answered_gb * EDGE_GB,
    }


def refused() -> float:
    """US dollars for a million requests that API Gateway's throttles refuse."""
    sent, answered = MAX_BODY_BYTES + HEADER_BYTES, ANSWER_BYTES
    return 1e6 * (EDGE_REQUEST + (sent * EDGE_TO_ORIGIN_GB + answered * EDGE_GB) / GB)


def loads(file_bytes: float) -> float:
    """US dollars for a million loads of a file."""
    return 1e6 * (EDGE_REQUEST + file_bytes * EDGE_GB / GB)


def by_one_address(requests_in_five_minutes: float, file_bytes: float, caps: Caps) -> float:
    """US dollars of a day for an address that sends what the web ACL lets through: beacons, or
    loads of a file, whichever is dearer."""
    rate = requests_in_five_minutes / 300
    beacons = sum(dollars(by_strangers([Method("/api/e", "POST", "collect", rate)], caps)).values())
    let_in = rate * DAY_S
    return max(beacons, let_in * loads(file_bytes) / 1e6) + let_in * WEB_ACL_REQUEST


def table(stranger: Mapping[str, float], reader: Mapping[str, float]) -> str:
    """The bill of a day in Markdown."""
    rows = [
        ["a day, at most", "strangers", "a share link besides"],
        ["---", "---:", "---:"],
        *([f"{part}, $", f"{stranger[part]:,.2f}", f"{reader[part]:,.2f}"] for part in stranger),
        ["**all of it, $**", *(f"**{sum(b.values()):,.2f}**" for b in (stranger, reader))],
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def text(routes: Mapping[str, Mapping[str, Any]], root: Path = ROOT) -> str:
    """All that infra/README.md says between its marks."""
    found = methods(routes, properties(root / "infra" / "api.json"))
    parameters = declared(TEMPLATE)
    caps = Caps(*(parameters[name]["Default"] for name in ("MaxWriteUnits", "MaxReadUnits")))
    config = json.loads((root / ".chalice" / "config.json").read_text("utf-8"))
    timeout_s = config["lambda_functions"]["api_handler"]["lambda_timeout"]
    stranger = dollars(by_strangers(found, caps))
    uncapped = dollars(by_strangers(found, Caps(float("inf"), float("inf"))))
    bill = table(stranger, dollars(by_a_reader(found, caps, timeout_s)))
    dashboard = json.loads(MEASURED.read_text("utf-8"))["dashboard_bytes"]
    rate = declared(WEB_ACL)["WebAclRate"]["Default"]
    facts = (
        f"The dearest beacon that is let in takes {dearest_beacon()} write units; without "
        f"`MaxWriteUnits` writes\n  would be ${uncapped['writes']:,.0f} a day.",
        "A million requests that the throttles refuse cost nothing at API Gateway and "
        f"${refused():.2f} at CloudFront.",
        "No throttle but the account's (10,000 a second) bounds requests for what the API does not "
        f"have: ${refused() + 1e6 * GATEWAY_REQUEST:.2f}\n  a million, should AWS charge for them; "
        "its price list does not say.",
        "No throttle bounds loads of files: a million of the whole dashboard cost "
        f"${loads(dashboard):.2f} at CloudFront.",
        f"With `WebAcl=create` an address has {rate:,} requests in five minutes and costs at most "
        f"${by_one_address(rate, dashboard, caps):.2f}\n  a day; a million more of its requests "
        f"cost ${1e6 * WEB_ACL_REQUEST:.2f}, at WAF.",
    )
    return bill + "\n\n" + "\n".join(f"- {fact}" for fact in facts)


def main() -> None:
    """Print it."""
    from app import app

    print(text(app.routes))


if __name__ == "__main__":
    main()
