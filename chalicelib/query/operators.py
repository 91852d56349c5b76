"""What narrows: how a value is compared with those of a filter or of a condition on an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Takes = Literal["texts", "globs", "number"]


@dataclass(frozen=True, slots=True)
class Operator:
    """What narrows. `sql` is true where a known value `{x}` of JSON's `{type}` matches the bound
    `{values}`: texts, globs as one regular expression, or one number. A negative operator keeps
    the sessions in which nothing matches."""

    id: str
    definition: str
    sql: str
    takes: Takes = "texts"
    is_negative: bool = False
    finds_unknown: bool = False
    """Whether `(none)` finds what is not known."""


_ANY = "len(list_filter({values}, lambda v: {test}({x}, v))) > 0"
_CONTAINS = _ANY.replace("{test}", "contains")
_IS = "list_contains({values}, {x})"
_MATCHES = "regexp_full_match({x}, {values})"
_NUMBER = "{type} IN ('UBIGINT', 'BIGINT', 'DOUBLE')"
_COMPARED = f"{_NUMBER} AND TRY_CAST({{x}} AS DOUBLE)"

OPERATORS = (
    Operator(
        "is", "The value is one of these; `(none)` is the unknown value.", _IS, finds_unknown=True
    ),
    Operator(
        "is_not",
        "No value of the session is one of these.",
        _IS,
        is_negative=True,
        finds_unknown=True,
    ),
    Operator(
        "contains",
        "A known value contains one of these texts, letter case included.",
        _CONTAINS,
    ),
    Operator(
        "not_contains",
        "No known value of the session contains one of these texts.",
        _CONTAINS,
        is_negative=True,
    ),
    Operator(
        "starts_with",
        "A known value starts with one of these texts, letter case included.",
        _ANY.replace("{test}", "starts_with"),
    ),
    Operator(
        "matches",
        "A known value is matched as a whole: `*` is any run without `/`, `**` any run.",
        _MATCHES,
        takes="globs",
    ),
    Operator(
        "not_matches",
        "No known value of the session is matched as a whole.",
        _MATCHES,
        takes="globs",
        is_negative=True,
    ),
)

DATA_OPERATORS = (
    Operator("gt", "The value is a number above this one.", f"{_COMPARED} > {{values}}", "number"),
    Operator("gte", "The value is this number or above.", f"{_COMPARED} >= {{values}}", "number"),
    Operator("lt", "The value is a number below this one.", f"{_COMPARED} < {{values}}", "number"),
    Operator("lte", "The value is this number or below.", f"{_COMPARED} <= {{values}}", "number"),
    Operator("is_number", "The value is one of these numbers.", f"{_NUMBER} AND {_IS}"),
    Operator("is_text", "The value is one of these texts.", f"{{type}} = 'VARCHAR' AND {_IS}"),
    Operator("is_boolean", "The value is true or false.", f"{{type}} = 'BOOLEAN' AND {_IS}"),
)
"""For the data of an event, besides all others."""

OPERATOR = {operator.id: operator for operator in OPERATORS}
DATA_OPERATOR = {operator.id: operator for operator in (*OPERATORS, *DATA_OPERATORS)}
