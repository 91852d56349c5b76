"""DynamoDB and S3 in a process of its own, on loopback, gone with its parent.

Stacks, tables, S3 and all else are moto's; what a table holds is ours (`dynamodb.py`): moto copies
the whole table for a transaction and looks at every item for a query.

Run by the stage as `python -m infra.local.emulator PORT`; it serves until its standard input
closes, which happens however the parent ends, so no emulator is ever left behind.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from threading import Lock, Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from infra.local.dynamodb import MemoryDynamoDB
from infra.local.tables import Schema, Table

START_SECONDS = 60
ITEM_OPERATIONS = frozenset(
    (
        *("PutItem", "GetItem", "DeleteItem", "UpdateItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
        *("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
    )
)
"""What touches a table's items, so that moto, whose tables stay empty, must not answer it."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def emulator() -> Iterator[str]:
    """Start the emulator and yield its endpoint's address; it ends with the block.

    Raises RuntimeError where it does not answer within a minute.
    """
    port = free_port()
    command = [sys.executable, "-m", "infra.local.emulator", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _wait_until_answering(process, endpoint)
        yield endpoint
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def _wait_until_answering(process: subprocess.Popen[bytes], endpoint: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError("the emulated AWS did not start; run 'python -m moto.server' to see why")


class Made(Mapping[str, Table]):
    """The tables of a region that moto has made; what they hold is ours."""

    def __init__(self, region: str) -> None:
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.dynamodb.models import dynamodb_backends

        self._theirs = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables
        self._known: dict[str, tuple[Any, Table]] = {}

    def __getitem__(self, name: str) -> Table:
        theirs = self._theirs[name]
        made, table = self._known.get(name, (None, None))
        if made is not theirs or table is None:  # new, or deleted and made again
            table = Table(_schema(theirs))
            self._known[name] = theirs, table
        return table

    def __iter__(self) -> Iterator[str]:
        return iter(self._theirs)

    def __len__(self) -> int:
        return len(self._theirs)


def _schema(theirs: Any) -> Schema:
    kinds = {one["AttributeName"]: one["AttributeType"] for one in theirs.attr}

    def keys(schema: list[dict[str, str]]) -> dict[str, str]:
        return {one["AttributeName"]: kinds[one["AttributeName"]] for one in schema}

    return Schema(
        keys(theirs.schema),
        {index.name: keys(index.schema) for index in theirs.global_indexes},
    )


class Databases:
    """What the tables hold, by region."""

    def __init__(self) -> None:
        self._regions: dict[str, MemoryDynamoDB] = {}
        self._lock = Lock()

    def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Answer an operation on items, for the region that its signature names."""
        region = headers["Authorization"].split("/")[2]
        with self._lock:
            if region not in self._regions:
                self._regions[region] = MemoryDynamoDB(Made(region))
        return self._regions[region].send(body, headers)


class Handler(WSGIRequestHandler):
    """One connection: operations on items are answered here, all else by moto."""

    disable_nagle_algorithm = True
    databases = Databases()

    def do_POST(self) -> None:
        """Answer a request; one on items leaves the connection open."""
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        if not service.startswith("DynamoDB_") or operation not in ITEM_OPERATIONS:
            self.run_wsgi()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.databases.send(body, dict(self.headers.items()))
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            "Content-Type: application/x-amz-json-1.0\r\n"
            f"Content-Length: {len(answer)}\r\n"
            f"Date: {self.date_time_string()}\r\n\r\n"
        )
        self.wfile.write(head.encode() + answer)  # in one segment


def server(port: int, handler: type[WSGIRequestHandler] = Handler) -> BaseWSGIServer:
    """The emulator's server on loopback. moto takes one request at a time: it was not written
    for threads."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    backends, turn = DomainDispatcherApplication(create_backend_app), Lock()

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        with turn:
            return list(backends(environ, start))

    return make_server("127.0.0.1", port, answer, threaded=True, request_handler=handler)


def serve(serving: BaseWSGIServer) -> None:
    """Serve until standard input closes. Ctrl-C is left to the parent, which closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    Thread(target=serving.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)  # nothing is kept; taking a filled store apart takes seconds


if __name__ == "__main__":
    serve(server(int(sys.argv[1])))
