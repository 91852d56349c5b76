"""What time it is for whoever commits a manifest or deletes by time: the store's time.

A machine's clock may be wrong by hours, and what is decided by it can not be undone: an hour
taken for closed, history taken for old. The store's `Date` is one clock for all machines.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.model.refusal import Refusal

log = logging.getLogger(__name__)

DISAGREES_MS = 60_000
"""NTP keeps clocks within a second: a minute apart, one of them has gone wrong."""


class Disagrees(Refusal):
    """This machine's clock and the store's are more than `DISAGREES_MS` apart."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a job: called, it gives the store's time as its last answer told it.

    Such a time is never later than it is, however long ago the answer came: what is done by it is
    done late at worst. `own_ms`, this machine's clock, is only for how long something takes.
    All are epoch ms.
    """

    own_ms: Callable[[], int]
    store_ms: Callable[[], int]

    def __call__(self) -> int:
        return self.store_ms()

    def check(self) -> None:
        """Raises `Disagrees`, and tells the log, where the two clocks do. To be asked right after
        an answer of the store, which is what they are compared at."""
        own_ms, store_ms = self.own_ms(), self.store_ms()
        if abs(own_ms - store_ms) > DISAGREES_MS:
            log.error("clock_disagrees own_ms=%d store_ms=%d", own_ms, store_ms)
            message = "this function's clock is wrong, try again"
            raise Disagrees(503, "clock_disagrees", message, retry_after_s=60)


def stop_clock(now_ms: int) -> Clock:
    """A clock that stands at one moment, the store's time included."""
    return Clock(lambda: now_ms, lambda: now_ms)
