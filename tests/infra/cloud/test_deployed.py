"""A deployed stage, used from outside through its edge and API Gateway."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from typing import Any

import pytest

from chalicelib.model.event import Attributes, Beacon, Event, Part
from chalicelib.store.events import Events
from chalicelib.store.items import decode_record, make_record
from infra.deploy import bundle
from infra.deploy.smoke import BROWSER, Answer, ask
from infra.deploy.stage import Deployment
from infra.deploy.teardown import names
from tests.infra.cloud.conftest import ADMIN, SITE, STAGE, VIEWER, Checkout
from tests.infra.cloud.local_cloud import REGION
from tests.infra.cloud.test_removed import distributions, web_acls

HOUR_MS = 3_600_000
SEAL_SECONDS = 100
OLD = 5


def page(path: str = "/", **more: Any) -> dict[str, Any]:
    ids = {"visitor_id": str(uuid.uuid4()), "session_id": str(uuid.uuid4())}
    return {"event_type": "pageview", "url": f"https://shop.example{path}", **ids, **more}


def collect(stage: Checkout, event: dict[str, Any], kind: str = "application/json") -> Answer:
    headers = {"Content-Type": kind, "User-Agent": BROWSER}
    return ask(f"{stage.edge_url}/api/collect", "POST", json.dumps(event).encode(), headers)


def report(stage: Checkout, token: str, span: str = "range=24h") -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return ask(f"{stage.edge_url}/api/reports/stats?site={SITE}&{span}", headers=headers)


def totals(stage: Checkout, span: str = "range=24h") -> dict[str, Any]:
    answer = report(stage, ADMIN, span)
    assert answer.status == 200, answer.body
    found = json.loads(answer.body)
    assert found["meta"]["partial"] == []
    return {name: found["totals"][name] for name in ("users", "sessions", "pageviews")}


@pytest.fixture(scope="module", autouse=True)
def old_visits(deployed: Checkout) -> None:
    """Beacons of an hour that is long closed, in a history that reaches back to it; and the
    schedule at work, each minute instead of hourly, while other tests run."""
    three_hours_ago = time.time_ns() // 1_000_000 - 3 * HOUR_MS
    client = deployed.session.client("dynamodb")
    manifest = {"pk": {"S": f"manifest#{SITE}"}, "sk": {"S": "manifest"}}
    client.delete_item(TableName=f"footfall-{STAGE}-registry", Key=manifest)
    assert Deployment(deployed.session, STAGE).manifests().begin(SITE, three_hours_ago)
    events = Events(client, f"footfall-{STAGE}-events", lambda: three_hours_ago)
    assert events.put([beacon(number) for number in range(OLD)]) == [True] * OLD
    every_minute(deployed)


def test_the_api_is_healthy(deployed: Checkout) -> None:
    answer = ask(f"{deployed.edge_url}/api/health")
    assert (answer.status, json.loads(answer.body)["ok"]) == (200, True)


def test_a_preflight_lets_every_origin_send_beacons(deployed: Checkout) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = ask(f"{deployed.edge_url}/api/collect", "OPTIONS", headers=headers)
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8"])
def test_a_beacon_is_accepted_and_counted_at_once(deployed: Checkout, kind: str) -> None:
    before = totals(deployed)
    answer = collect(deployed, page("/first"), kind)
    assert (answer.status, json.loads(answer.body)["accepted"]) == (200, 1)
    assert totals(deployed) == {name: count + 1 for name, count in before.items()}


@pytest.mark.parametrize(("path", "country"), [("/api/e", "DE"), ("/api/e/", "")])
def test_the_place_of_a_beacon_is_believed_on_its_exact_path_and_only_from_the_edge(
    deployed: Checkout, path: str, country: str
) -> None:
    event = page("/placed")
    forged = {"CloudFront-Viewer-Country": "FR", "X-Footfall-Edge": "guessed"}
    headers = {"Content-Type": "application/json", "User-Agent": BROWSER, **forged}
    answer = ask(f"{deployed.edge_url}{path}", "POST", json.dumps(event).encode(), headers)
    assert (answer.status, json.loads(answer.body)["accepted"]) == (200, 1)
    found = deployed.session.client("dynamodb").query(
        TableName=f"footfall-{STAGE}-events",
        KeyConditionExpression="pk = :session",
        ExpressionAttributeValues={":session": {"S": f"{SITE}#{event['session_id']}"}},
    )
    (item,) = (decode_record(make_record(item)) for item in found["Items"])
    assert item.parts[0].attributes.country == country


def test_a_report_needs_a_token(deployed: Checkout) -> None:
    answer = ask(f"{deployed.edge_url}/api/reports/stats?site={SITE}")
    assert answer.status == 401


def test_a_token_of_another_site_is_refused(deployed: Checkout) -> None:
    assert report(deployed, VIEWER).status == 403


def test_an_unknown_address_has_the_contracts_error_body(deployed: Checkout) -> None:
    answer = ask(f"{deployed.edge_url}/api/nowhere")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, "not_found")


def every_minute(stage: Checkout) -> None:
    """The rule that Chalice made, hourly so far, now fires each minute."""
    client = stage.session.client("events")
    (rule,) = client.list_rules(NamePrefix=f"footfall-{STAGE}-seal-event")["Rules"]
    assert rule["ScheduleExpression"] == "cron(20 * * * ? *)"
    client.put_rule(Name=rule["Name"], ScheduleExpression="rate(1 minute)", State="ENABLED")


def beacon(number: int) -> Beacon:
    """A pageview of a session of its own, age zero, as the collector would put it."""
    session, visitor = str(uuid.uuid4()), str(uuid.uuid4())
    view = Event("pageview", at_ms=0, path=f"/old/{number}")
    part = Part(visitor, session, Attributes(source="(direct)", channel="Direct"), (view,))
    return Beacon(SITE, session, f"old-{number}", 0, (part,))


def wait_for_segments(stage: Checkout) -> list[str]:
    """Keys in the data bucket, as soon as there are any; empty where none comes in time."""
    deadline = time.monotonic() + SEAL_SECONDS
    client = stage.session.client("s3")
    bucket = names(stage.session, STAGE).data_bucket
    while time.monotonic() < deadline:
        found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
        if found:
            return [each["Key"] for each in found]
        time.sleep(0.5)
    return []


PROBE = """
import boto3, botocore

