"""DynamoDB and S3 in a process of its own: moto's server, on loopback, gone with its parent.

Run by the stage as `python -m infra.local.emulator PORT`; it serves until its standard input
closes, which happens however the parent ends, so no emulator is ever left behind.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

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
    """Serve until standard input closes. Ctrl-C is left to the parent, which closes it."""
    import logging

    from moto.server import ThreadedMotoServer

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
