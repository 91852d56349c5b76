"""Logs: one JSON object a line, and nothing in it that a visitor sent.

The message of an exception may quote what it choked on, so it is left out: its type and the
lines it passed through tell where to look. What else a line says is stated by whoever logs it.
"""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

MAX_VALUE = 200
OURS = ("chalicelib", "footfall")
"""Loggers of which information is written too; of libraries warnings alone."""
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line: level, message, where it was logged, and its `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line break whatever the values hold."""
        stated = {k: v for k, v in vars(record).items() if k not in _OF_EVERY_RECORD}
        line: dict[str, object] = {
            "level": record.levelname,
            "message": record.getMessage()[:MAX_VALUE],
            "logger": record.name,
            **{name: _make_scalar(value) for name, value in stated.items()},
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["passed"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(line, ensure_ascii=True)


def _make_scalar(value: object) -> object:
    return value if isinstance(value, int | float | bool | None) else str(value)[:MAX_VALUE]


def configure() -> None:
    """Have every log line of the process written so. Lambda's own handler is kept and told how."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
    for handler in root.handlers:
        handler.setFormatter(JsonLines())
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
