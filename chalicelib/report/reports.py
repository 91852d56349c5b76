"""Report: a question runs over sealed history and tail, and its figures become an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.engine.answers import SnapshotAnswers
from chalicelib.engine.engine import Engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model import spans
from chalicelib.model.principal import Locked
from chalicelib.model.refusal import Refusal
from chalicelib.model.schemas import Json
from chalicelib.model.site import Site
from chalicelib.model.spans import Span
from chalicelib.query import compile
from chalicelib.query.scope import Scope
from chalicelib.report.breakdown import LIST
from chalicelib.report.flow import SANKEY
from chalicelib.report.properties import PROPERTIES
from chalicelib.report.question import NOTHING_LOCKED, Question, read_question
from chalicelib.report.realtime import REALTIME
from chalicelib.report.report import Context, Report
from chalicelib.report.stats import STATS
from chalicelib.report.timings import TIMINGS_REPORT

REPORTS: tuple[Report, ...] = (STATS, SANKEY, REALTIME, LIST, PROPERTIES, TIMINGS_REPORT)
REPORT = {report.name: report for report in REPORTS}

FindSnapshot = Callable[[Site, Sequence[Span], int], Snapshot]
"""From site, spans and now (epoch ms): what holds every event of those spans."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Answers reports from what `find_snapshot` finds."""

    find_snapshot: FindSnapshot
    engine: Engine

    def find(self, name: str) -> Report:
        """The report of that name. Raises Refusal 404 where there is none."""
        if name not in REPORT:
            raise Refusal(404, "not_found", f"Known reports are {', '.join(REPORT)}.")
        return REPORT[name]

    def answer(
        self,
        name: str,
        given: Sequence[tuple[str, str]],
        site: Site,
        now_ms: int,
        locked: Locked = NOTHING_LOCKED,
    ) -> Json:
        """The answer to the report of that name, as the API's contract has it.

        Filters that are `locked` narrow it beside those among the parameters given. Raises Refusal
        404 where there is no such report, 400 with the parameter's name for one that cannot be
        understood.
        """
        report = self.find(name)
        question = read_question(name, report.parameters, given, site, now_ms, locked)
        if report.span_at:
            question = replace(question, span=report.span_at(now_ms))
        snapshot = self.find_snapshot(site, _spans_to_read(question, now_ms), now_ms)
        with self.engine.open_answers(snapshot) as answers:
            span = question.span or _all_time(question, answers, now_ms)
            partial = snapshot.partial
            if question.visible:
                partial = _days_from(span, partial, site)
            return report.answer(Context(question, span, site, now_ms, answers, partial))


def _spans_to_read(question: Question, now_ms: int) -> list[Span]:
    span = question.span or Span(0, now_ms)
    return [span, question.compared] if question.compared else [span]


def _all_time(question: Question, answers: SnapshotAnswers, now_ms: int) -> Span:
    first_ms = _find_first_event(question, answers, now_ms)
    return spans.span_of_range("all", question.tz, now_ms, first_ms)


def _find_first_event(question: Question, answers: SnapshotAnswers, now_ms: int) -> int | None:
    """The first event of the site, or of what of it is visible: the rest must not show in when
    all time begins."""
    if not question.visible:
        return answers.first_event_ms(question.bots)
    scope = Scope(Span(0, now_ms), question.visible, question.bots)
    [[(first_ms,)]] = answers.ask(scope, [compile.first_start()])
    return None if first_ms is None else int(first_ms)


def _days_from(span: Span, days: Sequence[str], site: Site) -> list[str]:
    """The days, as dates where the site is, that do not end before the span begins."""
    first = spans.local_time(span.from_ms, spans.find_zone(site.time_zone)).date().isoformat()
    return [day for day in days if day >= first]
