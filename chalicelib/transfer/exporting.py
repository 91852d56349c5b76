"""Everything of a site out, as Parquet and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from chalicelib.model.spans import Span

FOREVER = Span(0, 2**53)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    events: int
    files: int
    partial: tuple[str, ...]


def save_file(found: Iterable[Mapping[str, object]], file: TextIO) -> Iterator[None]:
    for line in found:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        yield
