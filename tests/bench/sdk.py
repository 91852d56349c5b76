"""What a million pageviews cost, by what the tracker in Chromium really sent (measured.json,
which `python -m infra.measure` counts on running stages)."""

from __future__ import annotations

import json

from infra.cost.month import MEASURED, dollars, month
from tests.bench.goals import Findings, Goal

MILLION = 1_000_000
OTHERS = (
    "Beside it, list prices a month for a million pageviews as remembered, not looked up: "
    "Plausible Cloud about $69, Fathom about $60, Simple Analytics about $100 or more."
)


def findings() -> Findings:
    counted = json.loads(MEASURED.read_text("utf-8"))
    requests = counted["beacons"] / counted["pageviews"]
    bill = dollars(month(MILLION, counted))
    parts = ", ".join(f"{name} {amount:.2f}" for name, amount in bill.items())
    made_of = (
        f"{counted['beacons']} beacons of {counted['pageviews']} pageviews, every page read to its "
        "end: one when a page is shown, one when it is left, which carries scroll and engagement."
    )
    return Findings(
        "Cost: a million pageviews a month by API Gateway REST's list price",
        [
            Goal("requests-a-pageview", requests, 1.4, "", made_of),
            Goal("write-units-an-item", counted["write_units_of_an_item"], 1, ""),
            Goal("dollars-a-million-pageviews", sum(bill.values()), 15, "$", f"{parts}."),
        ],
        [f"In dollars: {parts}.", OTHERS],
    )
