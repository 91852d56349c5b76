"""A stage that is removed leaves nothing but what deletion protection keeps."""

from __future__ import annotations

from typing import Any

from infra.deploy.stage import CLOUDFRONT_REGION
from infra.deploy.teardown import names
from tests.infra.cloud.conftest import STAGE, Checkout


def left(stage: Checkout, name: str) -> set[str]:
    """Everything of the stage that the account still holds."""
    session, prefix = stage.session, f"footfall-{name}"
    found = [
        session.client("dynamodb").list_tables()["TableNames"],
        [each["Name"] for each in session.client("s3").list_buckets()["Buckets"]],
        [each["FunctionName"] for each in listed(session, "lambda", "list_functions", "Functions")],
        [each["RoleName"] for each in listed(session, "iam", "list_roles", "Roles")],
        [
            each["logGroupName"]
            for each in listed(session, "logs", "describe_log_groups", "logGroups")
        ],
        [each["Name"] for each in listed(session, "events", "list_rules", "Rules")],
        [
            each["AlarmName"]
            for each in listed(session, "cloudwatch", "describe_alarms", "MetricAlarms")
        ],
        [
            each["StackName"]
            for each in listed(session, "cloudformation", "describe_stacks", "Stacks")
        ],
        [f"footfall-{name}-api {each['id']}" for each in apis(session, prefix)],
        [each["Name"] for each in web_acls(session)],
        [each["StackName"] for each in stacks_of_cloudfront(session)],
        [f"{each['Comment'].replace('Footfall ', 'footfall-')}" for each in distributions(session)],
    ]
    every = {each.removeprefix("/aws/lambda/") for group in found for each in group}
    return {each for each in every if each == prefix or each.startswith(f"{prefix}-")}


def listed(session: Any, service: str, operation: str, key: str) -> list[dict[str, Any]]:
    return list(getattr(session.client(service), operation)()[key])


def apis(session: Any, prefix: str) -> list[dict[str, Any]]:
    client = session.client("apigateway")
    return [
        each
        for each in client.get_rest_apis()["items"]
        if f":function:{prefix}/"
        in str(client.get_resources(restApiId=each["id"], embed=["methods"]))
    ]


def stacks_of_cloudfront(session: Any) -> list[dict[str, Any]]:
    client = session.client("cloudformation", region_name=CLOUDFRONT_REGION)
    return list(client.describe_stacks()["Stacks"])


def web_acls(session: Any) -> list[dict[str, Any]]:
    client = session.client("wafv2", region_name=CLOUDFRONT_REGION)
    return list(client.list_web_acls(Scope="CLOUDFRONT")["WebACLs"])


def distributions(session: Any) -> list[dict[str, Any]]:
    return list(
        session.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
    )


def test_a_slip_of_the_keyboard_removes_nothing(deployed: Checkout) -> None:
    done = deployed.deploy("destroy", "--stage", STAGE, "--confirm", "tria")
    assert done.returncode == 1
    assert "must repeat" in done.stderr


def test_protected_data_is_kept_and_all_else_is_gone(deployed: Checkout) -> None:
    known = names(deployed.session, STAGE)
    done = deployed.deploy("destroy", "--stage", STAGE, "--confirm", STAGE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert left(deployed, STAGE) == {*known.tables, known.data_bucket}
    assert all(name in done.stdout for name in (*known.tables, known.data_bucket))


def test_without_protection_nothing_is_left(deployed: Checkout) -> None:
    client = deployed.session.client("dynamodb")
    for table in names(deployed.session, STAGE).tables:
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
    done = deployed.deploy("destroy", "--stage", STAGE, "--confirm", STAGE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert left(deployed, STAGE) == set()
