"""`filter=dimension:operator:value` as a value, and its SQL, in which only names of ours stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.query.vocabulary import DIMENSION, OPERATOR, Dimension, Operator

NOTHING = "'(none)'"


@dataclass(frozen=True, slots=True)
class Filter:
    """Sessions are kept by a dimension, an operator, and values of which any may match."""

    dimension: Dimension
    operator: Operator
    values: tuple[str, ...]


def parse_filter(text: str) -> Filter:
    """The filter a parameter names. ValueError, worded for the caller, if there is none."""
    dimension, _, rest = text.partition(":")
    operator, colon, value = rest.partition(":")
    if not colon:
        raise ValueError("must be dimension:operator:value")
    if dimension not in DIMENSION:
        raise ValueError(f"dimension must be one of {', '.join(DIMENSION)}")
    if operator not in OPERATOR:
        raise ValueError(f"operator must be one of {', '.join(OPERATOR)}")
    values = _split_alternatives(value)
    if not all(values):
        raise ValueError("needs a value after the second colon and on both sides of each |")
    return Filter(DIMENSION[dimension], OPERATOR[operator], values)


def sessions_kept(filters: Sequence[Filter]) -> str:
    """The SQL condition on a row of `session` that all filters keep it."""
    return (
        " AND ".join(_keep_condition(filter, index) for index, filter in enumerate(filters))
        or "true"
    )


def values_kept(filters: Sequence[Filter], dimension: Dimension, x: str) -> str:
    """The SQL condition that a value `x` of one dimension passes all filters of that dimension."""
    conditions = [
        _sign_condition(filter, _match_condition(filter, index, x))
        for index, filter in enumerate(filters)
        if filter.dimension == dimension
    ]
    return " AND ".join(conditions) or "true"


def bind_filters(filters: Sequence[Filter]) -> dict[str, object]:
    """The values of the filters under the names that the SQL knows them by."""
    return {f"filter{index}": list(filter.values) for index, filter in enumerate(filters)}


def _split_alternatives(value: str) -> tuple[str, ...]:
    r"""Values joined by `|`; `\|` is a bar that belongs to the value."""
    return tuple(part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|", value))


def _keep_condition(filter: Filter, index: int) -> str:
    column, kind = filter.dimension.column, filter.dimension.kind
    if kind == "value":
        return _sign_condition(
            filter, _match_condition(filter, index, f"coalesce({column}, '(none)')")
        )
    unknown = f"{_is_without(filter.dimension)} AND {_match_condition(filter, index, NOTHING)}"
    return _sign_condition(filter, f"({unknown} OR {_contains_match(filter, index)})")


def _is_without(dimension: Dimension) -> str:
    return "pageviews = 0" if dimension.kind == "page" else f"{dimension.column} IS NULL"


def _contains_match(filter: Filter, index: int) -> str:
    column, match = filter.dimension.column, _match_condition(filter, index, "x")
    if filter.dimension.kind == "page":
        return f"len(list_filter({column}, lambda x, i: page_views[i] > 0 AND {match})) > 0"
    return f"len(list_filter(coalesce(json_keys({column}), []), lambda x: {match})) > 0"


def _match_condition(filter: Filter, index: int, x: str) -> str:
    return f"({filter.operator.sql.format(x=x, values=f'$filter{index}')})"


def _sign_condition(filter: Filter, condition: str) -> str:
    return f"NOT {condition}" if filter.operator.is_negative else condition
