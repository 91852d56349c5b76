"""The report `sankey`: how visitors go from page to page."""

from __future__ import annotations

from chalicelib.engine.cursor import Answer
from chalicelib.model import spans
from chalicelib.model.schemas import COUNT, TEXT, Json, closed, many, ref
from chalicelib.query import compile
from chalicelib.report.parameters import BY_SOURCE, NODES, ROW_METRICS_ASKED, SPANNED, STEPS
from chalicelib.report.report import Context, Report


def answer_flow(context: Context) -> Json:
    """Nodes and links by step, and the sessions that the flow begins with."""
    question = context.question
    by_source = question[BY_SOURCE]
    query = compile.query_flow(question[STEPS], question[NODES], by_source)
    [links] = context.answers.ask(context.scope(context.span), [query])
    first = 0 if by_source else 1
    return {
        "meta": context.meta(spans.cut_buckets(context.span, question.tz)),
        "nodes": _list_nodes(links),
        "links": [
            {"source": f"{step}|{source}", "target": f"{step + 1}|{target}", "value": value}
            for step, source, target, value in links
        ],
        "sessions": sum(value for step, _, _, value in links if step == first),
    }


def _list_nodes(links: Answer) -> list[Json]:
    """Nodes by step, the largest first, `(other)` and `(exit)` last."""
    flow: dict[tuple[int, str], list[int]] = {}
    for step, source, target, value in links:
        flow.setdefault((step, source), [0, 0])[1] += value
        flow.setdefault((step + 1, target), [0, 0])[0] += value
    last = ("(other)", "(exit)")

    def place(node: tuple[int, str]) -> tuple[int, int, int, str]:
        step, label = node
        return step, last.index(label) if label in last else -1, -max(flow[node]), label

    return [
        {"id": f"{step}|{label}", "step": step, "label": label}
        for step, label in sorted(flow, key=place)
    ]


SANKEY = Report(
    "sankey",
    "The flow of sessions, step by step",
    (*SPANNED, NODES, ROW_METRICS_ASKED, STEPS, BY_SOURCE),
    answer_flow,
    {
        "Sankey": closed(
            {
                "meta": ref("Meta"),
                "nodes": many(closed({"id": TEXT, "step": COUNT, "label": TEXT})),
                "links": many(closed({"source": TEXT, "target": TEXT, "value": COUNT})),
                "sessions": COUNT,
            }
        )
    },
)
