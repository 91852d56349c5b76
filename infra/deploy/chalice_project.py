"""Chalice's side of a stage: its configuration, its zip, its functions and its API.

Chalice remembers what it made in .chalice/deployed/, a file of one machine, written only after
everything went well; without it a second run makes a second API. So before each run the file is
written from what the account really holds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy import bundle
from infra.deploy.render import write_api
from infra.deploy.stacks import Say
from infra.functions import APP, FUNCTIONS, ROUTES, SCHEDULED

VARIABLES = {
    "EVENTS_TABLE": "EventsTableName",
    "REGISTRY_TABLE": "RegistryTableName",
    "SALTS_TABLE": "SaltsTableName",
    "DATA_BUCKET": "DataBucketName",
}

REST_API = "rest_api"


class ChaliceFailed(Exception):
    """Chalice refused, or did what it should not; the message ends with its own words."""


class Project:
    """The Chalice project at `root`, as one stage of it is deployed."""

    def __init__(self, root: Path, stage: str, say: Say) -> None:
        self.root = root
        self.stage = stage
        self.say = say

    @property
    def config_file(self) -> Path:
        return self.root / ".chalice" / "config.json"

    @property
    def config(self) -> dict[str, Any]:
        return dict(json.loads(self.config_file.read_text("utf-8")))

    @property
    def architecture(self) -> str:
        """`arm64` or `x86_64`: the stage's own choice, or the app's."""
        stage = self.config["stages"].get(self.stage, {})
        return str(stage.get("lambda_architecture", self.config["lambda_architecture"]))

    def configure(self, outputs: Mapping[str, str], edge_secret_sha256: str) -> bool:
        """Write the stage into .chalice/config.json; what an operator added there stays.

        `outputs` are those of the template's stack. Returns whether the file changed.
        """
        config = self.config
        stage = config["stages"].setdefault(self.stage, {})
        variables = {name: outputs[key] for name, key in VARIABLES.items()}
        stage["environment_variables"] = {
            **stage.get("environment_variables", {}),
            **variables,
            "EDGE_SECRET_SHA256": edge_secret_sha256,
        }
        functions = stage.setdefault("lambda_functions", {})
        for function in FUNCTIONS:
            functions.setdefault(function.name, {})["iam_role_arn"] = outputs[function.role]
        text = json.dumps(config, indent=2) + "\n"
        if text == self.config_file.read_text("utf-8"):
            return False
        self.config_file.write_text(text, "utf-8")
        return True

    def package(self, into: Path) -> bundle.Facts:
        """Build the SAM template and the zip that `deploy` will use, and check the zip.

        Raises BadBundle or ChaliceFailed; a bad zip is removed, since Chalice would reuse it.
        """
        bundle.runtime()
        merge = str(write_api(self.root))
        self._chalice("package", "--stage", self.stage, "--merge-template", merge, str(into))
        try:
            return bundle.check(
                into / "deployment.zip", self.architecture, self.root / "requirements.txt"
            )
        except bundle.BadBundle:
            self._forget_zips()
            raise

    def deploy(self) -> None:
        """Create or update functions, API and schedule. Package first: the zip is reused."""
        self._chalice("deploy", "--stage", self.stage)

    def delete(self) -> None:
        """Remove functions, API and schedule."""
        self._chalice("delete", "--stage", self.stage)

    def forget(self) -> None:
        """Take the stage out of .chalice/config.json again."""
        config = self.config
        if config["stages"].pop(self.stage, None) is not None:
            self.config_file.write_text(json.dumps(config, indent=2) + "\n", "utf-8")

    def remember(self, resources: list[dict[str, str]]) -> None:
        """Tell Chalice what exists, as `existing` found it."""
        file = self.root / ".chalice" / "deployed" / f"{self.stage}.json"
        file.parent.mkdir(exist_ok=True)
        state = {"schema_version": "2.0", "backend": "api", "resources": resources}
        file.write_text(json.dumps(state, indent=2) + "\n", "utf-8")

    def _forget_zips(self) -> None:
        for zipped in (self.root / ".chalice" / "deployments").glob("*.zip"):
            zipped.unlink()

    def _chalice(self, *arguments: str) -> None:
        # Byte code would make the zip differ from run to run; pip checks hashes of wheels for
        # another architecture only where they stand in its constraints.
        for cache in (self.root / "chalicelib").rglob("__pycache__"):
            shutil.rmtree(cache)
        surroundings = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PIP_CONSTRAINT": str(self.root / "requirements.txt"),
        }
        command = [str(Path(sys.executable).parent / "chalice"), *arguments]
        status, output = self._follow(command, surroundings)
        if status or "Could not install dependencies" in output:
            self._forget_zips()
            raise ChaliceFailed(f"chalice {arguments[0]} failed:\n{output[-3000:]}")

    def _follow(self, command: list[str], surroundings: Mapping[str, str]) -> tuple[int, str]:
        """Run to the end, saying each line; whatever interrupts us ends the command too."""
        said: list[str] = []
        with subprocess.Popen(
            command,
            cwd=self.root,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    said.append(line)
                    self.say(line.rstrip())
            except BaseException:
                process.kill()
                raise
        return process.returncode, "".join(said)


def existing(session: Any, stage: str) -> list[dict[str, str]]:
    """What Chalice made for the stage and the account still holds, in Chalice's own terms."""
    found = []
    for function in FUNCTIONS:
        arn = _function_arn(session, function.name_in(stage))
        if arn:
            found.append(_record("lambda_function", function.name, lambda_arn=arn))
    rules = session.client("events").list_rules(NamePrefix=f"{APP}-{stage}-")["Rules"]
    for function in SCHEDULED:
        name = f"{function.name_in(stage)}-event"
        if name in {rule["Name"] for rule in rules}:
            found.append(_record("cloudwatch_event", f"{function.name}-event", rule_name=name))
    api = rest_api_id(session, stage)
    if api:
        found.append(_record(REST_API, REST_API, rest_api_id=api))
    return found


def rest_api_id(session: Any, stage: str) -> str:
    """The API whose methods call the stage's function; empty where there is none.

    Chalice names the API of every stage alike, so only its integrations tell them apart.
    """
    client = session.client("apigateway")
    target = f":function:{ROUTES.name_in(stage)}/invocations"
    for page in client.get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            if api["name"] == APP and _calls(client, api["id"], target):
                return str(api["id"])
    return ""


def _calls(client: Any, api: str, target: str) -> bool:
    pages = client.get_paginator("get_resources").paginate(restApiId=api, embed=["methods"])
    methods = (
        method
        for page in pages
        for resource in page["items"]
        for method in resource.get("resourceMethods", {}).values()
    )
    return any(target in method.get("methodIntegration", {}).get("uri", "") for method in methods)


def _function_arn(session: Any, name: str) -> str:
    client = session.client("lambda")
    try:
        return str(client.get_function(FunctionName=name)["Configuration"]["FunctionArn"])
    except client.exceptions.ResourceNotFoundException:
        return ""


def _record(kind: str, name: str, **values: str) -> dict[str, str]:
    return {"resource_type": kind, "name": name, **values}
