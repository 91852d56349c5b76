"""Half-open spans of time in epoch milliseconds, and the buckets an axis cuts them into.

A span is `[from_ms, to_ms)`. Buckets follow the wall clock of a zone: a day has 23, 24 or 25
hours, an hour in Kathmandu starts at :15 UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR_MS = 3_600_000

DAY_MS = 24 * HOUR_MS

QUARTER_MS = HOUR_MS // 4
"""Every zone's offset since 1972 is a multiple of this."""

BucketSize = Literal["hour", "day", "week", "month"]

RANGES = {"24h": 0, "7d": 6, "30d": 29, "all": None}
"""The named ranges; for those in days, how many days before today they start."""

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Reports know no time outside these."""

LATEST_MS = 7_258_118_400_000


@dataclass(frozen=True, slots=True)
class Span:
    """`[from_ms, to_ms)` in epoch milliseconds."""

    from_ms: int
    to_ms: int

    def previous(self, now_ms: int) -> Span:
        """The span of equal length just before, cut at the same elapsed moment if this one is
        not over."""
        start = self.from_ms - (self.to_ms - self.from_ms)
        if self.to_ms > now_ms:
            return Span(start, max(start, start + now_ms - self.from_ms))
        return Span(start, self.from_ms)


@dataclass(frozen=True, slots=True)
class Buckets:
    """The intervals of an axis: `starts` are local starts, the first may lie before the span;
    `end_ms` is where the last whole bucket ends, maybe after the span."""

    size: BucketSize
    starts: tuple[int, ...]
    end_ms: int

    def index(self, at_ms: int) -> int:
        """Which bucket an instant inside the span lies in."""
        return bisect_right(self.starts, at_ms) - 1


NO_PLACES = ("localtime", "posixrules")
"""Files of a system's zone database that are no zone. Its folders repeat all, with leap seconds."""


def find_zone(name: str) -> ZoneInfo:
    """The IANA zone of this name; ValueError if there is none."""
    try:
        if name in NO_PLACES or name.startswith(("posix/", "right/")):
            raise ValueError(name)
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone") from error


def read_instant(text: str, tz: ZoneInfo) -> int:
    """Epoch milliseconds of an ISO 8601 instant, or of a date's first moment in `tz`.

    ValueError, worded for the caller, if it is neither or outside 1970 to 2200.
    """
    try:
        moment = _read_moment(text, tz)
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a date or an ISO 8601 instant with its offset or Z") from error
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("must lie between 1970 and 2200")
    return epoch_ms(moment)


def span_of_day(text: str, tz: ZoneInfo) -> Span:
    """The span of one local day, given as an ISO date; ValueError as of `instant`."""
    if len(text) != 10:
        raise ValueError("must be a date")
    start = read_instant(text, tz)
    return Span(start, _find_midnight(local_time(start, tz).date() + timedelta(days=1), tz))


def span_of_range(name: str, tz: ZoneInfo, now_ms: int, first_ms: int | None = None) -> Span:
    """The span of `24h`, `7d`, `30d` or `all`, which ends now. `first_ms` is the first event's
    time, needed for `all`: None if there is none yet."""
    now = local_time(now_ms, tz)
    if name == "24h":
        start = _start_of_hour(now_ms, tz)
        for _ in range(23):
            start = _start_of_hour(start - 1, tz)
        return Span(start, now_ms)
    days = RANGES[name]
    if days is None:
        first = now if first_ms is None else local_time(min(first_ms, now_ms), tz)
        return Span(_find_midnight(first.date(), tz), now_ms)
    return Span(_find_midnight(now.date() - timedelta(days=days), tz), now_ms)


def cut_buckets(span: Span, tz: ZoneInfo, size: BucketSize | None = None) -> Buckets:
    """The buckets that a span touches, in order; as long as the span asks for, if not told. The
    one it begins in is always there: at midnight, all that a new site has is an empty span."""
    size = size or _choose_size(span, tz)
    starts: list[int] = []
    for start in _list_starts(size, span.from_ms, tz):
        if starts and start >= span.to_ms:
            return Buckets(size, tuple(starts), start)
        if start not in starts[-1:]:  # Samoa's clock skipped the whole of 30 December 2011
            starts.append(start)
    raise AssertionError("buckets never end")


def local_time(at_ms: int, tz: ZoneInfo) -> datetime:
    """An instant on the wall clock of a zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(tz)


def _read_moment(text: str, tz: ZoneInfo) -> datetime:
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(), tz)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not text.isascii():
        raise ValueError(text)
    return moment


def _choose_size(span: Span, tz: ZoneInfo) -> BucketSize:
    """Up to 48 elapsed hours by hour; then by the calendar: 92 days, two years."""
    if span.to_ms - span.from_ms <= 48 * HOUR_MS:
        return "hour"
    start, end = (local_time(ms, tz).replace(tzinfo=None) for ms in (span.from_ms, span.to_ms))
    if end - start <= timedelta(days=92):
        return "day"
    return "week" if end <= _two_years_after(start) else "month"


def _two_years_after(start: datetime) -> datetime:
    if (start.month, start.day) == (2, 29):
        return start.replace(year=start.year + 2, month=3, day=1)
    return start.replace(year=start.year + 2)


def _list_starts(size: BucketSize, from_ms: int, tz: ZoneInfo) -> Iterator[int]:
    if size == "hour":
        return _list_hours(from_ms, tz)
    return (_find_midnight(day, tz) for day in _list_days(size, local_time(from_ms, tz).date()))


def _list_days(size: BucketSize, day: date) -> Iterator[date]:
    if size == "month":
        months = day.year * 12 + day.month - 1
        while True:
            yield date(months // 12, months % 12 + 1, 1)
            months += 1
    step = 7 if size == "week" else 1
    day -= timedelta(days=day.weekday() if size == "week" else 0)
    while True:
        yield day
        day += timedelta(days=step)


def _list_hours(from_ms: int, tz: ZoneInfo) -> Iterator[int]:
    start = _start_of_hour(from_ms, tz)
    while True:
        yield start
        start += QUARTER_MS
        while not _starts_hour(start, tz):
            start += QUARTER_MS


def _start_of_hour(at_ms: int, tz: ZoneInfo) -> int:
    """The start of the local hour that an instant lies in."""
    start = at_ms - at_ms % QUARTER_MS
    while not _starts_hour(start, tz):
        start -= QUARTER_MS
    return start


def _starts_hour(at_ms: int, tz: ZoneInfo) -> bool:
    """Whether the wall clock shows a full hour, or has just jumped into another one
    (Lord Howe's clock goes from 2:00 to 2:30)."""
    here, before = local_time(at_ms, tz), local_time(at_ms - QUARTER_MS, tz)
    return here.minute < 15 or here.hour != before.hour


def _find_midnight(day: date, tz: ZoneInfo) -> int:
    """The first instant of a local day; where the clock skips midnight, the moment it skips."""
    return epoch_ms(datetime.combine(day, time(), tz))


def epoch_ms(moment: datetime) -> int:
    """The epoch milliseconds of a moment with its zone."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def list_days(first_ms: int, last_ms: int, time_zone: str) -> list[str]:
    """Every local date from one moment to another, both included."""
    place = find_zone(time_zone)
    first, last = (local_time(at_ms, place).date().toordinal() for at_ms in (first_ms, last_ms))
    return [date.fromordinal(day).isoformat() for day in range(first, last + 1)]
