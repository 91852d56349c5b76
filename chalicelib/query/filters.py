"""`filter=dimension:operator:value` as a value, and its SQL, in which only names of ours stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.query.dimensions import DIMENSION, FLAG, Dimension, Flag
from chalicelib.query.match import (
    PAGE_KEY,
    Condition,
    Test,
    parse_event_match,
    parse_page_test,
    parse_test,
    split_unescaped,
)

UNKNOWN = "'(none)'"
HEAT = "heat"


@dataclass(frozen=True, slots=True)
class Filter:
    """Sessions are kept by a test of their values of a dimension; with `conditions` by one of
    single events, whose names the test has."""

    dimension: Dimension | Flag
    test: Test
    conditions: tuple[Condition, ...] = ()


def parse_filter(text: str) -> Filter:
    """The filter a parameter names. ValueError, worded for the caller, if there is none."""
    name, _, rest = text.partition(":")
    operator, colon, values = rest.partition(":")
    if not colon:
        raise ValueError("must be dimension:operator:value")
    if name in FLAG:
        return _parse_flag(FLAG[name], operator, values)
    if name not in DIMENSION:
        raise ValueError(f"dimension must be one of {', '.join((*DIMENSION, *FLAG))}")
    dimension = DIMENSION[name]
    if name == "event" and len(split_unescaped(values, "&")) > 1:
        return _parse_conditions(dimension, operator, values)
    parse = parse_page_test if dimension.is_path else parse_test
    return Filter(dimension, parse(operator, values))


def _parse_flag(flag: Flag, operator: str, values: str) -> Filter:
    if operator not in ("is", "is_not"):
        raise ValueError(f"operator of {flag.id} must be one of is, is_not")
    test = parse_test(operator, values)
    if not {*test.values} <= {"true", "false"}:
        raise ValueError(f"{flag.id} must be true or false")
    return Filter(flag, test)


def _parse_conditions(dimension: Dimension, operator: str, values: str) -> Filter:
    if operator not in ("is", "is_not"):
        raise ValueError("operator before conditions (&) must be one of is, is_not")
    match = parse_event_match(values)
    return Filter(
        dimension, Test(parse_test(operator, "x").operator, match.names), match.conditions
    )


def sessions_kept(filters: Sequence[Filter]) -> str:
    """The SQL condition on a row of `session` that all filters keep it."""
    return (
        " AND ".join(_keep_condition(filter, index) for index, filter in enumerate(filters))
        or "true"
    )


def values_kept(filters: Sequence[Filter], dimension: Dimension, x: str) -> str:
    """The SQL condition that a value `x` of one dimension passes all filters of that dimension."""
    conditions = [
        _sign_condition(filter.test, _test_value(filter.test, f"$filter{index}", x))
        for index, filter in enumerate(filters)
        if filter.dimension == dimension
    ]
    return " AND ".join(conditions) or "true"


def bind_filters(filters: Sequence[Filter]) -> dict[str, object]:
    """The values of the filters under the names that the SQL knows them by."""
    return dict(pair for index, filter in enumerate(filters) for pair in _bind(filter, index))


def _bind(filter: Filter, index: int) -> Iterator[tuple[str, object]]:
    yield f"filter{index}", filter.test.bound
    if filter.conditions:
        for place, name in enumerate(filter.test.values):
            yield f"filter{index}_name{place}", json.dumps(name, ensure_ascii=False)
    for place, condition in enumerate(filter.conditions):
        yield f"filter{index}_{place}", condition.test.bound
        yield f"filter{index}_{place}_key", point_at(condition.key)


def point_at(key: str) -> str:
    """The JSON pointer (RFC 6901) to a key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _keep_condition(filter: Filter, index: int) -> str:
    dimension, test, values = filter.dimension, filter.test, f"$filter{index}"
    if filter.conditions:
        return _sign_condition(test, _contains_event(filter, index))
    if isinstance(dimension, Flag):
        return _sign_condition(test, _test_value(test, values, dimension.sql))
    if dimension.kind == "value":
        x = f"coalesce({dimension.column}, {UNKNOWN})"
        return _sign_condition(test, _test_value(test, values, x))
    unknown = f"{_is_without(dimension)} AND {_test_value(test, values, UNKNOWN)}"
    return _sign_condition(test, f"({unknown} OR {_contains_value(dimension, test, values)})")


