"""Lines of JSON or CSV files, and what is wrong with one."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chalicelib.model.refusal import Refusal


def read_hits(path: Path) -> Iterator[Hit]:
    """The events of a `.csv` file, or of a file with one JSON object a line.

    Raises `Refusal` 400 with the number of a line that is none.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            yield from _read_rows(csv.DictReader(file))
        else:
            yield from (_read_object(n, line) for n, line in enumerate(file, 1) if line.strip())


def _read_rows(table: csv.DictReader[str]) -> Iterator[Hit]:
    for row in table:
        if None in row:
            raise Refusal(400, "bad_import", f"line {table.line_num} has more values than columns")
        yield row


def _read_object(number: int, line: str) -> Hit:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal(400, "bad_import", f"line {number} is no JSON object")
    return value


Hit = Mapping[str, Any]
