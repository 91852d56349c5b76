"""The report `properties`: what the events of one name say."""

from __future__ import annotations

from typing import Any

from chalicelib.engine.cursor import Answer
from chalicelib.model import spans
from chalicelib.model.schemas import COUNT, NUMBER, TEXT, Json, choice, closed, many, or_null, ref
from chalicelib.query.properties import KINDS, query_property_keys, query_property_values
from chalicelib.report.parameters import EVENT, KEY, LIMIT, SPANNED
from chalicelib.report.report import Context, Report

FIGURES = ("sum", "min", "max", "p50", "p90")


def answer_properties(context: Context) -> Json:
    """The keys of an event's data; with `key` the values at that key."""
    question = context.question
    event, key, limit = question[EVENT], question[KEY], question[LIMIT]
    meta = context.meta(spans.cut_buckets(context.span, question.tz))
    scope = context.scope(context.span)
    if not key:
        [found] = context.answers.ask(scope, [query_property_keys(event, limit)])
        return {"meta": meta, "event": event, **_name_keys(found)}
    [found] = context.answers.ask(scope, [query_property_values(event, key, limit)])
    return {"meta": meta, "event": event, "key": key, **_name_values(found)}


def _name_keys(found: Answer) -> Json:
    [(_, count, *_), *keys] = found
    return {
        "count": count,
        "keys": [
            {
                "key": key,
                "count": n,
                "values": values,
                "types": {"text": texts, "number": numbers, "boolean": booleans},
            }
            for key, n, values, texts, numbers, booleans in keys
        ],
    }


def _name_values(found: Answer) -> Json:
    rows = [row for part, *row in found if part == "row"]
    parts: dict[str, list[Any]] = {part: row for part, *row in found if part != "row"}
    _, _, missing, *_ = parts.get("missing", [None, None, 0])
    other = {"values": parts["other"][3], "count": parts["other"][2]} if "other" in parts else None
    numbers = None
    if "numbers" in parts:
        _, _, count, _, figures = parts["numbers"]
        numbers = {"count": count, **dict(zip(FIGURES, figures, strict=True))}
    listed = sum(n for _, _, n, *_ in rows)
    return {
        "count": missing + listed + (other["count"] if other else 0),
        "missing": missing,
        "rows": [
            {"id": value, "type": kind, "count": n, "sessions": sessions}
            for value, kind, n, sessions, _ in rows
        ],
        "other": other,
        "numbers": numbers,
    }


PROPERTIES = Report(
    "properties",
    "What the events of one name say: the keys of their data, or the values at one key",
    (*SPANNED, LIMIT, EVENT, KEY),
    answer_properties,
    {
        "Properties": {"anyOf": [ref("PropertyKeys"), ref("PropertyValues")]},
        "PropertyKeys": closed(
            {
                "meta": ref("Meta"),
                "event": TEXT,
                "count": {**COUNT, "description": "events of that name"},
                "keys": many(
                    closed(
                        {
                            "key": TEXT,
                            "count": {**COUNT, "description": "events that have it"},
                            "values": {**COUNT, "description": "distinct values and types"},
                            "types": closed(dict.fromkeys(KINDS.values(), COUNT)),
                        }
                    )
                ),
            }
        ),
        "PropertyValues": closed(
            {
                "meta": ref("Meta"),
                "event": TEXT,
                "key": TEXT,
                "count": {**COUNT, "description": "events of that name"},
                "missing": {**COUNT, "description": "those without the key"},
                "rows": many(
                    closed(
                        {
                            "id": {**TEXT, "description": "numbers in their shortest decimal"},
                            "type": choice(*dict.fromkeys(KINDS.values())),
                            "count": COUNT,
                            "sessions": COUNT,
                        }
                    )
                ),
                "other": or_null(closed({"values": COUNT, "count": COUNT})),
                "numbers": or_null(closed({"count": COUNT, **dict.fromkeys(FIGURES, NUMBER)})),
            }
        ),
    },
)
