"""The edge as its template has it: what no emulator enforces is read here."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.decode.cfn_yaml import load as load_template

from chalicelib.logs import JsonLines

ROOT = Path(__file__).parents[2]
EDGE = ROOT / "infra" / "edge.yaml"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return dict(load_template(str(EDGE))["Resources"])


@pytest.fixture(scope="module")
def distribution(resources: dict[str, Any]) -> dict[str, Any]:
    return dict(resources["Distribution"]["Properties"]["DistributionConfig"])


@pytest.fixture(scope="module")
def behaviours(distribution: dict[str, Any]) -> dict[str, Any]:
    return {each["PathPattern"]: each for each in distribution["CacheBehaviors"]}


def test_the_template_is_valid_cloudformation() -> None:
    everywhere = ManualArgs(regions=["eu-central-1", "us-east-1"])
    assert lint(EDGE.read_text(), config=everywhere) == []


@pytest.mark.parametrize("path", ["/api/collect", "/api/e", "/api/*"])
def test_the_api_is_never_cached(behaviours: dict[str, Any], path: str) -> None:
    assert behaviours[path]["CachePolicyId"] == CACHING_DISABLED
    assert behaviours[path]["TargetOriginId"] == "api"


def test_beacons_are_asked_before_the_rest_of_the_api(distribution: dict[str, Any]) -> None:
    order = [each["PathPattern"] for each in distribution["CacheBehaviors"]]
    assert order.index("/api/collect") < order.index("/api/*")
    assert order.index("/api/e") < order.index("/api/*")


def test_reports_get_all_of_the_viewer_but_its_host(behaviours: dict[str, Any]) -> None:
    assert behaviours["/api/*"]["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST


def test_beacons_carry_what_they_are_judged_by_and_no_more(
    resources: dict[str, Any], behaviours: dict[str, Any]
) -> None:
    config = resources["BeaconRequest"]["Properties"]["OriginRequestPolicyConfig"]
    assert set(config["HeadersConfig"]["Headers"]) == {
        "User-Agent",
        "Sec-CH-UA",
        "Accept-Language",
        "Sec-GPC",
        "DNT",
        "Sec-CH-UA-Platform",
        "CloudFront-Viewer-Country",
        "CloudFront-Viewer-Country-Region",
        "CloudFront-Viewer-City",
        "CloudFront-Viewer-Address",
    }
    assert config["CookiesConfig"] == {"CookieBehavior": "none"}
    for path in ("/api/collect", "/api/e"):
        assert behaviours[path]["OriginRequestPolicyId"] == {"Ref": "BeaconRequest"}


def test_the_api_is_reached_over_tls_at_its_stage_with_the_edges_secret(
    distribution: dict[str, Any],
) -> None:
    (api,) = [each for each in distribution["Origins"] if each["Id"] == "api"]
    assert api["OriginPath"] == {"Fn::Sub": "/${ApiStage}"}
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["OriginCustomHeaders"] == [
        {"HeaderName": "X-Footfall-Edge", "HeaderValue": {"Ref": "EdgeSecret"}}
    ]


def test_the_secret_is_never_shown() -> None:
    template = load_template(str(EDGE))
    assert template["Parameters"]["EdgeSecret"]["NoEcho"] is True
    assert "${EdgeSecret}" not in json.dumps(template["Outputs"])
    assert {"Ref": "EdgeSecret"} not in [each["Value"] for each in template["Outputs"].values()]


def test_only_this_distribution_reads_the_site_bucket(resources: dict[str, Any]) -> None:
    (statement,) = resources["SiteBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == ["s3:GetObject", "s3:ListBucket"]
    arn = statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert arn.endswith(":distribution/${Distribution}")


def test_segments_travel_over_tls_alone(resources: dict[str, Any]) -> None:
    (statement,) = resources["DataBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_dashboard_cannot_be_framed(resources: dict[str, Any]) -> None:
    config = resources["DashboardHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    policy = config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["frame-ancestors"] == "'none'"
    assert not {"default-src", "script-src", "style-src"} & parts.keys()


def test_every_site_may_load_the_tracker(
    resources: dict[str, Any], behaviours: dict[str, Any]
) -> None:
    assert behaviours["/sdk*"]["ResponseHeadersPolicyId"] == {"Ref": "TrackerHeaders"}
    config = resources["TrackerHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    assert config["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert config["CorsConfig"]["AccessControlAllowCredentials"] is False


def test_an_alarm_that_hears_nothing_of_sealing_goes_off(resources: dict[str, Any]) -> None:
    alarm = resources["SealMissing"]["Properties"]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["ComparisonOperator"] == "LessThanThreshold"


def test_every_alarm_reaches_the_operator(resources: dict[str, Any]) -> None:
    alarms = {
        name: each["Properties"]["AlarmActions"]
        for name, each in resources.items()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert len(alarms) == 6
    to_topic = {"Fn::If": ["HasEmail", [{"Ref": "Alarms"}], {"Ref": "AWS::NoValue"}]}
    assert all(actions == to_topic for actions in alarms.values())


@pytest.mark.parametrize("name", ["ApiErrors", "SealErrors", "MaintainErrors"])
def test_what_the_functions_log_as_an_error_is_counted(
    resources: dict[str, Any], name: str
) -> None:
    pattern = resources[name]["Properties"]["FilterPattern"]
    terms = [term.strip('"') for term in pattern.split("?") if term]
    terms = [term.rstrip(' "') for term in terms]
    line, quiet = (
        JsonLines().format(logging.makeLogRecord({"levelname": level, "msg": "seal_failed"}))
        for level in ("ERROR", "INFO")
    )
    assert any(term in line for term in terms)
    assert not any(term in quiet for term in terms)
