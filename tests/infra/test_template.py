"""The lasting half of a stage. Emulators ignore TTL, lifecycle and backups: those are read here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.decode.cfn_yaml import load as load_template
from moto.server import ThreadedMotoServer

from chalicelib.settings import Settings
from infra.deploy import chalice_project
from infra.local import stage

TEMPLATE = Path(__file__).parents[2] / "infra" / "template.yaml"
LOCAL = {
    "aws_access_key_id": "local",
    "aws_secret_access_key": "local",
    "region_name": "eu-central-1",
}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return dict(load_template(str(TEMPLATE))["Resources"])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def create(endpoint: str, stage: str) -> dict[str, str]:
    stacks = boto3.client("cloudformation", endpoint_url=endpoint, **LOCAL)
    stacks.create_stack(
        StackName=f"footfall-{stage}",
        TemplateBody=TEMPLATE.read_text(),
        Parameters=[
            {"ParameterKey": "Stage", "ParameterValue": stage},
            {"ParameterKey": "DeletionProtection", "ParameterValue": "false"},
        ],
    )
    (stack,) = stacks.describe_stacks(StackName=f"footfall-{stage}")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_the_template_is_valid_cloudformation() -> None:
    assert (
        lint(TEMPLATE.read_text(), config=ManualArgs(regions=["eu-central-1", "us-east-1"])) == []
    )


def test_moto_creates_the_stage_and_names_its_parts(endpoint: str) -> None:
    assert create(endpoint, "one") == {
        "EventsTableName": "footfall-one-events",
        "RegistryTableName": "footfall-one-registry",
        "SaltsTableName": "footfall-one-salts",
        "DataBucketName": "footfall-one-data-123456789012-eu-central-1",
        "SiteBucketName": "footfall-one-site-123456789012-eu-central-1",
        "ApiHandlerRoleArn": "arn:aws:iam::123456789012:role/footfall-one-api-eu-central-1",
        "SealRoleArn": "arn:aws:iam::123456789012:role/footfall-one-seal-eu-central-1",
        "MaintainRoleArn": "arn:aws:iam::123456789012:role/footfall-one-maintain-eu-central-1",
    }


def test_the_events_table_answers_by_hour_of_receipt(endpoint: str) -> None:
    table = create(endpoint, "two")["EventsTableName"]
    client = boto3.client("dynamodb", endpoint_url=endpoint, **LOCAL)
    (index,) = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by_hour"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["hour", "received_at_ms"]
    assert index["Projection"] == {"ProjectionType": "ALL"}


def test_two_stages_live_in_one_account(endpoint: str) -> None:
    assert not set(create(endpoint, "three").values()) & set(create(endpoint, "four").values())


def test_the_events_table_and_its_index_take_no_more_units_than_the_operator_says(
    resources: dict[str, Any],
) -> None:
    table = resources["EventsTable"]["Properties"]
    (index,) = table["GlobalSecondaryIndexes"]
    most = {
        "MaxReadRequestUnits": {"Ref": "MaxReadUnits"},
        "MaxWriteRequestUnits": {"Ref": "MaxWriteUnits"},
    }
    assert (table["OnDemandThroughput"], index["OnDemandThroughput"]) == (most, most)


@pytest.mark.parametrize("name", ["EventsTable", "RegistryTable"])
def test_a_table_expires_is_backed_up_and_refuses_deletion(
    resources: dict[str, Any], name: str
) -> None:
    table = resources[name]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_a_salt_expires_and_nothing_brings_it_back(resources: dict[str, Any]) -> None:
    salts = resources["SaltsTable"]
    assert (salts["DeletionPolicy"], salts["UpdateReplacePolicy"]) == ("Delete", "Delete")
    table = salts["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
    assert table["DeletionProtectionEnabled"] is False
    assert "StreamSpecification" not in table


def test_every_table_and_bucket_of_the_functions_is_named_to_them_alike_in_every_place() -> None:
    outputs = load_template(str(TEMPLATE))["Outputs"]
    assert chalice_project.VARIABLES == stage.OUTPUTS
    assert set(chalice_project.VARIABLES.values()) <= outputs.keys()
    named = {name for name in Settings.__dataclass_fields__ if name.endswith(("_table", "_bucket"))}
    assert {name.upper() for name in named} == chalice_project.VARIABLES.keys()


@pytest.mark.parametrize("name", ["EventsTable", "RegistryTable", "DataBucket"])
def test_the_data_outlives_its_stack(resources: dict[str, Any], name: str) -> None:
    assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", ["DataBucket", "SiteBucket"])
def test_a_bucket_is_private_and_encrypted(resources: dict[str, Any], name: str) -> None:
    bucket = resources[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_an_overwritten_segment_comes_back_for_a_while_and_then_is_gone(
    resources: dict[str, Any],
) -> None:
    bucket = resources["DataBucket"]["Properties"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rules["forget-old-versions"]["NoncurrentVersionExpiration"] == {
        "NoncurrentDays": {"Ref": "NoncurrentDays"}
    }
