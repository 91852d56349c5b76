"""The web ACL: what its template says, and when a deployment makes, keeps and removes it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.decode.cfn_yaml import load as load_template

from chalicelib.collect.budgets import OF_AN_ADDRESS
from infra.deploy import commands, steps
from infra.deploy.stacks import Stack, Stacks, declared
from infra.deploy.stage import CLOUDFRONT_REGION, WEB_ACL, Deployment, Unusable

ACLS = "arn:aws:wafv2:us-east-1:123456789012:global/webacl"
OURS = f"{ACLS}/footfall-local-eu-central-1/4711"
THEIR_OWN = f"{ACLS}/companys/0815"
OF_ANOTHER_STAGE = f"{ACLS}/footfall-other-eu-central-1/4711"
OF_ANOTHER_REGION = f"{ACLS}/footfall-local-us-east-1/4711"


@pytest.fixture(scope="module")
def acl() -> dict[str, Any]:
    return dict(load_template(str(WEB_ACL))["Resources"]["WebAcl"]["Properties"])


def test_the_template_is_valid_cloudformation_where_cloudfronts_acls_live() -> None:
    assert lint(WEB_ACL.read_text(), config=ManualArgs(regions=[CLOUDFRONT_REGION])) == []
    assert load_template(str(WEB_ACL))["Resources"]["WebAcl"]["Properties"]["Scope"] == "CLOUDFRONT"


def test_an_address_may_send_through_the_edge_what_the_collector_takes_of_it(
    acl: dict[str, Any],
) -> None:
    (rule,) = acl["Rules"]
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": {"Ref": "WebAclRate"},
    }
    assert declared(WEB_ACL)["WebAclRate"]["Default"] == 5 * OF_AN_ADDRESS.requests


def test_who_is_turned_away_is_told_when_to_come_again_as_the_api_tells_it(
    acl: dict[str, Any],
) -> None:
    (rule,) = acl["Rules"]
    told = rule["Action"]["Block"]["CustomResponse"]
    headers = {each["Name"]: each["Value"] for each in told["ResponseHeaders"]}
    assert (told["ResponseCode"], headers["Retry-After"]) == (429, "300")
    assert headers["Access-Control-Allow-Origin"] == "*"
    body = acl["CustomResponseBodies"][told["CustomResponseBodyKey"]]["Content"]
    assert json.loads(body)["error"]["code"] == "too_many_requests"


def test_no_request_of_a_visitor_is_sampled(acl: dict[str, Any]) -> None:
    for watched in (acl, *acl["Rules"]):
        assert watched["VisibilityConfig"]["SampledRequestsEnabled"] is False


class Account(Stacks):
    """Stacks of which an account knows outputs and parameters, and the order of what was done."""

    def __init__(self, region: str, log: list[str], outputs: dict[str, dict[str, str]]) -> None:
        super().__init__(None, log.append)
        self.region, self.log, self.known = region, log, outputs
        self.given: dict[str, Any] = {}

    def apply(self, stack: Stack) -> dict[str, str]:
        self.log.append(f"apply {stack.name} in {self.region}")
        self.given[stack.name] = dict(stack.parameters)
        if "WebAclArn" in stack.parameters:
            self.known[stack.name] = {"WebAclArn": stack.parameters["WebAclArn"]}
        return self.outputs(stack.name)

    def outputs(self, name: str) -> dict[str, str]:
        return self.known.get(name, {})

    def remove(self, name: str) -> None:
        self.log.append(f"remove {name} in {self.region}")


ACL_STACK = "footfall-local-web-acl-eu-central-1"
EDGE_STACK = "footfall-local-edge"


class OfAStage(Deployment):
    """A stage whose API is known and whose stacks are those of an `Account`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.log: list[str] = []
        buckets = {"SiteBucketName": "site", "DataBucketName": "data"}
        self.here = Account("eu-central-1", self.log, {self.lasting: buckets})
        self.there = Account(CLOUDFRONT_REGION, self.log, {ACL_STACK: {"WebAclArn": OURS}})
        self.stacks, self.web_acls = self.here, self.there


def stage(in_use: str = "", **parameters: str) -> OfAStage:
    """A stage whose edge has a web ACL in use, and what is given now."""
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    made = OfAStage(session, "local", parameters=parameters)
    made.here.known[EDGE_STACK] = {"WebAclArn": in_use} if in_use else {}
    return made


def test_without_a_wish_there_is_no_web_acl_and_no_call_to_another_region() -> None:
    deployment = stage()
    steps.apply_web_acl(deployment)
    assert deployment.web_acl_arn == ""
    assert not [line for line in deployment.log if CLOUDFRONT_REGION in line]


def test_a_web_acl_is_made_in_the_region_of_cloudfront_with_the_rate_that_is_given() -> None:
    deployment = stage(WebAcl="create", WebAclRate="1000")
    steps.apply_web_acl(deployment)
    assert deployment.there.given == {
        ACL_STACK: {"Stage": "local", "HomeRegion": "eu-central-1", "WebAclRate": "1000"}
    }
    assert deployment.web_acl_arn == OURS


def test_a_web_acl_that_was_made_once_is_brought_up_to_date_by_later_deployments() -> None:
    deployment = stage(in_use=OURS)
    steps.apply_web_acl(deployment)
    assert deployment.web_acl_arn == OURS
    assert deployment.log == [f"apply {ACL_STACK} in {CLOUDFRONT_REGION}"]


@pytest.mark.parametrize("in_use", [THEIR_OWN, OF_ANOTHER_STAGE, OF_ANOTHER_REGION])
def test_the_web_acl_of_somebody_else_is_let_be(in_use: str) -> None:
    deployment = stage(in_use=in_use)
    steps.apply_web_acl(deployment)
    assert deployment.web_acl_arn == ""


@pytest.mark.parametrize(
    "wish", [{"WebAcl": "yes"}, {"WebAcl": "create", "WebAclArn": THEIR_OWN}, {"WebAcl": "none"}]
)
def test_a_wish_that_says_two_things_or_nothing_is_refused(wish: dict[str, str]) -> None:
    with pytest.raises(Unusable):
        steps.apply_web_acl(stage(**wish))


@pytest.mark.parametrize("given", ["", THEIR_OWN])
def test_another_one_or_none_takes_its_place_and_only_then_is_it_removed(given: str) -> None:
    deployment = stage(in_use=OURS, WebAclArn=given)
    steps.apply_web_acl(deployment)
    steps.give_edge(deployment, {"ApiId": "a"})
    assert deployment.here.given[EDGE_STACK]["WebAclArn"] == given
    assert deployment.log[-2:] == [
        f"apply {EDGE_STACK} in eu-central-1",
        f"remove {ACL_STACK} in {CLOUDFRONT_REGION}",
    ]


def test_the_edge_is_given_the_web_acl_that_was_made() -> None:
    deployment = stage(WebAcl="create")
    steps.apply_web_acl(deployment)
    steps.give_edge(deployment, {"ApiId": "a"})
    assert deployment.here.given[EDGE_STACK] == {"ApiId": "a", "WebAclArn": OURS}
    assert not [line for line in deployment.log if line.startswith("remove")]


def test_the_command_line_takes_the_wish() -> None:
    given = commands._parameter("WebAcl=create"), commands._parameter("WebAclRate=500")
    assert given == (("WebAcl", "create"), ("WebAclRate", "500"))
