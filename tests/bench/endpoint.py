"""A DynamoDB that answers at once: what is measured beside it is our own CPU alone.

`python -m tests.bench.endpoint [ITEMS REPEATS]` serves on loopback until its standard input
closes. It knows one site and one token, and acknowledges every write. ITEMS is a file of one item
a line: what the hour of `NOW_MS` holds, so many times over, `@@@@@@` replaced by which time it is.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from email.utils import formatdate
from pathlib import Path

from chalicelib.admin.access import token_hash
from chalicelib.model.manifest import dump_manifest
from chalicelib.model.principal import Principal
from chalicelib.model.sealing import begin_manifest
from chalicelib.model.site import Site
from chalicelib.store.registry.tokens import Token
from tests.bench.cpu import ROOT

SITE = Site(id="demo", name="Demo", hostnames=("example.com",))
TOKEN = "bench-token-0123456789abcdef"
NOW_MS = 1_763_811_000_000
"""2025-11-22T11:30Z: the clock of every benchmark."""
PAGE_BYTES = 1_000_000
"""A Query answers with at most 1 MB."""
_HEAD = b"HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: %d\r\n\r\n"
_SITES = json.dumps(
    {
        "Items": [
            {"pk": {"S": "site"}, "sk": {"S": SITE.id}, "body": {"S": json.dumps(asdict(SITE))}}
        ]
    }
).encode()
_USED = Token(Principal("admin", ("*",)), created_at_ms=0, last_used_at_ms=2**42)
_TOKEN = json.dumps({"Item": {"body": {"S": json.dumps(asdict(_USED))}}}).encode()


@contextmanager
def endpoint(items: Path | None = None, repeats: int = 1) -> Iterator[dict[str, str]]:
    """The environment of a process that finds this endpoint; it ends with the block."""
    held = [str(items), str(repeats)] if items else []
    command = [sys.executable, "-m", "tests.bench.endpoint", *held]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_SESSION_TOKEN": "t" * 800,
            "FOOTFALL_LIMITS": "0",
        }
        process.communicate()


@dataclass(frozen=True, slots=True)
class Hour:
    """Items with their stamps, so many times over."""

    items: list[tuple[int, bytes]]
    repeats: int = 1

    def page(self, from_ms: int, start: int) -> bytes:
        """Query's answer from a place on, of what was received at `from_ms` or later."""
        found: list[bytes] = []
        size, place, end = 0, start, len(self.items) * self.repeats
        while place < end and size < PAGE_BYTES:
            repeat, index = divmod(place, len(self.items))
            received_at_ms, item = self.items[index]
            if received_at_ms >= from_ms:
                found.append(item.replace(b"@@@@@@", b"%06d" % repeat))
                size += len(item)
            place += 1
        rest = b',"LastEvaluatedKey":{"sk":{"S":"%d"}}' % place if place < end else b""
        return b'{"Items":[' + b",".join(found) + b"]" + rest + b"}"


def hour(path: Path, repeats: int) -> Hour:
    """What a file of items holds."""
    lines = path.read_bytes().splitlines()
    return Hour([(int(json.loads(x)["received_at_ms"]["N"]), x) for x in lines], repeats)


def serve(held: Hour) -> None:
    """Serve until standard input closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_accept, args=(listener, held), daemon=True).start()
    sys.stdin.read()


def _accept(listener: socket.socket, held: Hour) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_converse, args=(connection, held), daemon=True).start()


def _converse(connection: socket.socket, held: Hour) -> None:
    with connection, connection.makefile("rb") as incoming:
        while line := incoming.readline():
            headers = {}
            while (line := incoming.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                headers[name.strip().lower()] = value.strip()
            body = incoming.read(int(headers.get(b"content-length", 0)))
            answer = _answer(headers.get(b"x-amz-target", b""), body, held)
            date = formatdate(_now_ms(held) / 1000, usegmt=True).encode()
            connection.sendall(_HEAD % (date, len(answer)) + answer)


def _answer(target: bytes, body: bytes, held: Hour) -> bytes:
    if target.endswith(b".Query"):
        return _query(json.loads(body), held)
    if target.endswith(b".GetItem") and token_hash(TOKEN).encode() in body:
        return _TOKEN
    if target.endswith(b".GetItem") and b"manifest#" in body:
        return _manifest(_now_ms(held))
    return b"{}"


def _now_ms(held: Hour) -> int:
    """The time, that of the items where there are any."""
    return NOW_MS if held.items else time.time_ns() // 1_000_000


def _manifest(now_ms: int) -> bytes:
    """That of a site begun just now: no hour is sealed, two are open."""
    return json.dumps(
        {"Item": {"body": {"S": dump_manifest(replace(begin_manifest(now_ms), version=1))}}}
    ).encode()


def _query(asked: dict, held: Hour) -> bytes:
    if asked.get("IndexName") != "by_hour":
        return _SITES
    values = asked["ExpressionAttributeValues"]
    if "T11#" not in values[":hour"]["S"]:
        return b'{"Items": []}'
    start = int(asked.get("ExclusiveStartKey", {"sk": {"S": "0"}})["sk"]["S"])
    return held.page(int(values[":from"]["N"]), start)


if __name__ == "__main__":
    serve(hour(Path(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 1 else Hour([]))
