r"""Which events are meant: `page:OP:VALUES` or `event:is:NAMES[&KEY:OP:VALUES]...` as a value.

Filters, and what is asked of single events, are written in this one language. A backslash makes
the next of `|`, `&`, `:`, `\` (and `*` in a glob) literal; any other backslash is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.model.event_types import read_event_type
from chalicelib.model.paths import spell_path
from chalicelib.model.text import compose_marks
from chalicelib.query.vocabulary import DATA_OPERATOR, OPERATOR, Operator

PAGE_KEY = "$page"
"""Stands for the page of the event among the keys of its data."""

MOST_CONDITIONS = 10

_LITERAL = "|&:\\"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+")


@dataclass(frozen=True, slots=True)
class Test:
    """An operator and values of which any may match. Of a glob a value is a regular expression
    (RE2) that matches the same."""

    operator: Operator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the data of an event must hold at a key."""

    key: str
    test: Test


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Events of one of these types of which every condition holds."""

    names: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()


def parse_test(operator: str, text: str, spell: Callable[[str], str] = compose_marks) -> Test:
    """A test of one value by its operator's name and the text after it, in which `&` and `:` are
    letters like any other. ValueError, worded for the caller, if it is none."""
    if operator not in OPERATOR:
        raise ValueError(f"operator must be one of {', '.join(OPERATOR)}")
    return _make_test(OPERATOR[operator], _read_signs(text, "|", OPERATOR[operator]), spell)


def parse_event_match(text: str) -> EventMatch:
    """The text after `event:is:`: names, and conditions between unescaped `&`."""
    pieces = _split_at(_read_signs(text, "|&", OPERATOR["is"], is_whole=False), "&")
    names = _make_test(OPERATOR["is"], pieces[0], compose_marks).values
    if len(pieces) > MOST_CONDITIONS + 1:
        raise ValueError(f"must not have more than {MOST_CONDITIONS} conditions")
    return EventMatch(names, tuple(_parse_condition(piece) for piece in pieces[1:]))
