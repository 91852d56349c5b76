"""DynamoDB and S3 in a process of its own: moto's server, on loopback, gone with its parent.

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
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

START_SECONDS = 60


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


def serve(port: int) -> None:
    """Serve until standard input closes. Ctrl-C is left to the parent, which closes it.

    One request at a time: moto undoes a refused transaction by putting back a copy of the table,
    and with it loses what others wrote meanwhile.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    backends, turn = DomainDispatcherApplication(create_backend_app), Lock()

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        with turn:
            return list(backends(environ, start))

    server = make_server("127.0.0.1", port, answer, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)  # nothing is kept; taking a filled store apart takes seconds


if __name__ == "__main__":
    serve(int(sys.argv[1]))
