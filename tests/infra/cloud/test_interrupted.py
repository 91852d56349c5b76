"""A deployment that is broken off anywhere is run again and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from infra.deploy import chalice_project
from tests.infra.cloud.conftest import Checkout
from tests.infra.cloud.edge import edge

STAGE = "half"
# Each is the line of progress at which Ctrl-C comes, in the order in which a deployment says them.
MOMENTS = [
    f"footfall-{STAGE}: ",  # the change set is made and not carried out
    "[4/",  # configured
    "Creating lambda function",  # Chalice at work
    "Creating Rest API",  # an API that Chalice has written down nowhere
    f"footfall-{STAGE}-edge: ",  # the edge's secret is known to the functions alone
]


def hear_ctrl_c() -> None:
    """What a shell starts in its background ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def broken_off(checkout: Checkout, url: str, moment: str) -> str:
    """What a deployment said until the moment, at which it got Ctrl-C as a terminal sends it."""
    said = ""
    with subprocess.Popen(
        [sys.executable, "-m", "infra.deploy", "deploy", "--stage", STAGE, "--url", url],
        cwd=checkout.root,
        env={**os.environ, **checkout.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if moment in line and "Still to do" not in said:
                os.killpg(process.pid, signal.SIGINT)
    assert process.returncode == 1, said
    return said


def test_a_deployment_broken_off_at_any_moment_is_simply_run_again(
    checkout: Checkout, cloud: Mapping[str, str]
) -> None:
    with edge(cloud, f"Footfall {STAGE}") as front:
        for moment in MOMENTS:
            said = broken_off(checkout, front.url, moment)
            assert moment in said
            assert "interrupted" in said
            assert "Still to do" in said
        done = checkout.deploy("deploy", "--stage", STAGE, "--url", front.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "token (shown only now)" in done.stdout
    client = checkout.session.client("apigateway")
    apis = [each["id"] for each in client.get_rest_apis()["items"] if calls(checkout, each["id"])]
    assert apis == [chalice_project.rest_api_id(checkout.session, STAGE)]


def calls(checkout: Checkout, api: str) -> bool:
    """Whether the API calls this stage's function."""
    client = checkout.session.client("apigateway")
    resources = client.get_resources(restApiId=api, embed=["methods"], limit=500)["items"]
    return f":function:footfall-{STAGE}/" in str(resources)
