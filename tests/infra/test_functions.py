"""What templates, project and routes say of the functions is what their table says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load as load_template

import app
from infra.functions import APP, FUNCTIONS, MEMORY_MB, SCHEDULED, Function

ROOT = Path(__file__).parents[2]
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))


def template(name: str) -> Any:
    return load_template(str(ROOT / "infra" / name))


def texts(value: object) -> set[str]:
    """Every text in a template, those of `!Sub` too."""
    if isinstance(value, dict):
        return set().union(*map(texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    return {str(value)}


def test_the_chalice_project_has_these_functions_with_their_time_and_memory() -> None:
    stated = {name: own["lambda_timeout"] for name, own in CONFIG["lambda_functions"].items()}
    assert stated == {function.name: function.timeout_s for function in FUNCTIONS}
    assert CONFIG["lambda_memory_size"] == MEMORY_MB
    assert CONFIG["environment_variables"]["FUNCTION_MEMORY_MB"] == str(MEMORY_MB)


def test_the_app_schedules_them_and_runs_each_when_it_is_told_to() -> None:
    crons = {event.name: event.schedule_expression.to_string() for event in app.app.event_sources}
    assert crons == {f.name: f"cron({f.minute} * * * ? *)" for f in SCHEDULED}
    assert set(app.JOBS) == {function.name for function in SCHEDULED}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_each_has_its_role_its_log_its_name_and_its_alarm(function: Function) -> None:
    lasting, edge = template("template.yaml"), template("edge.yaml")
    name = function.name_in("${Stage}")
    assert function.role in lasting["Outputs"]
    assert f"/aws/lambda/{name}" in texts(lasting["Resources"])
    assert f"{APP}-${{Stage}}-{function.alarm}" in texts(edge["Resources"])
    api = json.loads((ROOT / "infra" / "api.json").read_text("utf-8"))
    assert name in texts(api["Resources"])
