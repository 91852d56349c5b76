"""The parameters of a report as one value. What cannot be understood is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chalicelib.model import spans
from chalicelib.model.principal import Locked
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import Span
from chalicelib.query import filters
from chalicelib.query.filters import Filter
from chalicelib.query.scope import Bots
from chalicelib.report.parameters import (
    BOTS,
    FILTER,
    FROM,
    LONGEST_VALUE,
    MOST_FILTERS,
    RANGE,
    SITE,
    TO,
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
    there is `visible`, the first of the sessions that it keeps. `question[LIMIT]` is the value of
    a parameter of the report."""

    tz: ZoneInfo
    span: Span | None
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
        raise _refuse_parameter(SITE.name, "is required")
    tz = _read(TZ.name, single.get(TZ.name, site.time_zone), spans.find_zone)
    if len(texts.get(FILTER.name, ())) > MOST_FILTERS:
        raise _refuse_parameter(FILTER.name, f"must not be given more than {MOST_FILTERS} times")
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
    visible = (*own, *people) if own else ()
    return Question(tz, span, (*asked, *own, *people), visible, values)


def _read_texts(
    name: str, parameters: Parameters, given: Sequence[tuple[str, str]]
) -> dict[str, list[str]]:
    """What is given of each parameter, one text but for filters."""
    known, texts = {parameter.name for parameter in parameters}, dict[str, list[str]]()
    for key, value in given:
        if key not in known:
            raise _refuse_parameter(key, f"is not a parameter of {name}")
        if len(value) > LONGEST_VALUE:
            raise _refuse_parameter(key, f"must not be longer than {LONGEST_VALUE} characters")
        if not is_text(value):
            raise _refuse_parameter(key, "must be text that UTF-8 can hold")
        if key in texts and key != FILTER.name:
            raise _refuse_parameter(key, "must be given once")
        texts.setdefault(key, []).append(value)
    return texts


def _read(key: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise _refuse_parameter(key, str(error)) from error


def _read_span(single: Mapping[str, str], tz: ZoneInfo, now_ms: int) -> Span | None:
    named = {FROM.name, TO.name} & single.keys()
    if not named:
        name = _read(RANGE.name, single.get(RANGE.name, RANGE.default), RANGE.read)
        return None if name == "all" else spans.span_of_range(name, tz, now_ms)
    if RANGE.name in single:
        raise _refuse_parameter(RANGE.name, "must not be given together with from or to")
    if FROM.name not in named:
        raise _refuse_parameter(FROM.name, "is required with to")
    from_ms = _read(FROM.name, single[FROM.name], lambda text: spans.read_instant(text, tz))
    to_ms = now_ms
    if TO.name in named:
        to_ms = _read(TO.name, single[TO.name], lambda text: spans.read_instant(text, tz))
    if to_ms <= from_ms:
        at_fault = TO.name if TO.name in named else FROM.name
        raise _refuse_parameter(at_fault, "makes the span empty: to must be later than from")
    return Span(from_ms, to_ms)


def _refuse_parameter(field: str, message: str) -> Refusal:
    return Refusal(400, "bad_request", f"{field} {message}", field)
