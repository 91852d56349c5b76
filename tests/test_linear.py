"""No regular expression that meets foreign text takes longer than its text is long.

Every pattern of the code and of its lists is found by reading the syntax tree, and tried with
texts made from its own parse tree to be slow for it: what a repeat takes, many times over, before
what it does not. Those of tracker and dashboard are tried here, too: the browsers' engines take
the same steps, as far as patterns say the same in both languages.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from chalicelib.admin.fields import HOSTNAME

ROOT = Path(__file__).parent.parent
OUR_OWN = {
    r"^--.*\n": "query/statement.py reads our own SQL files",
    HOSTNAME.pattern: "forms.py asks it of 253 characters at most",
}
"""Patterns that meet our own text only."""

USES = {f"re.{name}" for name in dir(re) if name.islower() and name not in ("escape", "purge")}
PYTHONIC = {"[^]": r"[\s\S]", r"\p{Cc}": r"\x00-\x1f", r"\p{Cf}": r"\xad", r"\p{Nd}": r"\d"}
"""What browsers write otherwise."""
TOO_MUCH = 4.5
"""Times the work for four times the text."""
LONGEST = 100_000
MEASURABLE_S = 0.001
ROUNDS = (3, 5, 10, 20, 40)
"""A busy machine needs more of them to show what a pattern takes by itself."""
LONG_RUN = 40
"""Repeats of at least so many are tried as if they had no end."""


def patterns() -> dict[str, tuple[str, int]]:
    """Every pattern with its flags, by where it stands."""
    found: dict[str, tuple[str, int]] = {}
    for path in [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]:
        for call in calls(ast.parse(path.read_text("utf-8"))):
            name = f"{path.relative_to(ROOT)}:{call.lineno}"
            found[name] = written(path, call)
    for name, flags in (("in_app.txt", re.IGNORECASE), ("browsers.txt", 0)):
        lines = (ROOT / "chalicelib/enrich/lists" / name).read_text("utf-8").splitlines()
        for line in lines:
            if line.strip() and line[0] != "#":
                columns = 3 if name == "in_app.txt" else 1
                found[f"{name} {line.split('|')[0].strip()}"] = (
                    line.split("|", columns)[columns].strip(),
                    int(flags),
                )
    return found | scripted_patterns()


def scripted_patterns() -> dict[str, tuple[str, int]]:
    """Those of the scripts in browsers."""
    folders = [ROOT / "sdk/src", ROOT / "dashboard_site/src"]
    paths = sorted(path for folder in folders for path in folder.rglob("*.ts*"))
    read = ["node", ROOT / "tests/patterns.mjs", *paths]
    found = json.loads(subprocess.run(read, check=True, capture_output=True).stdout)
    return {
        f"{Path(one['file']).relative_to(ROOT)} /{one['source']}/{one['flags']}": (
            pythonic(one["source"]),
            int(re.IGNORECASE) if "i" in one["flags"] else 0,
        )
        for one in found
    }


def pythonic(source: str) -> str:
    for written, meant in PYTHONIC.items():
        source = source.replace(written, meant)
    return source


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of `re` that name a pattern."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in USES:
            yield node


def written(path: Path, call: ast.Call) -> tuple[str, int]:
    """The pattern and flags of a call, whatever expressions spell them."""
    if path.name == "device.py" and ast.unparse(call.args[0]) in ("p", "pattern"):
        return "", 0  # those of the lists, which are read themselves
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    pattern = eval(ast.unparse(call.args[0]), vars(module))  # our own source
    given = [*call.args[1:], *(k.value for k in call.keywords)]
    texts = [ast.unparse(argument) for argument in given]
    flags = [eval(text, vars(module)) for text in texts if text.startswith("re.")]
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    return text, int(sum(flags))


def hostile(pattern: str, flags: int) -> Iterator[tuple[str, str, str]]:
    """What to put before, many times over, and after, so that the pattern has a hard time."""
    tree = parser.parse(pattern, flags)
    for before, repeated in repeats(list(tree), ""):
        pumps = {repeated, repeated[:1], repeated + before[-1:], before[-8:] + repeated}
        pumps |= {before + repeated, pattern_start(tree)}
        yield from ((before, pump, end) for pump, end in product(filter(None, pumps), "\x00!a@"))
    for pump in filter(None, (pattern_start(tree), sample(list(tree)))):
        yield from (("", pump, end) for end in "\x00!a@")


def pattern_start(tree: Any) -> str:
    return sample(list(tree)[:1])


def repeats(tokens: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """For each long repeat in a pattern, a text that leads to it and one that it takes."""
    for token in tokens:
        code, value = token
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            if value[1] >= LONG_RUN:
                yield before, sample(list(value[2])) or "a"
            yield from repeats(list(value[2]), before)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from repeats(list(branch), before)
        elif code is codes.SUBPATTERN:
            yield from repeats(list(value[3]), before)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from repeats(list(value[1]), before)
        before += sample([token])


def sample(tokens: list[Any]) -> str:
    """A short text that these tokens match, near enough."""
    text = ""
    for code, value in tokens:
        if code is codes.LITERAL:
            text += chr(value)
        elif code is codes.ANY:
            text += "a"
        elif code is codes.IN:
            text += member(value)
        elif code is codes.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            text += sample(list(value[2])) * max(1, min(value[0], 40))
        elif code is codes.BRANCH:
            text += sample(list(value[1][0]))
        elif code is codes.SUBPATTERN:
            text += sample(list(value[3]))
    return text


def member(choices: list[Any]) -> str:
    """A character of a class."""
    allowed = re.compile(to_class(choices))
    return next((c for c in "aA0-_. /@%x\x00é" if allowed.fullmatch(c)), "a")


def to_class(choices: list[Any]) -> str:
    spelled = ""
    named = {
        codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w",
        codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_SPACE: r"\S",
        codes.CATEGORY_NOT_WORD: r"\W",
    }  # fmt: skip
    for code, value in choices:
        if code is codes.NEGATE:
            spelled = "^" + spelled
        elif code is codes.LITERAL:
            spelled += re.escape(chr(value))
        elif code is codes.RANGE:
            spelled += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        elif code is codes.CATEGORY:
            spelled += named[value]
    return f"[{spelled}]"


def growth(search: re.Pattern[str], before: str, pump: str, after: str, rounds: int = 3) -> float:
    """Times the CPU for four times the text; 1 where even the longest takes no time."""

    def text(size: int) -> str:
        return before + pump * size + after

    size = 8
    while once(search, text(size)) < MEASURABLE_S:
        size = size * 3 // 2
        if size * len(pump) > LONGEST:
            return 1.0
    small, a_little_more = fastest(search, text(size), text(size + 4), rounds)
    if a_little_more > 8 * small:
        return a_little_more / MEASURABLE_S
    small, half = fastest(search, text(size), text(2 * size), rounds)
    if half / small < 2.5:
        return 2.0
    small, large = fastest(search, text(size), text(4 * size), rounds)
    return large / small


def fastest(search: re.Pattern[str], one: str, other: str, rounds: int) -> tuple[float, float]:
    """The least CPU of each of two texts, looked through in turn: what slows the machine down
    slows both."""
    taken = [(once(search, one), once(search, other)) for _ in range(rounds)]
    return min(first for first, _ in taken), min(second for _, second in taken)


def once(search: re.Pattern[str], text: str) -> float:
    began = time.thread_time()
    for _ in search.finditer(text):
        pass
    search.fullmatch(text)
    return time.thread_time() - began


KNOWN = patterns()


@pytest.mark.parametrize("where", sorted(KNOWN))
def test_no_pattern_takes_longer_than_its_text_is_long(where: str) -> None:
    pattern, flags = KNOWN[where]
    if not pattern or pattern in OUR_OWN:
        return
    search = re.compile(pattern, flags)
    for before, pump, after in islice(hostile(pattern, flags), 400):
        factors = (growth(search, before, pump, after, rounds) for rounds in ROUNDS)
        factor = next((factor for factor in factors if factor <= TOO_MUCH), None)
        assert factor, (before[:50], pump[:50], after)


def test_patterns_for_our_own_text_are_still_there() -> None:
    assert set(OUR_OWN) <= {pattern for pattern, _ in KNOWN.values()}


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        (
            r"\s*(https?):[/\\]{2}(?:[^/\\?#]*@)?(\[[0-9a-f:.]*\]|[^/\\?#:]*)(?::\d*)?"
            r"((?:[/\\][^?#]*)?)(?:\?([^#]*))?(?:#.*)?",
            re.DOTALL,
        ),
        (r"\([^()]*(?:Android|iPhone|iPad|HarmonyOS)[^()]*\)", 0),
        (r"tizen.*\btv\b", re.IGNORECASE),
        (r"\bdiscover/[\d.]+.*NetType", re.IGNORECASE),
        (r"[^/?&=:#]+(@|%40)[^/?&=#]+\.\w+", 0),
        (r"(a+)+b", 0),
        (r"\w+@", 0),
    ],
)
def test_a_slow_pattern_is_found(pattern: str, flags: int) -> None:
    search = re.compile(pattern, flags)
    factors = (growth(search, *text) for text in hostile(pattern, flags))
    assert any(factor > TOO_MUCH for factor in factors)
