"""What templates, project and routes say of the functions is what their table says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.decode.cfn_yaml import loads as load_template
from chalice.config import Config

import app
from infra.deploy import render
from infra.functions import FUNCTIONS, MEMORY_MB, SCHEDULED, Function

ROOT = Path(__file__).parents[2]
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))


def texts(value: object) -> set[str]:
    """Every text in a template, those of `!Sub` too."""
    if isinstance(value, dict):
        return set().union(*map(texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    return {str(value)}


def test_the_chalice_project_has_these_functions_with_their_time_and_memory() -> None:
    stated = {
        function.name: Config(
            chalice_stage="prod", function_name=function.name, config_from_disk=CONFIG
        ).lambda_timeout
        for function in FUNCTIONS
    }
    assert stated == {function.name: function.timeout_s for function in FUNCTIONS}
    assert CONFIG["lambda_memory_size"] == MEMORY_MB
    assert CONFIG["environment_variables"]["FUNCTION_MEMORY_MB"] == str(MEMORY_MB)


def test_the_app_schedules_them_and_runs_each_when_it_is_told_to() -> None:
    crons = {event.name: event.schedule_expression.to_string() for event in app.app.event_sources}
    assert crons == {f.name: f"cron({f.minute} * * * ? *)" for f in SCHEDULED}
    assert set(app.JOBS) == {function.name for function in SCHEDULED}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_each_has_its_role_its_log_its_name_and_its_alarm(function: Function) -> None:
    lasting = load_template((ROOT / "infra" / "template.yaml").read_text("utf-8"))
    edge = load_template(render.render_edge(ROOT))
    name = function.name_in("${Stage}")
    assert function.role in lasting["Outputs"]
    assert f"/aws/lambda/{name}" in texts(lasting["Resources"])
    alarm = "api-fails" if function.minute is None else f"{function.name}-fails"
    assert f"footfall-${{Stage}}-{alarm}" in texts(edge["Resources"])
    api = json.loads(render.render_api(ROOT))
    assert name in texts(api["Resources"])


def test_a_row_alone_gives_a_scheduled_function_its_alarm_and_its_name() -> None:
    new = Function("roll_up", 900, minute=5, alarm="Sums are late: watch the log.")
    before = load_template(render.render_edge(ROOT))["Resources"]
    edge = render.render_edge(ROOT, (*SCHEDULED, new))
    assert lint(edge, config=ManualArgs(regions=["eu-central-1"])) == []
    after = load_template(edge)["Resources"]
    assert after.keys() - before.keys() == {"RollUpErrors", "RollUpFails"}
    assert {name: after[name] for name in before} == before
    written = after["RollUpErrors"]["Properties"]
    assert written["LogGroupName"] == {"Fn::Sub": "/aws/lambda/footfall-${Stage}-roll_up"}
    (counted,) = written["MetricTransformations"]
    alarm = after["RollUpFails"]["Properties"]
    assert alarm["MetricName"] == counted["MetricName"]
    assert alarm["AlarmDescription"] == new.alarm
    named = json.loads(render.render_api(ROOT, (*SCHEDULED, new)))["Resources"]["RollUp"]
    assert named == {"Properties": {"FunctionName": {"Fn::Sub": "footfall-${Stage}-roll_up"}}}
