"""The processes of a load test: an AWS with faults, instances of the app, sealers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from chalicelib.admin import access
from chalicelib.model.manifest import Manifest
from chalicelib.model.principal import Principal
from chalicelib.model.site import Site
from chalicelib.settings import read_settings
from chalicelib.wiring import Wired
from infra.local.emulator import free_port
from infra.local.stage import provision
from tests.load.clock import WorldClock

ROOT = Path(__file__).parents[2]
SITE = Site(id="demo", hostnames=("example.com",))
TOKEN = "load-token-0123456789abcdef"
INSTANCES, SEALERS = 2, 2
START_SECONDS = 60


@dataclass
class Process:
    """One process that can be killed and started anew; RSS in MB over all its lives."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: IO[bytes]
    kills: int = 0
    peak_mb: float = 0.0
    running: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", *self.command],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdin=subprocess.PIPE,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self) -> None:
        """SIGKILL, and a new one at once."""
        self.rss_mb()
        self.running.kill()
        self.end()
        self.kills += 1
        self.start()

    def end(self) -> None:
        """Let it end by itself, as it does when its standard input closes."""
        assert self.running.stdin
        self.running.stdin.close()
        self.running.wait(timeout=30)

    def rss_mb(self) -> float:
        """What it has in memory now; its peak is noted."""
        try:
            lines = Path(f"/proc/{self.running.pid}/status").read_text().splitlines()
        except OSError:
            return 0.0
        said = dict(line.split(":", 1) for line in lines)
        self.peak_mb = max(self.peak_mb, _mb(said.get("VmHWM", "0 kB")))
        return _mb(said.get("VmRSS", "0 kB"))


def _mb(text: str) -> float:
    return int(text.split()[0]) / 1024


class World:
    """All that a load test talks to. `said` is where the processes' logs go."""

    def __init__(self, folder: Path, seed: int, start_ms: int, said: IO[bytes]) -> None:
        self.clock = WorldClock(folder / "clock")
        self.clock.set(start_ms)
        self._folder, self._seed, self._said = folder, seed, said
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.aws = self._process("aws", "tests.load.aws", str(port), self._clock, str(seed))
        self._answers(f"{self.endpoint}/moto-api/", self.aws)
        provision(self.endpoint)
        os.environ |= {"FOOTFALL_LIMITS": "0", "CACHE_DIR": str(folder / "harness")}
        self.wired = Wired(read_settings(), self.clock)
        self.wired.sites.add(SITE)
        self.wired.sealed.manifests.begin(SITE.id, start_ms)
        self.wired.tokens.add(access.token_hash(TOKEN), Principal("admin", ("*",), "load"))
        self.instances = [self._instance(number) for number in range(INSTANCES)]
        self.sealers = [self._sealer(number) for number in range(SEALERS)]
        for instance, at in zip(self.instances, self.ports, strict=True):
            self._answers(f"http://127.0.0.1:{at}/api/health", instance)

    @property
    def ports(self) -> list[int]:
        """Where the instances answer."""
        return [int(process.command[-1]) for process in self.instances]

    @property
    def mortal(self) -> list[Process]:
        """What may be killed."""
        return [*self.instances, *self.sealers]

    @property
    def _clock(self) -> str:
        return str(self._folder / "clock")

    def _instance(self, number: int) -> Process:
        port = str(free_port())
        name = f"instance {number + 1}"
        return self._process(name, "tests.load.process", "instance", self._clock, port)

    def _sealer(self, number: int) -> Process:
        seed, name = str(self._seed + number), f"sealer {number + 1}"
        return self._process(name, "tests.load.process", "sealer", self._clock, seed)

    def _process(self, name: str, *command: str) -> Process:
        environment = {"CACHE_DIR": str(self._folder / name.replace(" ", "-"))}
        return Process(name, list(command), environment, self._said)

    def _answers(self, address: str, process: Process) -> None:
        """Return once it does. RuntimeError if it ends before, or takes a minute."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.running.poll() is None:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise RuntimeError(f"{process.name} did not start")

    def faults(self, share: float, forgotten: int = 0) -> None:
        """From now on this share of all calls of AWS fails."""
        asked = json.dumps({"share": share, "forgotten": forgotten}).encode()
        self._fetch(f"{self.endpoint}/faults", "PUT", asked)

    def faults_so_far(self) -> dict[str, int]:
        """How many there were of each kind."""
        found: dict[str, int] = self._fetch(f"{self.endpoint}/faults")
        return found

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the first instance as its administrator."""
        content = None if body is None else json.dumps(body).encode()
        return self._fetch(f"http://127.0.0.1:{self.ports[0]}{path}", method, content)

    def _fetch(self, address: str, method: str = "GET", body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())

    def manifest(self) -> Manifest:
        return self.wired.sealed.manifests.read_or_begin(SITE.id, self.clock())

    def end(self) -> None:
        """End every process, the stores last."""
        for process in [*self.mortal, self.aws]:
            process.end()


@contextmanager
def world(seed: int, start_ms: int, log: Path) -> Iterator[World]:
    """A world of its own on loopback, gone with the block."""
    before = dict(os.environ)
    try:
        with TemporaryDirectory(prefix="footfall-load-") as folder, log.open("wb") as said:
            made = World(Path(folder), seed, start_ms, said)
            try:
                yield made
            finally:
                made.end()
    finally:
        os.environ.clear()
        os.environ.update(before)
