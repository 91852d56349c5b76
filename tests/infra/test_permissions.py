"""What each function may do, as the template's roles say it; the local cloud enforces it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load as load_template

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
ROLES = ["ApiHandlerRole", "SealRole", "MaintainRole"]


def allowed(role: str) -> set[tuple[str, str]]:
    """Pairs of action and resource, the resource as the template's short form."""
    properties = load_template(str(TEMPLATE))["Resources"][role]["Properties"]
    (policy,) = properties["Policies"]
    pairs = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in _list(statement["Action"]):
            pairs |= {(action, _short(each)) for each in _list(statement["Resource"])}
    return pairs


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(resource: dict[str, Any]) -> str:
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    return str(resource["Fn::Sub"]).replace(".Arn}", "").replace("${", "")


@pytest.mark.parametrize("role", ROLES)
def test_no_function_has_a_wildcard_for_an_action_or_for_what_it_acts_on(role: str) -> None:
    for action, resource in allowed(role):
        assert "*" not in action
        assert resource.removesuffix("/*") in {
            "ApiHandlerLog",
            "SealLog",
            "MaintainLog",
            "EventsTable",
            "EventsTable/index/by_hour",
            "RegistryTable",
            "SaltsTable",
            "DataBucket",
        }


def test_the_api_deletes_no_event_and_writes_no_segment() -> None:
    api = allowed("ApiHandlerRole")
    assert {action for action, resource in api if resource == "EventsTable"} == {
        "dynamodb:PutItem",
        "dynamodb:Query",
    }
    assert {action for action, resource in api if resource == "DataBucket/*"} == {"s3:GetObject"}


def test_sealing_reads_events_and_nothing_more() -> None:
    events = {action for action, resource in allowed("SealRole") if resource == "EventsTable"}
    assert events == {"dynamodb:Query"}


def test_only_maintenance_deletes_events() -> None:
    deleting = [r for r in ROLES if ("dynamodb:DeleteItem", "EventsTable") in allowed(r)]
    assert deleting == ["MaintainRole"]


def test_the_api_alone_makes_and_reads_salts_and_nobody_deletes_or_lists_them() -> None:
    actions = {r: {a for a, resource in allowed(r) if resource == "SaltsTable"} for r in ROLES}
    assert actions == {
        "ApiHandlerRole": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "SealRole": set(),
        "MaintainRole": set(),
    }


def test_chalice_makes_no_role_and_no_policy_of_its_own() -> None:
    assert CONFIG["manage_iam_role"] is False
    assert CONFIG["autogen_policy"] is False


def test_the_functions_are_told_the_memory_they_have() -> None:
    told = CONFIG["environment_variables"]["FUNCTION_MEMORY_MB"]
    assert told == str(CONFIG["lambda_memory_size"])
