"""A local stage of its own for tests that need the whole product: `make run`'s own command."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.contract.described import check
from tests.harness.browser import USER_AGENT

ROOT = Path(__file__).parents[2]
TOKEN = "test-token-0123456789abcdef"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, headers in lower case, parsed JSON (None where it is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Stage:
    """A running stage, with the few requests that tests make of it."""

    origin: str
    website: str
    token: str
    pid: int
    said: Path

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; header names are written with underscores. Fails where the OpenAPI
        document does not describe an answer of the API."""
        answer = self._sent(method, path, body, headers)
        if path.startswith("/api/") and method != "OPTIONS":
            check(method, path, answer.status, answer.body)
        return answer

    def _sent(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.origin + path, data=body, headers=sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return _answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return _answer(refused.code, refused.headers, refused.read())

    def collect(self, body: Any, **headers: str) -> Answer:
        """POST /api/collect as a tracker does."""
        sent = {"content_type": "text/plain", "user_agent": USER_AGENT, **headers}
        return self.call("POST", "/api/collect", json.dumps(body).encode(), **sent)

    def report(self, question: str, **parameters: Any) -> Answer:
        """GET a report on the demo site with the admin token."""
        query = urlencode({"site": "demo", **parameters}, doseq=True)
        return self.call(
            "GET", f"/api/reports/{question}?{query}", authorization=f"Bearer {self.token}"
        )

    def endpoint(self) -> str:
        """Where the stage's emulated AWS answers, as the stage printed it."""
        lines = [line.split() for line in self.said.read_text().splitlines()]
        return next(words[-1] for words in lines if words[:2] == ["AWS", "endpoint"])

    def run(self, job: str, now_ms: int | None = None) -> Answer:
        """Run a scheduled handler now, or by a clock of our choice."""
        query = "" if now_ms is None else f"?now={now_ms}"
        return self.call("POST", f"/__dev__/run/{job}{query}", b"")


def _answer(status: int, headers: Any, content: bytes) -> Answer:
    named = {name.lower(): value for name, value in headers.items()}
    is_json = named.get("content-type", "").startswith("application/json")
    return Answer(status, named, json.loads(content) if is_json and content else None)


HAS_SAID = "AWS endpoint"
"""The last line of a stage that is ready begins so."""


@contextmanager
def local_stage(**environment: str) -> Iterator[Stage]:
    """Start a stage on free ports and yield it once /api/health answers; it ends with the block."""
    port = int(environment.get("PORT", 0)) or _free_pair()
    token = environment.get("FOOTFALL_TOKEN", TOKEN)
    given = {"DEMO": "0", **environment, "PORT": str(port), "FOOTFALL_TOKEN": token}
    with tempfile.NamedTemporaryFile("r") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=ROOT,
            env={**os.environ, **given},
            stdout=output.fileno(),
            stderr=subprocess.STDOUT,
        )
        said = Path(output.name)
        stage = Stage(
            f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", token, process.pid, said
        )
        try:
            wait_until_healthy(stage, process)
            yield stage
        finally:
            process.terminate()
            process.wait(timeout=30)


def _free_pair() -> int:
    """A free port whose next one is free too, below those that outgoing connections take. By
    chance of the system's: Hypothesis gives all processes of tests the same."""
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(20_000, 32_000)
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_healthy(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    """Return once the stage answers and has said all it says; RuntimeError with that if it ends
    before."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if (
                stage.call("GET", "/api/health").status == 200
                and HAS_SAID in stage.said.read_text()
            ):
                return
            time.sleep(0.05)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        if process.poll() is not None:
            raise RuntimeError(f"the stage ended by itself: {stage.said.read_text()}")
    raise RuntimeError("the stage was not ready within two minutes")