def _is_without(dimension: Dimension) -> str:
    return "pageviews = 0" if dimension.kind == "page" else f"{dimension.column} IS NULL"


def _contains_value(dimension: Dimension, test: Test, values: str) -> str:
    column, tested = dimension.column, _test_value(test, values, "x")
    if dimension.kind == "page":
        views = dimension.counts[0][1]
        return f"len(list_filter({column}, lambda x, i: {views}[i] > 0 AND {tested})) > 0"
    return f"len(list_filter(coalesce(json_keys({column}), []), lambda x: {tested})) > 0"


def _contains_event(filter: Filter, index: int) -> str:
    """The condition that one event is of the names and holds all conditions. The data of `heat`
    has columns of its own."""
    names = [name for name in filter.test.values if name != HEAT]
    kinds = []
    if names:
        named = f"list_contains($filter{index}, name) AND name <> '{HEAT}'"
        page = f"coalesce(nullif(ev_path[i], ''), {UNKNOWN})"
        held = " AND ".join(_hold_conditions(filter, index, "ev_data[i]", page))
        found = f"len(list_filter(ev_type, lambda name, i: CASE WHEN {named} THEN {held} END)) > 0"
        kinds.append(f"CASE WHEN {_may_contain(filter, index)} THEN {found} END")
    if len(names) < len(filter.test.values):
        held = " AND ".join(_hold_conditions(filter, index, "data", "heat_pages[i]"))
        kinds.append(f"len(list_filter(coalesce(heat_data, []), lambda data, i: {held})) > 0")
    return f"coalesce({' OR '.join(kinds)}, false)"


def _may_contain(filter: Filter, index: int) -> str:
    """The condition that the tally of a session may have one of the names: most sessions have not,
    and CASE leaves their events alone (a million sessions: 4.5 s of CPU, so 1.6)."""
    return " OR ".join(
        f"contains(events, $filter{index}_name{place})"
        for place, _ in enumerate(filter.test.values)
    )


def _hold_conditions(filter: Filter, index: int, data: str, page: str) -> Iterator[str]:
    for place, condition in enumerate(filter.conditions):
        values, key = f"$filter{index}_{place}", f"$filter{index}_{place}_key"
        held = f"nullif({data}, '')"
        x = page if condition.key == PAGE_KEY else spell_value(held, key)
        type_ = "'VARCHAR'" if condition.key == PAGE_KEY else f"json_type({held}, {key})"
        tested = condition.test.operator.sql.format(x=x, values=values, type=type_)
        yield _sign_condition(condition.test, f"coalesce({tested}, false)")


def spell_value(data: str, key: str) -> str:
    """The SQL text of the value at a key: numbers without exponent, which JSON's readers write for
    those below 0.000001 (1.5e-7: 0.00000015)."""
    raw = f"json_extract_string({data}, {key})"
    sign, digits = (
        f"regexp_extract({raw}, '^-?')",
        f"replace(regexp_extract({raw}, '[0-9.]+'), '.', '')",
    )
    zeros = f"repeat('0', CAST(regexp_extract({raw}, '[0-9]+$') AS INTEGER) - 1)"
    is_small = f"contains({raw}, 'e-') AND json_type({data}, {key}) = 'DOUBLE'"
    return f"CASE WHEN {is_small} THEN {sign} || '0.' || {zeros} || {digits} ELSE {raw} END"


def _test_value(test: Test, values: str, x: str) -> str:
    tested = test.operator.sql.format(x=x, values=values, type="'VARCHAR'")
    return f"({tested})" if test.operator.finds_unknown else f"({x} <> {UNKNOWN} AND {tested})"


def _sign_condition(test: Test, condition: str) -> str:
    return f"NOT ({condition})" if test.operator.is_negative else condition
