"""What a new instance spends before its first answer: imports and one request, in CPU.

`python -m tests.bench.cold collect|report` is such an instance.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter

from tests.bench.cpu import ROOT, child
from tests.bench.endpoint import TOKEN, endpoint
from tests.bench.goals import Findings, Goal

ROUNDS = 5


def first_request(kind: str) -> float:
    """CPU seconds from the first import to the first answer."""
    from tests.bench.collect import collect_event, gateway_event

    event = collect_event(random.Random(1))
    if kind == "report":
        event = gateway_event("GET", "/api/reports/stats", "", Authorization=f"Bearer {TOKEN}")
        event["resource"] = event["requestContext"]["resourcePath"] = "/api/reports/{question}"
        event["pathParameters"] = {"question": "stats"}
        event["multiValueQueryStringParameters"] = {"site": ["demo"], "range": ["30d"]}
    began = time.process_time()
    import app

    answer = app.app(event, None)
    spent = time.process_time() - began
    assert answer["statusCode"] == 200, answer
    return spent


def breakdown(environment: dict[str, str]) -> list[tuple[str, float]]:
    """Milliseconds by top-level package of what collecting imports, as `-X importtime` has it."""
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tests.bench.cold", "collect"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    spent: Counter[str] = Counter()
    for line in said.splitlines():
        own, _, name = line.removeprefix("import time:").partition("|")
        if own.strip().isdigit():
            module = name.rpartition("|")[2].strip()
            spent[module.partition(".")[0]] += int(own)
    return [(name, micro / 1000) for name, micro in spent.most_common(10)]


def findings() -> Findings:
    with endpoint() as environment:
        spent: dict[str, list[float]] = {"collect": [], "report": []}
        for _ in range(ROUNDS):
            for kind, times in spent.items():
                times.append(child("tests.bench.cold", kind, **environment))
        packages = ", ".join(f"{name} {ms:.0f}" for name, ms in breakdown(environment))
    collect, report = (statistics.median(spent[kind]) for kind in ("collect", "report"))
    made_of = f"`-X importtime` by package, in ms of a slower, traced run: {packages}."
    return Findings(
        "Cold start: imports and the first request",
        [
            Goal("cold-collect", collect, 0.35, "s", made_of),
            Goal("cold-report", report, 0.9, "s", "boto3's S3 client, DuckDB and the app's own."),
        ],
        [f"Collect, {made_of}"],
    )


if __name__ == "__main__":
    print(json.dumps(first_request(sys.argv[1])))
