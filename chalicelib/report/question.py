"""The parameters of a report as one value. What cannot be understood is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chalicelib.model import spans
from chalicelib.model.comparing import find_previous, find_year_before, match_weekday
from chalicelib.model.principal import Locked
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import Span
from chalicelib.query import filters
from chalicelib.query.filters import Filter
from chalicelib.query.scope import Bots
from chalicelib.report.parameters import (
    BOTS,
    COMPARE,
    COMPARE_FROM,
    COMPARE_TO,
    DEFAULT_RANGE,
    FILTER,
    FROM,
    LISTED,
    LONGEST_VALUE,
    MATCH_WEEKDAY,
    MOST_FILTERS,
    RANGE,
    SITE,
    THEN,
    TO,
    TOP,
    TZ,
    Parameter,
    Parameters,
    is_text,
)

T = TypeVar("T")
NOTHING_LOCKED = Locked()


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked. `span` is None for all time, until the first event is known; where
    there is `visible`, the first of the sessions that it keeps. `compared` is the other span whose
    figures are asked for. `question[LIMIT]` is the value of a parameter of the report."""

    tz: ZoneInfo
    span: Span | None
    compared: Span | None
    filters: tuple[Filter, ...]
    visible: tuple[Filter, ...]
    values: Mapping[str, Any]

    def __getitem__(self, parameter: Parameter[T]) -> T:
        value: T = self.values.get(parameter.name, parameter.default)
        return value

    @property
    def bots(self) -> Bots:
        """Whether bots are counted, too, or alone."""
        return self[BOTS]


def read_question(
    name: str,
    parameters: Parameters,
    given: Sequence[tuple[str, str]],
    site: Site,
    now_ms: int,
    locked: Locked = NOTHING_LOCKED,
) -> Question:
    """What is asked of the report `name`, which has these parameters. Refusal 400 names the
    parameter at fault.

    Filters that are `locked` come on top: what may be sent is limited, they are not.
    """
    texts = _read_texts(name, parameters, given)
    single = {name: all_[0] for name, all_ in texts.items() if name != FILTER.name}
    if not single.get(SITE.name):
        raise refuse_parameter(SITE.name, "is required")
    tz = _read(TZ.name, single.get(TZ.name, site.time_zone), spans.find_zone)
    if len(texts.get(FILTER.name, ())) > MOST_FILTERS:
        raise refuse_parameter(FILTER.name, f"must not be given more than {MOST_FILTERS} times")
    asked, own, people = (
        tuple(_read(FILTER.name, text, filters.parse_filter) for text in some)
        for some in (texts.get(FILTER.name, ()), locked.own, locked.people)
    )
    span = _read_span(single, tz, now_ms)
    values = {
        parameter.name: _read(parameter.name, single.get(parameter.name, ""), parameter.read)
        if parameter.name in single or parameter.is_required
        else parameter.default
        for parameter in parameters
    }
    _refuse_bots_unasked(values, asked)
    compared = _read_compared(single, span, tz, now_ms)
    visible = (*own, *people) if own else ()
    return Question(tz, span, compared, (*asked, *own, *people), visible, values)


def _read_texts(
    name: str, parameters: Parameters, given: Sequence[tuple[str, str]]
) -> dict[str, list[str]]:
    """What is given of each parameter, one text but for filters."""
    known, texts = {parameter.name for parameter in parameters}, dict[str, list[str]]()
    for key, value in given:
        if key not in known:
            raise refuse_parameter(key, f"is not a parameter of {name}")
        if len(value) > LONGEST_VALUE:
            raise refuse_parameter(key, f"must not be longer than {LONGEST_VALUE} characters")
        if not is_text(value):
            raise refuse_parameter(key, "must be text that UTF-8 can hold")
        if key in texts and key != FILTER.name:
            raise refuse_parameter(key, "must be given once")
        texts.setdefault(key, []).append(value)
    return texts


def _read(key: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise refuse_parameter(key, str(error)) from error


def _read_span(single: Mapping[str, str], tz: ZoneInfo, now_ms: int) -> Span | None:
    named = {FROM.name, TO.name} & single.keys()
    if not named:
        name = _read(RANGE.name, single.get(RANGE.name, RANGE.default), RANGE.read)
        return None if name == "all" else spans.span_of_range(name, tz, now_ms)
    if RANGE.name in single:
        raise refuse_parameter(RANGE.name, "must not be given together with from or to")
    return _read_ends(single, FROM.name, TO.name, tz, now_ms)


def _read_ends(single: Mapping[str, str], first: str, last: str, tz: ZoneInfo, now_ms: int) -> Span:
    """The span between the values of two parameters; now where the last is not given."""
    if first not in single:
        raise refuse_parameter(first, f"is required with {last}")
    from_ms = _read(first, single[first], lambda text: spans.read_instant(text, tz))
    to_ms = now_ms
    if last in single:
        to_ms = _read(last, single[last], lambda text: spans.read_instant(text, tz))
    if to_ms <= from_ms:
        at_fault = last if last in single else first
        raise refuse_parameter(at_fault, f"makes the span empty: {last} must be later than {first}")
    return Span(from_ms, to_ms)


def _read_compared(
    single: Mapping[str, str], span: Span | None, tz: ZoneInfo, now_ms: int
) -> Span | None:
    """The span that is compared with; None without one, and for all time."""
    how = _read(COMPARE.name, single[COMPARE.name], COMPARE.read) if COMPARE.name in single else ""
    given = {COMPARE_FROM.name, COMPARE_TO.name} & single.keys()
    if len(given) == 1 or (given and how):
        problem = "must be given with compare_from and compare_to, or compare, not both"
        raise refuse_parameter(given.pop(), problem)
    moves = _read(
        MATCH_WEEKDAY.name,
        single.get(MATCH_WEEKDAY.name, MATCH_WEEKDAY.schema["default"]),
        MATCH_WEEKDAY.read,
    )
    if not how and not given:
        if moves:
            raise refuse_parameter(MATCH_WEEKDAY.name, "needs compare or compare_from")
        return None
    if given:
        compared = _read_ends(single, COMPARE_FROM.name, COMPARE_TO.name, tz, now_ms)
    if span is None:
        return None
    if how == "year":
        compared = find_year_before(span, tz, now_ms)
    elif how == "previous":
        named = "" if FROM.name in single else single.get(RANGE.name, DEFAULT_RANGE)
        compared = find_previous(span, named, tz, now_ms)
    return match_weekday(compared, span, tz) if moves else compared


def _refuse_bots_unasked(values: Mapping[str, Any], asked: Sequence[Filter]) -> None:
    """The reasons of bots are asked for only where bots are counted."""
    named = {filter.dimension.id for filter in asked}
    listed = [values.get(LISTED.name), values.get(THEN.name), *(values.get(TOP.name) or ())]
    named |= {dimension.id for dimension in listed if dimension}
    if "bot" in named and values.get(BOTS.name) == "exclude":
        raise refuse_parameter(BOTS.name, "must be include or only for the dimension bot")


def refuse_parameter(field: str, message: str) -> Refusal:
    """The refusal of a parameter, to be raised."""
    return Refusal(400, "bad_request", f"{field} {message}", field)
