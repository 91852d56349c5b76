"""The vocabulary as the dashboard imports it: `make vocabulary` writes the file anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from chalicelib.query.dimensions import BESIDE, DIMENSIONS, FLAGS, ON_OVERVIEW, Group
from chalicelib.query.operators import DATA_OPERATORS, OPERATORS
from chalicelib.query.vocabulary import METRICS, USER_METRICS

TARGET = Path(__file__).parents[1] / "dashboard_site" / "src" / "api" / "vocabulary.ts"
MOST_LETTERS = 80


def write_module() -> str:
    """The text of a TypeScript module: what narrows, what the trend has, the dimensions by what
    they speak of, and by which number their lists are ranked."""
    operators, more = ([operator.id for operator in every] for every in (OPERATORS, DATA_OPERATORS))
    metrics = [metric.id for metric in METRICS if metric.id in USER_METRICS]
    groups, beside = (
        {
            group: [dimension.id for dimension in dimensions if dimension.group == group]
            for group in get_args(Group)
        }
        for dimensions in (ON_OVERVIEW, BESIDE)
    )
    ranked = [
        f"  {dimension.id}: {json.dumps(dimension.ranked_by)},"
        for dimension in DIMENSIONS
        if dimension.ranked_by != "sessions"
    ]
    lines = [
        "// Made by `make vocabulary` from chalicelib/query/vocabulary.py.",
        f"export const OPERATORS = {_write_list(operators)} as const;",
        "/** For the data of an event, besides all others. */",
        f"export const DATA_OPERATORS = {_write_list(more)} as const;",
        "/** What a session is or is not: `true` or `false`. */",
        f"export const FLAGS = {_write_list([flag.id for flag in FLAGS])} as const;",
        "/** What the trend counts. */",
        f"export const METRICS = {_write_list(metrics)} as const;",
        "/** Dimensions that `stats` lists unless asked for others, by what they speak of. */",
        "export const GROUPS = {",
        *(f"  {group}: {_write_list(dimensions)}," for group, dimensions in groups.items()),
        "} as const;",
        "/** The others. */",
        "export const BESIDE = {",
        *(f"  {group}: {_write_list(dimensions)}," for group, dimensions in beside.items()),
        "} as const;",
        "/** The number that a list is ranked by, where it is not sessions. */",
        'export const RANKED_BY: Record<string, "pageviews" | "count"> = {',
        *ranked,
        "};",
        "",
        "export type Operator = (typeof OPERATORS)[number];",
        "export type DataOperator = Operator | (typeof DATA_OPERATORS)[number];",
        "export type Flag = (typeof FLAGS)[number];",
        "export type Metric = (typeof METRICS)[number];",
        "export type Dimension = (typeof GROUPS)[keyof typeof GROUPS][number]"
        " | (typeof BESIDE)[keyof typeof BESIDE][number];",
    ]
    return "\n".join(lines) + "\n"


def _write_list(names: Sequence[str]) -> str:
    """On one line, or where that would be too long for the formatter on one each."""
    if len(line := json.dumps(list(names))) <= MOST_LETTERS:
        return line
    return "".join(["[\n", *(f"  {json.dumps(name)},\n" for name in names), "]"])


if __name__ == "__main__":
    TARGET.write_text(write_module(), "utf-8")
