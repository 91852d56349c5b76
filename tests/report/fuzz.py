"""Reports asked with anything at all: an answer or a named refusal, never a defect, and never a
text of SQL that was not there before.

`python -m tests.report.fuzz 100000` (`make fuzz-reports`); a few thousand are a test.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from chalicelib import report
from chalicelib.model import Attributes, Event, Part, Refusal, Site
from chalicelib.query.engine import Engine, Sources
from chalicelib.query.question import ALLOWED
from chalicelib.query.vocabulary import DIMENSION, OPERATOR
from chalicelib.spans import RANGES

NOW = 1_760_000_000_000
SITE = Site("alpha", hostnames=("alpha.example",))
PIECES = (
    "'", '"', ";", "--", "/*", "*/", "\\", "|", "\\|", ":", "%", "_", "$1", "$files", "{x}", "{",
    "\x00", "\n", "\u202e", "\ud800", "😀", "é", "中文", "(none)", "(direct)", "NULL", "1 OR 1=1",
    "') UNION SELECT * FROM read_text('/etc/passwd') --", "'; DROP TABLE session; --", "../..",
    "read_csv('/etc/passwd')", "x" * 3000, "0", "-1", "1e9", "9" * 40, "٣", "²", "NaN", "Infinity",
    "0x10", " ", "\t", "+", "true", "null", "[]", "/", "/pricing", "Direct", "DE", "pageview",
)  # fmt: skip
ZONES = (
    "UTC", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns", "../UTC", "localtime", "utc",
    "Mars/Base", "Etc/GMT+25", "posix/UTC", "/etc/passwd", "",
)  # fmt: skip
MOMENTS = (
    "2025-10-01", "2025-10-09", "2025-10-09T06:00:00Z", "2025-02-30", "0000-01-01", "9999-12-31",
    "2025-10-26T02:30:00+02:00", "1970-01-01", "2199-12-31", "2025-W41-4", "20251009", "now", "-1",
)  # fmt: skip
NUMBERS = ("1", "7", "10", "20", "1000", "0", "-1", "1001", "1.5", "١", "1_0", " 1", "1e3", "")


class Chance(random.Random):
    """Parameters by chance: half of them nearly right, so that they get far."""

    def text(self) -> str:
        return "".join(self.choice(PIECES) for _ in range(self.randrange(4)))

    def filter(self) -> str:
        dimension = self.choice((*DIMENSION, "session", self.text()))
        operator = self.choice((*OPERATOR, "matches", self.text()))
        return f"{dimension}:{operator}:{self.text()}" if self.random() < 0.95 else self.text()

    def value(self, name: str) -> str:
        known: dict[str, Any] = {
            "site": ("alpha",), "tz": ZONES, "range": (*RANGES, "1y"), "from": MOMENTS,
            "to": MOMENTS, "compare": ("previous", "next"), "limit": NUMBERS,
            "users": ("0", "1", "2"), "bots": ("include", "only", "exclude"),
            "steps": NUMBERS, "by": ("source", "x"),
            "dimension": (*DIMENSION, "session"), "cursor": (), "search": PIECES,
        }  # fmt: skip
        if name == "filter":
            return self.filter()
        choices = known.get(name, ())
        return self.choice(choices) if choices and self.random() < 0.9 else self.text()

    def parameters(self, question: str) -> list[tuple[str, str]]:
        names = [*ALLOWED[question], "sort", "format"]  # type: ignore[index]
        chosen = [name for name in names if self.random() < 0.25]
        chosen += ["filter"] * self.randrange(3)
        return [("site", "alpha"), *((n, self.value(n)) for n in chosen if n != "site")]


def history() -> list[Part]:
    """A few sessions, some of them hostile themselves."""
    return [
        Part(
            f"v{n % 7}", f"s{n}", Attributes(source=PIECES[n % 20], country="DE", channel="Direct"),
            tuple(
                Event("pageview", NOW - n * 3_600_000 + k, k, f"/{PIECES[(n + k) % 20]}")
                for k in range(1 + n % 3)
            ),
        )
        for n in range(60)
    ]  # fmt: skip


def run(values: int, seed: int) -> Counter[str]:
    """Outcomes by kind of reports asked with so many generated values in all; raises on the first
    defect, with the parameters that made it."""
    chance, outcomes = Chance(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder))
        sources = Sources([], history())
        while outcomes["values"] < values:
            question = chance.choice(list(ALLOWED))
            parameters = chance.parameters(question)
            outcomes["values"] += len(parameters) - 1
            try:
                report.answer(question, parameters, SITE, lambda *_: sources, engine, NOW)
                outcomes["answered"] += 1
            except Refusal as refusal:
                if not (400 <= refusal.status < 500 and refusal.field):
                    raise AssertionError(f"{question} {parameters!r}") from refusal
                outcomes["refused"] += 1
            except Exception as defect:
                raise AssertionError(f"{question} {parameters!r}") from defect
    return outcomes


if __name__ == "__main__":
    began = time.process_time()
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(dict(run(total, seed=total)), f"{time.process_time() - began:.0f} s of CPU")
