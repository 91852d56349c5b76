"""`chalice local` serves the same app, beside a running local stage."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.emulator import free_port
from tests.harness.local_stage import TOKEN, Stage, local_stage, wait_until_healthy

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def chalice() -> Iterator[Stage]:
    """The app as `chalice local` serves it, on the tables of a local stage."""
    with local_stage() as stage:
        port = free_port()
        command = [str(Path(sys.executable).parent / "chalice"), "local", "--stage", "local"]
        process = subprocess.Popen(
            [*command, "--port", str(port), "--no-autoreload"],
            cwd=ROOT,
            env={**os.environ, "AWS_ENDPOINT_URL": stage.endpoint()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        served = Stage(f"http://127.0.0.1:{port}", stage.website, TOKEN, process.pid, stage.said)
        try:
            wait_until_healthy(served, process)
            yield served
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_chalice_local_collects_and_reports(chalice: Stage) -> None:
    hit = {
        "event_type": "pageview",
        "url": "http://example.com/",
        "visitor_id": "0d9c4f5e-52a4-4b52-8a9e-3f4a5c9b1d11",
        "session_id": "0d9c4f5e-52a4-4b52-8a9e-3f4a5c9b1d12",
    }
    assert chalice.collect(hit).body["accepted"] == 1
    assert chalice.report("stats", range="24h").body["totals"]["pageviews"] == 1
