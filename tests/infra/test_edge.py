"""The edge as its template has it: what no emulator enforces is read here."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.decode.cfn_yaml import loads as load_template

from chalicelib.enrich.place import Place, viewer_place
from chalicelib.enrich.viewer import is_from_edge, viewer_address
from chalicelib.logs import JsonLines
from infra.deploy.render import render_edge
from infra.deploy.stacks import declared
from infra.deploy.stage import EDGE, ROOT, TEMPLATE
from tests.infra.cloud.edge import behaviour_of

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def powerset(names: Iterable[str]) -> list[tuple[str, ...]]:
    known = list(names)
    return list(chain.from_iterable(combinations(known, n) for n in range(len(known) + 1)))


def template() -> Any:
    """The edge as it is deployed."""
    return load_template(render_edge(ROOT))


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return dict(template()["Resources"])


@pytest.fixture(scope="module")
def distribution(resources: dict[str, Any]) -> dict[str, Any]:
    return dict(resources["Distribution"]["Properties"]["DistributionConfig"])


@pytest.fixture(scope="module")
def behaviours(distribution: dict[str, Any]) -> dict[str, Any]:
    return {each["PathPattern"]: each for each in distribution["CacheBehaviors"]}


def test_the_template_is_valid_cloudformation() -> None:
    everywhere = ManualArgs(regions=["eu-central-1", "us-east-1"])
    assert lint(render_edge(ROOT), config=everywhere) == []


@pytest.mark.parametrize("path", ["/api/collect", "/api/e", "/api/*"])
def test_the_api_is_never_cached(behaviours: dict[str, Any], path: str) -> None:
    assert behaviours[path]["CachePolicyId"] == CACHING_DISABLED
    assert behaviours[path]["TargetOriginId"] in ("api", "beacons")


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


@pytest.mark.parametrize("origin", ["api", "beacons"])
def test_the_api_is_reached_over_tls_at_its_stage(
    distribution: dict[str, Any], origin: str
) -> None:
    (api,) = [each for each in distribution["Origins"] if each["Id"] == origin]
    assert api["DomainName"]["Fn::Sub"].startswith("${ApiId}.execute-api.")
    assert api["OriginPath"] == {"Fn::Sub": "/${ApiStage}"}
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_the_secret_goes_only_where_no_viewer_can_write_the_headers_that_it_vouches_for(
    distribution: dict[str, Any],
) -> None:
    secret = {"HeaderName": "X-Footfall-Edge", "HeaderValue": {"Ref": "EdgeSecret"}}
    knowing = [each["Id"] for each in distribution["Origins"] if "OriginCustomHeaders" in each]
    assert knowing == ["beacons"]
    (beacons,) = [each for each in distribution["Origins"] if each["Id"] == "beacons"]
    assert beacons["OriginCustomHeaders"] == [secret]
    for behaviour in [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]:
        if behaviour["TargetOriginId"] == "beacons":
            assert behaviour["OriginRequestPolicyId"] == {"Ref": "BeaconRequest"}


def seen_by_the_api(
    distribution: dict[str, Any], allowed: Sequence[str], path: str, sent: Mapping[str, str]
) -> dict[str, str]:
    """Headers of a request as the API gets them, where CloudFront does as its documentation says:
    its own values take the place of a viewer's, an origin's headers come last."""
    behaviour = behaviour_of(path, distribution["CacheBehaviors"])
    behaviour = behaviour or distribution["DefaultCacheBehavior"]
    (origin,) = [o for o in distribution["Origins"] if o["Id"] == behaviour["TargetOriginId"]]
    if "CustomOriginConfig" not in origin:
        return {}
    seen = {name.lower(): value for name, value in sent.items()}
    if behaviour["OriginRequestPolicyId"] != ALL_VIEWER_EXCEPT_HOST:
        names = {name.lower() for name in allowed}
        seen = {name: value for name, value in (seen | BY_THE_EDGE).items() if name in names}
    own = {each["HeaderName"].lower(): SECRET for each in origin.get("OriginCustomHeaders", [])}
    return seen | own


SECRET = "known to the edge alone"
SECRET_SHA256 = hashlib.sha256(SECRET.encode()).hexdigest()
BY_THE_EDGE = {
    "cloudfront-viewer-address": "198.51.100.7:4711",
    "cloudfront-viewer-country": "DE",
    "cloudfront-viewer-country-region": "BE",
    "cloudfront-viewer-city": "Berlin",
}
FORGED = {
    "X-Footfall-Edge": "guessed",
    "CloudFront-Viewer-Address": "203.0.113.1:1",
    "CloudFront-Viewer-Country": "FR",
    "CloudFront-Viewer-Country-Region": "IDF",
    "CloudFront-Viewer-City": "Paris",
}
SPELLINGS = [
    "/api/collect",
    "/api/e",
    "/api/collect/",
    "/api/e/",
    "/api/e//",
    "/api//collect",
    "//api/e",
    "/api/./e",
    "/api/e/.",
    "/api/x/../e",
    "/API/E",
    "/api/E",
    "/api/%65",
    "/api/e%2F",
    "/api/e;x=1",
    "/api/sites",
    "/api/reports/stats",
]


@pytest.mark.parametrize("path", SPELLINGS)
@pytest.mark.parametrize("wrong", powerset(FORGED), ids="+".join)
def test_no_spelling_of_a_path_has_a_viewers_own_place_or_address_believed(
    resources: dict[str, Any], distribution: dict[str, Any], path: str, wrong: tuple[str, ...]
) -> None:
    config = resources["BeaconRequest"]["Properties"]["OriginRequestPolicyConfig"]
    allowed = config["HeadersConfig"]["Headers"]
    forged = {name: FORGED[name] for name in wrong}
    seen = seen_by_the_api(distribution, allowed, path, forged)
    from_edge = is_from_edge(seen, SECRET_SHA256)
    assert from_edge == (path in ("/api/collect", "/api/e"))
    if from_edge:
        assert viewer_place(seen) == Place("DE", "DE-BE", "DE-BE/Berlin", "edge")
    assert viewer_address(seen, "peer", from_edge) == ("198.51.100.7" if from_edge else "peer")


def test_the_secret_is_never_shown() -> None:
    edge = template()
    assert edge["Parameters"]["EdgeSecret"]["NoEcho"] is True
    assert "${EdgeSecret}" not in json.dumps(edge["Outputs"])
    assert {"Ref": "EdgeSecret"} not in [each["Value"] for each in edge["Outputs"].values()]


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


def alarms(resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    ]


def test_every_alarm_reaches_the_operator_and_tells_when_it_is_over(
    resources: dict[str, Any],
) -> None:
    to_topic = {"Fn::If": ["HasEmail", [{"Ref": "Alarms"}], {"Ref": "AWS::NoValue"}]}
    assert len(alarms(resources)) == 7
    for alarm in alarms(resources):
        assert (alarm["AlarmActions"], alarm["OKActions"]) == (to_topic, to_topic)


def test_the_readme_says_of_every_alarm_what_to_do(resources: dict[str, Any]) -> None:
    lines = (ROOT / "infra" / "README.md").read_text("utf-8").splitlines()
    explained = {line.split("`")[1] for line in lines if line.startswith("| `")}
    names = {
        a["AlarmName"]["Fn::Sub"].removeprefix("footfall-${Stage}-") for a in alarms(resources)
    }
    assert names <= explained


OF_THE_TABLE = {"Name": "TableName", "Value": {"Fn::Sub": "footfall-${Stage}-events"}}
OF_THE_INDEX = {"Name": "GlobalSecondaryIndexName", "Value": "by_hour"}


def measured(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm's expression is made of."""
    return [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]


