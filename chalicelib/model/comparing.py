"""The span that a span is compared with: wall clocks shown the same, a period or a year earlier."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.model.spans import DAY_MS, RANGES, Span, epoch_ms, local_time

WEEK = 7


def find_previous(span: Span, named: str, tz: ZoneInfo, now_ms: int) -> Span:
    """The span before one of a named range (empty: of one given by its ends). Days of a range
    begin as many local days earlier and end at the same local time, its last 24 hours are compared
    with those before; other spans with as many milliseconds just before."""
    days = (RANGES[named] or 0) + 1 if named else 0
    if not named:
        return span.previous(now_ms)
    if named == "24h":
        return Span(span.from_ms - DAY_MS, span.to_ms - DAY_MS)
    return _move_days(span, tz, days)


def find_year_before(span: Span, tz: ZoneInfo, now_ms: int) -> Span:
    """Both ends, the end that of now at most, on the same date and time of the year before."""
    start, end = (_year_before(at, tz) for at in (span.from_ms, min(span.to_ms, now_ms)))
    return Span(start, max(start, end))


def match_weekday(compared: Span, span: Span, tz: ZoneInfo) -> Span:
    """The compared span as many local days back, up to six, as make it begin on the weekday on
    which the span does."""
    first, shown = (local_time(one.from_ms, tz).weekday() for one in (compared, span))
    return _move_days(compared, tz, (first - shown) % WEEK)


def _move_days(span: Span, tz: ZoneInfo, days: int) -> Span:
    start, end = (_same_time(at, tz, timedelta(days=days)) for at in (span.from_ms, span.to_ms))
    return Span(start, max(start, end))


def _same_time(at_ms: int, tz: ZoneInfo, back: timedelta) -> int:
    shown = local_time(at_ms, tz).replace(tzinfo=None)
    return find_local(shown - back, tz)


def _year_before(at_ms: int, tz: ZoneInfo) -> int:
    shown = local_time(at_ms, tz).replace(tzinfo=None)
    if (shown.month, shown.day) == (2, 29):
        shown -= timedelta(days=1)
    return find_local(shown.replace(year=shown.year - 1), tz)


def find_local(shown: datetime, tz: ZoneInfo) -> int:
    """Epoch milliseconds of the moment at which a zone's wall clock shows this: the first of two,
    and the first after it where the clock skips it."""
    first = shown.replace(tzinfo=tz, fold=0)
    at_ms = epoch_ms(first)
    if local_time(at_ms, tz).replace(tzinfo=None) == shown:
        return at_ms
    return _end_of_gap(shown, tz)


def _end_of_gap(shown: datetime, tz: ZoneInfo) -> int:
    """The moment at which the clock jumps over `shown`: between the two that its offsets before
    and after the jump make of it."""
    low, high = sorted(epoch_ms(shown.replace(tzinfo=tz, fold=fold)) for fold in (0, 1))
    before = local_time(low, tz).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if local_time(middle, tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
