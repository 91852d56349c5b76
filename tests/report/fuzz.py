"""Reports asked with anything at all: what is asked rightly is answered, what is not is refused by
name, and the SQL that runs is the same whatever the values are.

Half of the questions are right but for the texts that anybody may choose (what a filter, a search
or a cursor names); the others have one thing wrong. `python -m tests.report.fuzz 100000`
(`make fuzz-reports`); a few thousand are a test.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from chalicelib.engine.database import Database
from chalicelib.engine.engine import Engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.parts import group_parts
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import RANGES
from chalicelib.query.dimensions import DIMENSION
from chalicelib.query.match import split_unescaped
from chalicelib.query.operators import DATA_OPERATOR, OPERATOR
from chalicelib.report.parameters import write_cursor
from chalicelib.report.reports import REPORT, Reports
from tests.report.histories import escape

NOW = 1_760_000_000_000
SITE = Site("alpha", hostnames=("alpha.example",))
MARK = "zq7f"
"""In no name of ours, and in many a text that is asked for: it must never reach SQL."""
PIECES = (
    "'", '"', ";", "--", "/*", "*/", "\\", "\\|", ":", "%", "_", "$1", "$files", "{x}", "{",
    "\x00", "\n", "\u202e", "😀", "é", "中文", "(none)", "(direct)", "NULL", "1 OR 1=1",
    "') UNION SELECT * FROM read_text('/etc/passwd') --", "'; DROP TABLE session; --", "../..",
    "read_csv('/etc/passwd')", "x" * 40, "0", "-1", "1e9", "9" * 40, "٣", "²", "NaN", "Infinity",
    "0x10", " ", "\t", "+", "true", "null", "[]", "/", "/pricing", "Direct", "DE", "pageview", MARK,
)  # fmt: skip
ALTERNATIVE = re.compile(r"(?<!\\)[|&]")
COMPARED = 10
"""Of so many answers one is asked again with plain words, and its SQL compared."""
UNREADABLE = ("\ud800", "x" * 3000)
MOMENTS = (
    "1970-01-02", "2025-09-10", "2025-10-01", "2025-10-07T13:45:00+05:45", "2025-10-08",
    "2025-10-09T06:00:00Z", "2025-10-26T02:30:00+02:00", "2026-01-01", "2199-12-31",
)  # fmt: skip
ONE_VALUED = tuple(id for id, dimension in DIMENSION.items() if dimension.kind == "value")
ZONES = tuple(sorted(available_timezones() - {"localtime"}))
RIGHT: Mapping[str, Sequence[str]] = {
    "tz": ZONES, "compare": ("previous",), "users": ("0", "1"), "limit": ("1", "7", "20"),
    "bots": ("include", "only", "exclude"), "steps": ("2", "4", "8"),
    "dimension": tuple(DIMENSION), "then": ONE_VALUED, "compare_from": MOMENTS[2:4],
    "compare_to": MOMENTS[4:6], "match_weekday": ("0", "1"),
    "event": ("pageview", "signup", "heat"),
    "top": ("", "channel", "medium,title,city", "page,event,source,term"),
}  # fmt: skip
BY = {"sankey": ("source", "entry_page"), "timings": ("page", "device", "browser", "country")}
NUMBERS = ("0", "-1", "1001", "1.5", "١", "1_0", " 1", "1e3", "", "²", "9" * 1999)
WRONG: Mapping[str, Sequence[str]] = {
    "tz": ("../UTC", "localtime", "utc", "Mars/Base", "Etc/GMT+25", "posix/UTC", "/etc/passwd", ""),
    "range": ("1y", "7D", ""), "compare": ("next",), "users": ("2", "true"),
    "from": ("2025-02-30", "0000-01-01", "9999-12-31", "2025-W41-4", "20251009", "now", "-1", ""),
    "to": ("2025-02-30", "1969-12-31", "2200-01-02", "2025-10-09T06:00", "2025-10-09 06"),
    "limit": NUMBERS, "steps": NUMBERS, "by": ("x",), "dimension": ("session", "visitor"),
    "bots": ("none",), "then": ("page", "x"), "top": ("channel,", "x"), "compare_from": ("now", ""),
    "compare_to": ("1970-01-01", ""), "match_weekday": ("2",), "event": ("", "x" * 65, "a\x00b"),
    "cursor": (
        "W10", "WzEsMl0", "e30", write_cursor(2**70, "x"), write_cursor(1, "\ud800"),
    ),
}  # fmt: skip
NAMES: Sequence[str] = (
    "stats", "realtime", *["sankey"] * 2, *["list"] * 3, *["properties"] * 2, "timings",
)  # fmt: skip
"""The cheaper, the more often."""
Parameters = list[tuple[str, str]]


OF_A_CHOICE = re.compile(r"(?<=\bcached_matching)_\d+\b")
"""The number of a table of what filters chose, counted up."""


def names_of(report: str) -> set[str]:
    """The parameters that a report takes."""
    return {parameter.name for parameter in REPORT[report].parameters}


class Chance(random.Random):
    """Parameters by chance."""

    def text(self) -> str:
        return "".join(self.choice(PIECES) for _ in range(self.randrange(1, 4)))

    def right(self, name: str) -> str:
        if name == "filter":
            return self.right_filter()
        if name == "cursor":
            return write_cursor(self.randrange(-5, 1000), self.text())
        return self.choice(RIGHT[name]) if name in RIGHT else self.text()

    def right_filter(self) -> str:
        kind = self.randrange(10)
        if kind == 0:
            return f"engaged:{self.choice(('is', 'is_not'))}:{self.choice(('true', 'false|true'))}"
        if kind < 4:
            names = "|".join(self.sample(("pageview", "signup", "heat"), 2))
            some = [self.condition() for _ in range(self.randrange(1, 11))]
            return f"event:{self.choice(('is', 'is_not'))}:{'&'.join([names, *some])}"
        operator = self.choice(tuple(OPERATOR))
        return f"{self.choice(tuple(DIMENSION))}:{operator}:{self.values(operator)}"

    def condition(self) -> str:
        operator = self.choice(tuple(DATA_OPERATOR))
        key = escape(self.text(), "|&:\\") or "$page"
        if DATA_OPERATOR[operator].takes == "number":
            return f"{key}:{operator}:{self.choice(('0', '-1.5', '1e-7', '9e300'))}"
        return f"{key}:{operator}:{self.values(operator)}"

    def values(self, operator: str) -> str:
        signs = "|&:\\" if self.random() < 0.5 or "matches" not in operator else "|&:\\*"
        return "|".join(escape(self.text(), signs) for _ in range(self.randrange(1, 11)))

    def span(self) -> Parameters:
        first, last = sorted(self.sample(range(len(MOMENTS)), 2))
        choices: Sequence[Parameters] = (
            [], [("from", MOMENTS[min(first, 5)])], [("range", self.choice(tuple(RANGES)))],
            [("from", MOMENTS[first]), ("to", MOMENTS[last])],
        )  # fmt: skip
        return self.choice(choices)

    def parameters(self, name: str) -> Parameters:
        """A question in which nothing is wrong."""
        free = sorted(names_of(name) - {"site", "range", "from", "to", "filter"})
        chosen = [n for n in free if n in ("dimension", "event") or self.random() < 0.6]
        chosen += ["filter"] * self.choice((0, 1, 1, 2, 3, 4, 12))
        drawn = [(n, self.choice(BY[name]) if n == "by" else self.right(n)) for n in chosen]
        given = [("site", "alpha"), *make_consistent(drawn)]
        return given + self.span() if "range" in names_of(name) else given

    def wrong(self, name: str, right: Parameters) -> Parameters:
        """The same with one thing wrong, or at least strange."""
        names = sorted(names_of(name) - {"site"})
        at = self.choice(names)
        value = self.choice((*WRONG.get(at, ()), self.text(), self.choice(UNREADABLE), ":::", ""))
        others = [(n, v) for n, v in right if n != at]
        return self.choice((
            [*others, (at, value)], [*others, (at, value)], [*others, (at, value)],
            [*right, self.choice(right)], [*right, (self.choice(("sort", "Site", MARK)), value)],
            [*right, ("filter", self.filter())],
        ))  # fmt: skip

    def filter(self) -> str:
        dimension = self.choice((*DIMENSION, "session", self.text()))
        operator = self.choice((*OPERATOR, "matches", self.text()))
        return f"{dimension}:{operator}:{self.choice(('', 'a|', '|', self.text()))}"


def make_consistent(given: Parameters) -> Parameters:
    """Without what may not stand beside something else."""
    named = dict(given)
    if "compare" in named or not {"compare_from", "compare_to"} <= named.keys():
        given = [(n, v) for n, v in given if n not in ("compare_from", "compare_to")]
    if not {"compare", "compare_from"} & dict(given).keys():
        given = [(n, v) for n, v in given if n != "match_weekday"]
    if named.get("then") == named.get("dimension") or named.get("dimension") not in ONE_VALUED:
        given = [(n, v) for n, v in given if n != "then"]
    if any(v == "bot" or v.startswith("bot:") for _, v in given):
        given = [*((n, v) for n, v in given if n != "bots"), ("bots", "include")]
    return given


class Listening(Database):
    """Keeps the text of every statement that runs."""

    def __init__(self, folder: Path) -> None:
        self.texts: list[str] = []
        super().__init__(folder, memory_mb=1500)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        with super().cursor() as cursor:
            yield _Heard(cursor, self.texts)


class _Heard:
    def __init__(self, cursor: Any, texts: list[str]) -> None:
        self._cursor, self._texts = cursor, texts

    def execute(self, text: str, values: Mapping[str, object] | None = None) -> Any:
        self._texts.append(text)
        return self._cursor.execute(text, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class Desk:
    """Where reports are asked, of a history half in files and half not sealed yet."""

    def __init__(self, folder: Path) -> None:
        self.database = Listening(folder)
        self.engine = Engine(self.database)
        parts = history()
        files = [folder / "a.parquet", folder / "b.parquet"]
        for file, some in zip(files, (parts[:40], parts[35:60]), strict=True):
            self.engine.segments.write(group_parts(some), file)
        self.snapshot = Snapshot(files, parts[60:])
        self.ask(
            "stats", [("site", SITE.id), ("range", "all")]
        )  # what it learns of files, it keeps

    def ask(self, name: str, parameters: Parameters) -> list[str] | Refusal:
        """The texts of SQL that a report ran, or why there is none."""
        self.database.texts = []
        try:
            Reports(lambda *_: self.snapshot, self.engine).answer(name, parameters, SITE, NOW)
        except Refusal as refusal:
            return refusal
        return self.database.texts


def history() -> list[Part]:
    """A few sessions, some of them hostile themselves."""
    return [
        Part(
            f"v{n % 7}", f"s{n % 70}",
            Attributes(source=PIECES[n % 20], country="DE", channel="Direct"),
            tuple(
                Event("pageview", NOW - n * 3_600_000 + k, k, f"/{PIECES[(n + k) % 20]}")
                for k in range(1 + n % 3)
            ),
        )
        for n in range(90)
    ]  # fmt: skip


def plain(name: str, value: str) -> str:
    """A plain word wherever a text may be chosen freely; all else as it is."""
    if name == "filter":
        return plain_filter(value)
    word = {"search": "plain", "key": "plain", "cursor": write_cursor(1, "plain")}.get(name)
    return word if word and value else value


def plain_filter(text: str) -> str:
    """The same filter of plain words: as many conditions with the same operators, on events of the
    same names, which are ours."""
    dimension, operator, values = text.split(":", 2)
    names, *conditions = split_unescaped(values, "&") if dimension == "event" else [values]
    if dimension != "engaged" and not conditions:
        names = "plain"
    shown = []
    for condition in conditions:
        key, test, *_ = split_unescaped(condition, ":")
        number = DATA_OPERATOR[test].takes == "number"
        shown.append(f"{key if key == '$page' else 'plain'}:{test}:{'1' if number else 'plain'}")
    return "&".join([f"{dimension}:{operator}:{names}", *shown])


def run(values: int, seed: int) -> Counter[str]:
    """Outcomes by kind of reports asked with so many generated values in all, each alternative of
    a filter being one; raises on the first defect, with the parameters that made it."""
    chance, outcomes = Chance(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        while outcomes["values"] < values:
            name = chance.choice(NAMES)
            right = chance.parameters(name)
            is_right = chance.random() < 0.5
            asked = right if is_right else chance.wrong(name, right)
            outcomes["values"] += sum(len(ALTERNATIVE.split(value)) for _, value in asked[1:])
            try:
                texts = _asked(desk, name, asked, is_right)
                outcomes["answered" if texts else "refused"] += 1
                if texts and outcomes["answered"] % COMPARED == 0:
                    _compare(desk, name, asked)
            except Exception as defect:
                raise AssertionError(f"{name} {asked!r}") from defect
    return outcomes


def _asked(desk: Desk, name: str, asked: Parameters, is_right: bool) -> list[str]:
    """The texts that ran, none of them if the question was refused as it had to be."""
    texts = desk.ask(name, asked)
    if isinstance(texts, Refusal):
        assert not is_right, texts
        assert 400 <= texts.status < 500, texts
        assert texts.field, texts
        return []
    assert not any(MARK in text for text in texts)
    return texts


def _compare(desk: Desk, name: str, asked: Parameters) -> None:
    plainly = [(n, plain(n, v)) for n, v in asked]
    desk.ask(name, plainly)  # what an engine learns of files it keeps
    one, other = desk.ask(name, asked), desk.ask(name, plainly)
    assert not isinstance(one, Refusal)
    assert not isinstance(other, Refusal)
    assert [OF_A_CHOICE.sub("", text) for text in one] == [
        OF_A_CHOICE.sub("", text) for text in other
    ]


if __name__ == "__main__":
    began = time.process_time()
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(dict(run(total, seed=total)), f"{time.process_time() - began:.0f} s of CPU")
