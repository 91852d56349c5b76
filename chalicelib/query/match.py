r"""Which events are meant: `page:OP:VALUES` or `event:is:NAMES[&KEY:OP:VALUES]...` as a value.

A backslash makes the next of `|`, `&`, `:` and `\` literal, and in a glob `*`; any other backslash
is an error. All errors are ValueError, worded for the caller.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.model.event_types import read_event_type
from chalicelib.model.paths import spell_path
from chalicelib.model.text import compose_marks
from chalicelib.query.operators import DATA_OPERATOR, OPERATOR, Operator

PAGE_KEY = "$page"
"""Stands for the page of the event among the keys of its data."""

MOST_CONDITIONS = 10

Operators = Mapping[str, Operator]
Spell = Callable[[str], str]

_ESCAPED = frozenset("|&:\\")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MEANING_IN_RE2 = re.compile(r"[\\.+*?()|\[\]{}^$]")


@dataclass(frozen=True, slots=True)
class Test:
    """An operator and values of which any may match."""

    operator: Operator
    values: tuple[str, ...]

    @property
    def bound(self) -> object:
        """What the operator's SQL knows as its values."""
        if self.operator.takes == "globs":
            return "|".join(self.values)
        return float(self.values[0]) if self.operator.takes == "number" else list(self.values)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the data of an event holds at a key; `PAGE_KEY`: its page."""

    key: str
    test: Test


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Events of one of these types for which each condition holds."""

    names: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()


def parse_test(
    operator: str, text: str, spell: Spell = compose_marks, operators: Operators = OPERATOR
) -> Test:
    """An operator by its name and the values after it, joined by `|`. Values are spelled as what
    they are compared with; those of a glob become regular expressions of the same meaning."""
    if operator not in operators:
        raise ValueError(f"operator must be one of {', '.join(operators)}")
    found = operators[operator]
    values = split_unescaped(text, "|")
    if found.takes == "globs":
        return Test(found, tuple(_read_glob(_require(value), spell) for value in values))
    texts = tuple(_read_literal(_require(value), spell) for value in values)
    if found.takes == "number":
        _refuse_no_number(texts)
    return Test(found, texts)


def parse_page_test(operator: str, text: str) -> Test:
    """A test of a page, its values in the spelling that pages are stored in."""
    return parse_test(operator, text, _spell_page)


def parse_event_match(text: str) -> EventMatch:
    """What stands after `event:is:`: names, and conditions after unescaped `&`."""
    names, *conditions = split_unescaped(text, "&")
    if len(conditions) > MOST_CONDITIONS:
        raise ValueError(f"must not have more than {MOST_CONDITIONS} conditions")
    found = parse_test("is", names, read_event_type).values
    return EventMatch(found, tuple(map(_parse_condition, conditions)))


def split_unescaped(text: str, sign: str) -> list[str]:
    """The pieces of a text between signs that no backslash stands before, escapes left in."""
    pieces, start, at = [], 0, 0
    while at < len(text):
        if text[at] == sign:
            pieces.append(text[start:at])
            start = at + 1
        at += 1 + (text[at] == "\\")
    return [*pieces, text[start:]]


def _parse_condition(text: str) -> Condition:
    key, *rest = split_unescaped(text, ":")
    operator, *values = rest or [""]
    key = _read_literal(key, compose_marks)
    if not key or not values:
        raise ValueError("a condition after & must be key:operator:value")
    spell = _spell_page if key == PAGE_KEY else compose_marks
    return Condition(key, parse_test(operator, ":".join(values), spell, DATA_OPERATOR))


def _require(value: str) -> str:
    if not value:
        raise ValueError("needs a value after the operator's colon and on both sides of each |")
    return value


def _read_literal(text: str, spell: Spell) -> str:
    return spell("".join(piece for piece, _ in _read_pieces(text, "")))


def _read_pieces(text: str, signs: str) -> Iterator[tuple[str, bool]]:
    """Characters of a text, and whether each is a sign, one of those that no backslash makes
    literal."""
    characters = iter(text)
    for character in characters:
        if character != "\\":
            yield character, character in signs
            continue
        literal = next(characters, "")
        if (literal not in _ESCAPED and literal not in signs) or not literal:
            raise ValueError(r"a backslash must stand before |, &, : or \, in a glob also before *")
        yield literal, False


def _read_glob(text: str, spell: Spell) -> str:
    """`**` is any run of characters, `*` one without a slash. RE2 takes linear time."""
    found, literal, stars = [], "", 0
    for character, is_star in [*_read_pieces(text, "*"), ("", False)]:
        if is_star:
            found.append(_quote(spell(literal)))
            literal = ""
            stars += 1
            continue
        if stars:
            found.append("[^/]*" if stars == 1 else "(?s:.*)")
            stars = 0
        literal += character
    return "".join([*found, _quote(spell(literal))])


def _quote(literal: str) -> str:
    return _MEANING_IN_RE2.sub(r"\\\g<0>", literal)


def _spell_page(value: str) -> str:
    """The path in its spelling; what stands after a question mark, kept parameters, as it is. What
    is left of nothing printable matches no page and stays."""
    path, question, query = value.partition("?")
    return f"{spell_path(path)}{question}{compose_marks(query)}" or value


def _refuse_no_number(texts: tuple[str, ...]) -> None:
    if len(texts) > 1 or not _NUMBER.fullmatch(texts[0]) or not math.isfinite(float(texts[0])):
        raise ValueError("must be compared with one number")
