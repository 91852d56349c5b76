"""Sealed history as a table of Amazon Athena, and the questions about it in its SQL.

For spans with more sessions than one Lambda answers (infra/GROWTH.md). Everything here makes text;
`python -m infra.athena` puts it where it belongs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from chalicelib.model.columns import ATTRIBUTES, COLUMNS
from chalicelib.model.event_types import BUILT_IN
from chalicelib.model.manifest import Manifest
from chalicelib.model.sealing import live_files
from chalicelib.model.spans import Span
from chalicelib.query.dimensions import DIMENSION, DIMENSIONS

QUESTIONS = ("totals", "trend", "values", "pages", "flow")
ONE_VALUED = tuple(dimension.id for dimension in DIMENSIONS if dimension.kind == "value")
"""The dimensions that `values` lists."""


class NotReady(Exception):
    """The files are not what Athena may be given; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: a span, days of an IANA zone, and what `values` and `flow` need."""

    site: str
    span: Span
    zone: str = "UTC"
    dimension: str = "source"
    steps: int = 4
    limit: int = 7


def table(site: str, bucket: str) -> str:
    """The command that registers a site's table; it needs to be run once."""
    columns = ",\n".join(f"    `{name}` {_spell_type(type_)}" for name, type_ in COLUMNS.items())
    location = f"s3://{bucket}/{folder(site)}"
    return _text("table").format(table=_table(site), columns=columns, location=location)


_TYPES = {
    "UBIGINT": "bigint",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
}


def _spell_type(type_: str) -> str:
    """A type of a row's column as Athena has it."""
    element = _TYPES[type_.removesuffix("[]")]
    return f"array<{element}>" if type_.endswith("[]") else element


def folder(site: str) -> str:
    """The prefix in the data bucket under which the list of live files lies."""
    return f"athena/{site}/"


def file_list(manifest: Manifest, bucket: str, now_ms: int) -> str:
    """The live files, a line each, as SymlinkTextInputFormat reads them.

    Raises NotReady without one, and where a file still holds what was erased since it was made.
    """
    files = live_files(manifest, now_ms)
    if not files:
        raise NotReady("nothing is sealed yet")
    stale = sum(file.erasures < len(manifest.erased) for file in files)
    if stale:
        raise NotReady(
            f"{stale} files still hold what was erased; maintenance rewrites them every hour"
        )
    return "".join(f"s3://{bucket}/{file.key}\n" for file in files)


def question(name: str, asked: Asked) -> str:
    """One of QUESTIONS as Athena SQL. All values must have been checked: they become text."""
    return "\n".join(_text(part) for part in ("sessions", name)).format(
        table=_table(asked.site),
        from_ms=asked.span.from_ms,
        to_ms=asked.span.to_ms,
        zone=asked.zone,
        column=DIMENSION[asked.dimension].column,
        steps=asked.steps,
        limit=asked.limit,
        built_in=", ".join(f"'{name}'" for name in sorted(BUILT_IN)),
        attributes=", ".join(ATTRIBUTES),
        known_attributes=", ".join(f"coalesce({name}, '')" for name in ATTRIBUTES),
        first_attributes=", ".join(
            f"max(CASE WHEN n = 1 THEN {name} END) AS {name}" for name in ATTRIBUTES
        ),
    )


def _table(site: str) -> str:
    """A site's id has hyphens and no underscore, Athena's names the other way round."""
    return f"footfall_{site.replace('-', '_')}"


def _text(name: str) -> str:
    """The text of a file beside this module, without its comments."""
    content = Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
    return re.sub(r"^--.*\n", "", content, flags=re.MULTILINE).strip()