def test_puts_that_the_index_alone_throttles_set_the_alarm_off_too(
    resources: dict[str, Any],
) -> None:
    metrics = [each["Metric"] for each in measured(resources["WritesRefused"]["Properties"])]
    assert [each["Dimensions"] for each in metrics] == [
        [OF_THE_TABLE],
        [OF_THE_TABLE, OF_THE_INDEX],
    ]
    assert {each["MetricName"] for each in metrics} == {"WriteThrottleEvents"}


def test_no_alarm_of_dynamodb_stays_on_because_nothing_more_is_written(
    resources: dict[str, Any],
) -> None:
    for alarm in resources.values():
        properties = alarm["Properties"]
        assert properties.get("Namespace") != "AWS/DynamoDB"
        if alarm["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
            (said,) = [each for each in properties["Metrics"] if "Expression" in each]
            ids = [each["Id"] for each in properties["Metrics"] if each is not said]
            assert said["Expression"] == " + ".join(f"FILL({each}, 0)" for each in ids)


def test_a_sudden_growth_of_writes_sets_an_alarm_off_long_before_the_tables_maximum(
    resources: dict[str, Any],
) -> None:
    alarm = resources["WritesSurge"]["Properties"]
    (written,) = measured(alarm)
    assert (written["Metric"]["MetricName"], written["Stat"]) == (
        "ConsumedWriteCapacityUnits",
        "Sum",
    )
    assert written["Metric"]["Dimensions"] == [OF_THE_TABLE]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == ({"Ref": "SurgeWriteUnits"}, 1)
    most = declared(TEMPLATE)["MaxWriteUnits"]["Default"] * written["Period"]
    assert declared(EDGE)["SurgeWriteUnits"]["Default"] <= most / 4


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
