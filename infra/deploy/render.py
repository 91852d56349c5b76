"""The edge and the API as they are deployed: with every scheduled function of the table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from infra.functions import SCHEDULED, Function

MARK = "  # Here stands scheduled.yaml, for each scheduled function (infra.deploy.render).\n\n"


def render_edge(root: Path, scheduled: Sequence[Function] = SCHEDULED) -> str:
    """`infra/edge.yaml` with the alarm of every scheduled function. Raises ValueError where it
    has no line for them."""
    edge = (root / "infra" / "edge.yaml").read_text("utf-8")
    before, after = edge.split(MARK)
    _, own = (root / "infra" / "scheduled.yaml").read_text("utf-8").split("\n", 1)
    alarms = (
        own % {"resource": each.resource, "name": each.name, "alarm": json.dumps(each.alarm)}
        for each in scheduled
    )
    return before + "".join(alarms) + after


def render_api(root: Path, scheduled: Sequence[Function] = SCHEDULED) -> str:
    """`infra/api.json` with the name of every scheduled function."""
    api = json.loads((root / "infra" / "api.json").read_text("utf-8"))
    for each in scheduled:
        name = {"Fn::Sub": each.name_in("${Stage}")}
        api["Resources"][each.resource] = {"Properties": {"FunctionName": name}}
    return json.dumps(api, indent=2) + "\n"


def write_edge(root: Path) -> Path:
    """The file in `build/` with what `render_edge` gives."""
    return _write(root / "build" / "edge.yaml", render_edge(root))


def write_api(root: Path) -> Path:
    """The file in `build/` with what `render_api` gives."""
    return _write(root / "build" / "api.json", render_api(root))


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file
