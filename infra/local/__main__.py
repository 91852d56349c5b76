"""The local stage: `make run`, or `python -m infra.local`.

Emulated DynamoDB and S3 made from the production template, the app, the dashboard, the tracker
and a demo website, in one process tree on 127.0.0.1. Ctrl-C ends all of it; nothing is kept.

Environment: PORT (8000; the demo website is on PORT + 1), FOOTFALL_TOKEN (admin token; made and
printed if not given), DEMO=0 (empty store, no traffic), FOOTFALL_LIMITS=0 (no rate limits).
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from infra.local import stage
from infra.local.emulator import emulator
from infra.local.website import Website


@dataclass(frozen=True)
class Options:
    """What the environment asks of this run."""

    port: int
    token: str
    with_demo: bool


def options() -> Options:
    """Options from the environment; a bad PORT or token ends the run with one clear sentence."""
    port = os.environ.get("PORT", "8000")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65534):
        sys.exit(f"PORT must be a number from 1 to 65534, not {port!r}")
    token = os.environ.get("FOOTFALL_TOKEN") or secrets.token_urlsafe(24)
    if not stage.is_token(token):
        sys.exit("FOOTFALL_TOKEN may hold only letters, digits and _ . ~ - (up to 256)")
    return Options(int(port), token, os.environ.get("DEMO", "1") != "0")


def main() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    chosen = options()
    stopped = threading.Event()
    # An Event set by a handler in the thread that waits for it may wait for that thread's own lock.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: threading.Thread(target=stopped.set).start())
    try:
        # A job under way may still write there when it is removed.
        scratch = TemporaryDirectory(prefix="footfall-", ignore_cleanup_errors=True)
        with emulator() as endpoint, scratch as cache:
            os.environ["CACHE_DIR"] = cache
            _serve(chosen, endpoint, stopped)
    except stage.Stopped:
        pass
    except OSError as refused:
        sys.exit(
            f"port {chosen.port} or {chosen.port + 1} is taken ({refused}); set PORT to another"
        )


def _serve(chosen: Options, endpoint: str, stopped: threading.Event) -> None:
    began = time.monotonic()
    website = Website(chosen.port + 1, f"http://127.0.0.1:{chosen.port}")
    running = stage.prepare(endpoint, chosen.token, chosen.port, chosen.with_demo, stopped)
    servers = [website, running.origin]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in [*threads, *running.background]:
        thread.start()
    print(
        f"\nReady after {time.monotonic() - began:.0f} s. Ctrl-C stops everything.\n"
        f"  Dashboard      http://127.0.0.1:{chosen.port}/\n"
        f"  Demo website   http://127.0.0.1:{chosen.port + 1}/\n"
        f"  Token          {chosen.token}\n"
        f"  AWS endpoint   {endpoint}\n",
        flush=True,
    )
    while not stopped.wait(1):  # a signal that another thread took is handled when this one wakes
        pass
    for server in servers:
        server.shutdown()


if __name__ == "__main__":
    main()
