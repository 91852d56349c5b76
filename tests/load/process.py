"""A process of the world, which may be killed at any moment and ends with its parent.

`python -m tests.load.process instance CLOCK PORT` is the real app over HTTP;
`python -m tests.load.process sealer CLOCK SEED` seals, merges and maintains without a pause, each
time with another clock.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from threading import Thread

from tests.load.clock import WorldClock

NEAR_MS, FAR_MS = 45_000, 3 * 3_600_000
"""Clocks differ by up to this; a sealer further off than a minute must give up by itself."""
FAR_SHARE = 0.2
PAUSE_S = 0.3


def instance(clock: WorldClock, port: int) -> None:
    """Serve the app; its time is the world's."""
    time.time_ns = lambda: clock() * 1_000_000  # before app.py makes its clock of it
    import app as routes
    from infra.local.server import Origin

    Origin(
        port=port,
        app=routes.app,
        read_object=lambda _key: None,
        jobs=routes.JOBS,
        edge_headers={},
        site_headers={},
    ).serve_forever()


def sealer(clock: WorldClock, seed: int) -> None:
    """Seal and maintain for ever."""
    from chalicelib import logs
    from chalicelib.privacy.eraser import Eraser
    from chalicelib.seal.sealer import Sealer
    from chalicelib.settings import read_settings
    from chalicelib.wiring import Wired

    logs.configure()
    dice = random.Random(seed)
    skew_ms = 0
    wired = Wired(read_settings(), lambda: clock() + skew_ms)
    while True:
        skew_ms = skew(dice)
        Sealer(wired.seal_stores, wired.clock).run(wired.sites.all())
        Eraser(wired.erase_stores, wired.clock).run(wired.sites.all())
        time.sleep(PAUSE_S)


def skew(dice: random.Random) -> int:
    """How far a sealer's clock is ahead in its next run, in ms."""
    if dice.random() < FAR_SHARE:
        return dice.choice((-1, 1)) * dice.randint(2 * 60_000, FAR_MS)
    return dice.randint(-NEAR_MS, NEAR_MS)


def end_with_parent() -> None:
    """Return once standard input closes, which happens however the parent ends."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    Thread(target=end_with_parent, daemon=True).start()
    role = {"instance": instance, "sealer": sealer}[sys.argv[1]]
    role(WorldClock(Path(sys.argv[2])), int(sys.argv[3]))
