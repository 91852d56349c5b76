"""What Chalice packages: zips for both processors, and a SAM stack that answers."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from infra.deploy import bundle
from infra.deploy.chalice_project import ChaliceFailed, Project
from tests.infra.cloud.conftest import STAGE, Checkout
from tests.infra.cloud.local_cloud import REGION

BUCKET = "artifacts-of-the-trial"


@pytest.mark.parametrize("processor", ["arm64", "x86_64"])
def test_the_zip_fits_lambda_on_either_processor(
    deployed: Checkout, tmp_path: Path, processor: str
) -> None:
    root = tmp_path / "checkout"
    shutil.copytree(deployed.root, root)
    config = root / ".chalice" / "config.json"
    other = {"arm64": "x86_64", "x86_64": "arm64"}[processor]
    config.write_text(config.read_text().replace(other, processor))
    facts = Project(root, STAGE, lambda _line: None).package(tmp_path / "out")
    assert len(facts.native) == 3
    assert facts.zipped < bundle.LIMIT_ZIPPED


def test_a_wheel_that_is_not_the_locked_one_is_refused(deployed: Checkout, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    shutil.copytree(deployed.root, root, ignore=shutil.ignore_patterns("deployments"))
    locked = root / "requirements.txt"
    locked.write_text(re.sub(r"sha256:.{8}", "sha256:00000000", locked.read_text()))
    with pytest.raises(ChaliceFailed, match="DO NOT MATCH THE HASHES"):
        Project(root, STAGE, lambda _line: None).package(tmp_path / "out")


def test_the_sam_stack_is_valid_and_answers(deployed: Checkout) -> None:
    folder = deployed.root / "build" / "chalice" / STAGE
    template = json.loads((folder / "sam.json").read_text())
    everywhere = ManualArgs(regions=["eu-central-1", "us-east-1"])
    assert lint(json.dumps(template), config=everywhere) == []
    outputs = create(deployed, with_code(deployed, template, folder / "deployment.zip"))
    endpoint = deployed.environment["AWS_ENDPOINT_URL"]
    url = f"{endpoint}/restapis/{outputs['RestAPIId']}/api/_user_request_/api/health"
    with urllib.request.urlopen(url) as answer:
        assert json.loads(answer.read())["ok"] is True


def with_code(stage: Checkout, template: dict[str, Any], package: Path) -> dict[str, Any]:
    """The template with its code on S3, as `aws cloudformation package` makes it."""
    client = stage.session.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.upload_file(str(package), BUCKET, "deployment.zip")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/deployment.zip"
    return template


def create(stage: Checkout, template: dict[str, Any]) -> dict[str, str]:
    """The outputs of the SAM stack, made under a stage's name of its own."""
    client = stage.session.client("cloudformation")
    client.create_change_set(
        StackName="sam",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Stage", "ParameterValue": "sam"}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    until(client.describe_change_set, "Status", StackName="sam", ChangeSetName="first")
    client.execute_change_set(StackName="sam", ChangeSetName="first")
    stack = until(lambda: client.describe_stacks(StackName="sam")["Stacks"][0], "StackStatus")
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def until(ask: Any, field: str, **parameters: str) -> Any:
    """The answer, as soon as its status is no longer pending or in progress."""
    answer = ask(**parameters)
    while answer[field].endswith(("_PENDING", "_IN_PROGRESS")):
        time.sleep(0.2)
        answer = ask(**parameters)
    return answer
