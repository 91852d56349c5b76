"""The emulated AWS of a load test: `python -m tests.load.aws PORT CLOCK SEED`.

The local stage's emulator, with the world's time in its answers and with faults: of so many calls
one is throttled, fails, is cut off before it is carried out, or after. `PUT /faults` sets how many,
`GET /faults` tells how many there were.
"""

from __future__ import annotations

import io
import json
import random
import socket
import struct
import sys
from collections import Counter
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from threading import Lock

from infra.local import emulator
from tests.load.clock import WorldClock

FAULTS = ("throttled", "failed", "cut off before", "cut off after", "failed after")
THROTTLED = b'{"__type":"x#ThrottlingException","message":"slow down"}'
FAILED = b'{"__type":"x#InternalServerError","message":"oops"}'
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"
CUT_OFF = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset."""


class Faults:
    """Which call meets which fault, and how many did."""

    def __init__(self, seed: int) -> None:
        self.share = 0.0
        self.forgotten = 0
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._lock = Lock()

    def set(self, asked: Mapping[str, float]) -> None:
        """`share` of all calls meet a fault; so many writes are acknowledged and `forgotten`."""
        self.share, self.forgotten = asked["share"], int(asked.get("forgotten", 0))

    def draw(self) -> str:
        """The fault of a call; empty for most."""
        with self._lock:
            if self._random.random() >= self.share:
                return ""
            return self._random.choice(FAULTS)

    def count(self, service: str, fault: str) -> None:
        with self._lock:
            self.counts[f"{service} {fault}"] += 1

    def forgets(self, operation: str, body: bytes) -> bool:
        """Whether this write is to be lost though it is acknowledged: what no store may do."""
        with self._lock:
            is_event = operation.endswith(".PutItem") and b'"received_at_ms"' in body
            if not is_event or self.forgotten == 0:
                return False
            self.forgotten -= 1
            return True


class FaultyDatabases(emulator.Databases):
    """The tables, behind faults."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.faults = faults

    def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        fault = self.faults.draw()
        if fault:
            self.faults.count("DynamoDB", fault)
        if fault == "throttled":
            return 400, THROTTLED
        if fault == "failed":
            return 500, FAILED
        if fault == "cut off before":
            raise ConnectionResetError
        if self.faults.forgets(headers["X-Amz-Target"], body):
            return 200, b"{}"
        answer = super().send(body, headers)
        if fault == "cut off after":
            raise ConnectionResetError
        return (500, FAILED) if fault == "failed after" else answer


def handler(clock: WorldClock, faults: Faults) -> type[emulator.Handler]:
    """The emulator's handler in that world."""

    class Handler(emulator.Handler):
        databases = FaultyDatabases(faults)

        def date_time_string(self, timestamp: float | None = None) -> str:
            at = clock() / 1000 if timestamp is None else timestamp
            return formatdate(at, usegmt=True)

        def run_wsgi(self) -> None:
            if self.path == "/faults":
                self._tell_faults()
                return
            fault = faults.draw() if self._is_of_an_object() else ""
            if not fault:
                super().run_wsgi()
                return
            faults.count("S3", fault)
            self._fail(fault)

        def _fail(self, fault: str) -> None:
            if fault in ("cut off after", "failed after"):
                answered, self.wfile = self.wfile, io.BytesIO()
                super().run_wsgi()
                self.wfile = answered
            elif fault != "cut off before":
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if fault in ("cut off before", "cut off after"):
                raise ConnectionResetError
            self._send(503, SLOW_DOWN)

        def _is_of_an_object(self) -> bool:
            return "/s3/" in self.headers.get("Authorization", "")

        def _tell_faults(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if length:
                faults.set(json.loads(self.rfile.read(length)))
            self._send(200, json.dumps(faults.counts).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def connection_dropped(self, *_: object) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CUT_OFF)

    return Handler


if __name__ == "__main__":
    port, path, seed = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    emulator.serve(emulator.server(port, handler(WorldClock(path), Faults(seed))))
