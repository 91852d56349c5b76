"""A DynamoDB that answers at once: what is measured beside it is our own CPU alone.

`python -m tests.bench.endpoint [PAGES]` serves on loopback until its standard input closes. It
knows one site and one token, and acknowledges every write. PAGES is a file of one Query answer a
line, `@@@@@@` in it replaced by the line's number: what the hour of `NOW_MS` holds.
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
from dataclasses import asdict, replace
from pathlib import Path

from chalicelib.access import token_hash
from chalicelib.manifest import begin, dump
from chalicelib.model import Principal, Site
from chalicelib.store.tokens import Token
from tests.bench.cpu import ROOT

SITE = Site(id="demo", name="Demo", hostnames=("example.com",))
TOKEN = "bench-token-0123456789abcdef"
NOW_MS = 1_763_811_000_000
"""2025-11-22T11:30Z: the clock of every benchmark."""
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n"
_SITES = json.dumps(
    {
        "Items": [
            {"pk": {"S": "site"}, "sk": {"S": SITE.id}, "site": {"S": json.dumps(asdict(SITE))}}
        ]
    }
).encode()
_USED = Token(Principal("admin", ("*",)), created_at_ms=0, last_used_at_ms=2**42)
_TOKEN = json.dumps({"Item": {"body": {"S": json.dumps(asdict(_USED))}}}).encode()


@contextmanager
def endpoint(pages: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment of a process that finds this endpoint; it ends with the block."""
    command = [sys.executable, "-m", "tests.bench.endpoint", *([str(pages)] if pages else [])]
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


def serve(pages: list[bytes]) -> None:
    """Serve until standard input closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_accept, args=(listener, pages), daemon=True).start()
    sys.stdin.read()


def _accept(listener: socket.socket, pages: list[bytes]) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_converse, args=(connection, pages), daemon=True).start()


def _converse(connection: socket.socket, pages: list[bytes]) -> None:
    with connection, connection.makefile("rb") as incoming:
        while line := incoming.readline():
            headers = {}
            while (line := incoming.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                headers[name.strip().lower()] = value.strip()
            body = incoming.read(int(headers.get(b"content-length", 0)))
            answer = _answer(headers.get(b"x-amz-target", b""), body, pages)
            connection.sendall(_HEAD % len(answer) + answer)


def _answer(target: bytes, body: bytes, pages: list[bytes]) -> bytes:
    if target.endswith(b".Query"):
        return _query(json.loads(body), pages)
    if target.endswith(b".GetItem") and token_hash(TOKEN).encode() in body:
        return _TOKEN
    if target.endswith(b".GetItem") and b"manifest#" in body:
        return _manifest(NOW_MS if pages else time.time_ns() // 1_000_000)
    return b"{}"


def _manifest(now_ms: int) -> bytes:
    """That of a site begun just now: no hour is sealed, two are open."""
    return json.dumps({"Item": {"body": {"S": dump(replace(begin(now_ms), version=1))}}}).encode()


def _query(asked: dict, pages: list[bytes]) -> bytes:
    if asked.get("IndexName") != "by_hour":
        return _SITES
    values = json.dumps(asked["ExpressionAttributeValues"])
    if not pages or "T11#" not in values:
        return b'{"Items": []}'
    number = int(asked.get("ExclusiveStartKey", {"sk": {"S": "0"}})["sk"]["S"])
    return pages[number].replace(b"@@@@@@", b"%06d" % number)


if __name__ == "__main__":
    serve(Path(sys.argv[1]).read_bytes().splitlines() if len(sys.argv) > 1 else [])
