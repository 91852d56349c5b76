"""A report is a value: its name, its parameters, how it is answered, what its answer looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.engine.answers import SnapshotAnswers
from chalicelib.engine.cursor import Answer
from chalicelib.model.schemas import Json
from chalicelib.model.site import Site
from chalicelib.model.spans import Buckets, Span
from chalicelib.query import compile
from chalicelib.query.dimensions import Dimension
from chalicelib.query.scope import Scope
from chalicelib.report.parameters import Parameters
from chalicelib.report.question import Question


@dataclass(frozen=True, slots=True)
class Context:
    """A question with its span known, and where its answer comes from."""

    question: Question
    span: Span
    site: Site
    now_ms: int
    answers: SnapshotAnswers
    partial: Sequence[str]

    def scope(self, span: Span) -> Scope:
        """The sessions of a span, cut at its edges. All time has no first edge: what a locked
        reader may see begins on a day that others' sessions may reach into, and what such a day
        leaves of one is no session of theirs."""
        counted = span if self.question.span else Span(0, span.to_ms)
        return Scope(counted, self.question.filters, self.question.bots)

    def meta(self, buckets: Buckets, compared: Span | None = None) -> Json:
        """What every answer about a span says of itself, and of the span it compares with."""
        return {
            "site": self.site.id,
            "tz": self.question.tz.key,
            "from": self.span.from_ms,
            "to": self.span.to_ms,
            "bucket": buckets.size,
            "unfinished": buckets.end_ms > self.now_ms,
            "generated_at": self.now_ms,
            "partial": list(self.partial),
            "compared": {"from": compared.from_ms, "to": compared.to_ms} if compared else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """`schemas` are those of its answer, the answer's own first, by name. Where a report is not
    asked about a span, `span_at` tells it from now (epoch ms)."""

    name: str
    summary: str
    parameters: Parameters
    answer: Callable[[Context], Json]
    schemas: Mapping[str, Json]
    span_at: Callable[[int], Span] | None = None


def name_fields(dimension: Dimension, metrics: Sequence[str], answer: Answer) -> list[Json]:
    """The rows of a list as objects."""
    names = compile.row_fields(dimension, metrics)
    return [dict(zip(names, row, strict=True)) for row in answer]