def handler(event, context):
    answers = {}
    for service, operation, parameters in event:
        try:
            getattr(boto3.client(service), operation)(**parameters)
        except botocore.exceptions.ClientError as refused:
            answers[f"{service} {operation}"] = refused.response["Error"]["Code"]
    return [name for name, code in answers.items() if code.startswith("AccessDenied")]
"""
KEY = {"pk": {"S": "none"}, "sk": {"S": "none"}}


@pytest.mark.parametrize(
    ("role", "denied"),
    [
        (
            "api",
            ["dynamodb delete_item", "dynamodb scan", "s3 put_object", "s3 delete_object"],
        ),
        ("seal", ["dynamodb put_item", "dynamodb delete_item", "dynamodb scan"]),
        ("maintain", ["dynamodb scan"]),
    ],
)
def test_a_function_is_denied_what_its_role_does_not_name(
    deployed: Checkout, role: str, denied: list[str]
) -> None:
    events = {"TableName": f"footfall-{STAGE}-events"}
    segment = {"Bucket": names(deployed.session, STAGE).data_bucket, "Key": "none"}
    asked = [
        ("dynamodb", "put_item", {**events, "Item": KEY}),
        ("dynamodb", "delete_item", {**events, "Key": KEY}),
        ("dynamodb", "scan", events),
        ("s3", "put_object", segment),
        ("s3", "get_object", segment),
        ("s3", "delete_object", segment),
    ]
    assert probe(deployed, role, asked) == denied


def probe(stage: Checkout, role: str, asked: list[Any]) -> list[str]:
    """Which of the calls a function in this role is denied."""
    client = stage.session.client("lambda")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("probe.py", PROBE)
    client.create_function(
        FunctionName=f"probe-{role}",
        Runtime=bundle.runtime(),
        Handler="probe.handler",
        Role=f"arn:aws:iam::000000000000:role/footfall-{STAGE}-{role}-{REGION}",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    answer = client.invoke(FunctionName=f"probe-{role}", Payload=json.dumps(asked))
    client.delete_function(FunctionName=f"probe-{role}")
    return list(json.loads(answer["Payload"].read()))


def test_the_hourly_schedule_seals_closed_hours_and_no_answer_changes(
    deployed: Checkout,
) -> None:
    before = totals(deployed)
    assert before["pageviews"] >= OLD
    assert wait_for_segments(deployed)
    assert totals(deployed) == before


def test_deploying_again_changes_nothing(deployed: Checkout) -> None:
    before = snapshot(deployed)
    done = deployed.deploy("deploy", "--stage", STAGE, "--url", deployed.edge_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert snapshot(deployed) == before
    assert "nothing to change" in done.stdout
    assert "nothing to upload" in done.stdout
    assert "token (shown only now)" not in done.stdout


@pytest.mark.parametrize(
    ("wishes", "acls"),
    [(["WebAcl=create"], 1), (["WebAclArn="], 0), (["WebAcl=create", "WebAclRate=500"], 1)],
)
def test_a_web_acl_comes_and_goes_as_it_is_asked_for(
    deployed: Checkout, wishes: list[str], acls: int
) -> None:
    given = [word for wish in wishes for word in ("--set", wish)]
    done = deployed.deploy("deploy", "--stage", STAGE, "--url", deployed.edge_url, *given)
    assert done.returncode == 0, done.stdout + done.stderr
    found = [each["ARN"] for each in web_acls(deployed.session)]
    (distribution,) = distributions(deployed.session)
    assert len(found) == acls
    assert distribution["WebACLId"] == "".join(found)


def snapshot(stage: Checkout) -> dict[str, Any]:
    """What must not differ after a deployment of the same checkout."""
    session = stage.session
    functions = session.client("lambda").list_functions()["Functions"]
    objects = session.client("s3").list_objects_v2(Bucket=names(session, STAGE).site_bucket)
    stacks = session.client("cloudformation").describe_stacks()["Stacks"]
    registry = session.client("dynamodb").scan(TableName=f"footfall-{STAGE}-registry")["Items"]
    return {
        "functions": {
            each["FunctionName"]: (each["CodeSha256"], each["Role"], each["Environment"])
            for each in functions
        },
        "apis": [each["id"] for each in session.client("apigateway").get_rest_apis()["items"]],
        "site": {each["Key"]: each["LastModified"] for each in objects["Contents"]},
        "stacks": {each["StackName"]: each.get("LastUpdatedTime") for each in stacks},
        "tokens": sorted(each["sk"]["S"] for each in registry if each["pk"]["S"] == "token"),
        "config": (stage.root / ".chalice" / "config.json").read_text(),
    }


def test_a_permission_that_is_taken_away_is_missed(deployed: Checkout) -> None:
    client = deployed.session.client("iam")
    role = {"RoleName": f"footfall-{STAGE}-api-{REGION}", "PolicyName": "footfall"}
    policy = client.get_role_policy(**role)["PolicyDocument"]
    without = json.dumps(policy).replace('"dynamodb:PutItem", ', "")
    client.put_role_policy(**role, PolicyDocument=without)
    refused = collect(deployed, page("/refused"))
    client.put_role_policy(**role, PolicyDocument=json.dumps(policy))
    assert refused.status >= 500
    assert collect(deployed, page("/again")).status == 200
