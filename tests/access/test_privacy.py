"""Access, erasure and silence over the real stores: what a visitor left, and that it is gone."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.model.event import Attributes, Event
from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure
from chalicelib.privacy.erasures import OPEN_ENTRIES, suppress_events
from tests.access.world import World, build, environment, load_app

HOUR = 3_600_000
VISITOR, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 planted-ua"
)
ADDRESS = "203.0.113.77"
MARKERS = ("planted-ua", ADDRESS, "planted.mail", "planted-secret", "planted-token", "planted-key")


@pytest.fixture
def world(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in environment(endpoint, tmp_path).items():
        monkeypatch.setenv(name, value)
    return build(load_app())


def hit(world: World, visitor: str, session: str, url: str, **more: Any) -> None:
    body = {
        "event_type": "pageview", "url": url, "title": "Home", "visitor_id": visitor,
        "session_id": f"{session * 8}-1111-4111-8111-111111111111", **more,
    }  # fmt: skip
    answer = world.call("POST", "/api/collect", "none", body, User_Agent=AGENT)
    assert answer.body["accepted"] == 1, answer.body


def stored(world: World, endpoint: str) -> str:
    """Every item and every object, columns of segments included, as text."""
    settings = world.module.settings
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    items = [
        dynamodb.scan(TableName=table)["Items"]
        for table in (settings.events_table, settings.registry_table, settings.salts_table)
    ]
    dynamodb.close()
    s3 = world.module.wired.s3
    listed = s3.list_objects_v2(Bucket=settings.data_bucket).get("Contents", [])
    texts = [json.dumps(items, default=str)]
    for found in listed:
        content = s3.get_object(Bucket=settings.data_bucket, Key=found["Key"])["Body"].read()
        path = settings.cache_dir / "looked-at.parquet"
        path.write_bytes(content)
        texts.append(content.decode("latin-1"))
        if found["Key"].endswith(".parquet"):
            texts.append(repr(list(world.module.wired.engine.segments.read([path]))))
        path.unlink()
    return "\n".join(texts)


def test_an_export_tells_everything_and_an_erasure_leaves_nothing(
    world: World, endpoint: str
) -> None:
    for path in ("", "pricing"):
        hit(world, VISITOR, "a", f"https://alpha.example/{path}")
        hit(world, OTHER, "b", f"https://alpha.example/{path}")
    now = world.module.clock()
    world.module.JOBS["seal"](now + 2 * HOUR)
    hit(world, VISITOR, "c", "https://alpha.example/later")

    export = world.call("POST", "/api/sites/alpha/export", "admin", {"visitor_id": VISITOR}).body
    paths = [event["path"] for s in export["sessions"] for event in s["events"]]
    assert sorted(paths) == ["/", "/later", "/pricing"]
    assert export["sessions"][0]["attributes"]["browser"] == "Chrome"

    asked = world.call("POST", "/api/sites/alpha/erasures", "admin", {"visitor_id": VISITOR})
    assert asked.status == 202
    assert world.report("stats", range="24h").body["totals"]["users"] == 1
    gone = world.call("POST", "/api/sites/alpha/export", "admin", {"visitor_id": VISITOR}).body
    assert gone["sessions"] == []

    for later in (now + 4 * HOUR, now + 5 * HOUR):
        world.module.JOBS["seal"](later)
        world.module.JOBS["maintain"](later)
    receipt = world.call("GET", f"/api/sites/alpha/erasures/{asked.body['id']}").body
    assert receipt["erased_at"] == now + 4 * HOUR
    assert VISITOR not in stored(world, endpoint)
    assert OTHER in stored(world, endpoint)
    assert world.report("stats", range="24h").body["totals"]["pageviews"] == 2


@pytest.mark.parametrize(
    ("imported", "asked"),
    [
        ("user-42", "user-42"),
        ("user-42", f"#{number_of('user-42'):016x}"),
        ("#0123456789abcdef", "#0123456789ABCDEF"),
        (VISITOR, VISITOR.upper()),
    ],
)
def test_an_imported_visitor_is_exported_and_erased_by_the_id_of_its_file(
    world: World, imported: str, asked: str
) -> None:
    event = {"at_ms": 1_700_000_000_000, "event_type": "pageview", "session_id": "1", "path": "/"}
    events = [{**event, "visitor_id": visitor} for visitor in (imported, OTHER)]
    world.module.wired.history.import_events("alpha", "old", events)
    body = {"visitor_id": asked}
    [session] = world.call("POST", "/api/sites/alpha/export", "admin", body).body["sessions"]
    assert [event["path"] for event in session["events"]] == ["/"]
    assert world.call("POST", "/api/sites/alpha/erasures", "admin", body).status == 202
    assert world.report("stats", range="all").body["totals"]["users"] == 1


def test_a_visitors_id_is_in_no_log_entry_and_no_receipt(world: World, endpoint: str) -> None:
    world.call("POST", "/api/sites/alpha/export", "admin", {"visitor_id": VISITOR})
    asked = world.call("POST", "/api/sites/alpha/erasures", "admin", {"visitor_id": VISITOR})
    entries = world.call("GET", "/api/audit").body["entries"]
    assert [entry["action"] for entry in entries] == ["erase", "visitor.export"]
    assert VISITOR not in json.dumps([asked.body, entries]) + stored(world, endpoint)


def test_a_request_too_many_leaves_no_receipt_and_the_next_run_fails_nowhere(world: World) -> None:
    now = world.module.clock()
    entries = [Erasure(str(n), 1, visitor=n) for n in range(1, OPEN_ENTRIES + 1)]
    suppress_events("alpha", world.module.wired.sealed, entries, world.module.wired.clock)
    asked = world.call("POST", "/api/sites/alpha/erasures", "admin", {"visitor_id": VISITOR})
    assert (asked.status, asked.body["error"]["code"]) == (409, "too_many_erasures")
    assert world.call("GET", "/api/sites/alpha/erasures").body["erasures"] == []
    assert "failed" not in world.module.JOBS["maintain"](now + HOUR)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"visitor_id": VISITOR, "day": "2026-01-01"}, ""),
        ({"visitor_id": " "}, "visitor_id"),
        ({"visitor_id": "x" * 101}, "visitor_id"),
        ({"visitor_id": "#everyone"}, "visitor_id"),
        ({"visitor_id": "#0000000000000000"}, "visitor_id"),
        ({"visitor_id": None}, ""),
        ({"day": "yesterday"}, "day"),
        ({"day": "2999-01-01"}, "day"),
        ({"day": "2026-02-30"}, "day"),
        ({"path": "no-slash"}, "path"),
        ({"path": "/a*b"}, "path"),
        ({"path": 5}, "path"),
    ],
)
def test_a_request_to_erase_that_is_unclear_is_refused(world: World, body: Any, field: str) -> None:
    answer = world.call("POST", "/api/sites/alpha/erasures", "admin", body)
    assert answer.status == 400
    assert answer.body["error"].get("field", "") == field


def test_a_day_that_begins_before_1970_where_the_site_is_cannot_be_erased(world: World) -> None:
    world.call("PATCH", "/api/sites/alpha", "admin", {"time_zone": "Europe/Berlin"})
    answer = world.call("POST", "/api/sites/alpha/erasures", "admin", {"day": "1970-01-01"})
    assert (answer.status, answer.body["error"]["field"]) == (400, "day")


def test_what_must_not_be_kept_is_in_no_log_and_no_store(
    world: World, endpoint: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="footfall")
    planted = "email=planted.mail%40example.org&token=planted-secret&q=planted-key"
    hit(
        world, VISITOR, "a", f"https://alpha.example/account?{planted}#access_token=planted-token",
        referrer=f"https://other.example/reset?{planted}",
        entry={"url": f"https://alpha.example/?{planted}", "referrer": f"https://o.example/?{planted}"},
    )  # fmt: skip
    headers = {"X_Forwarded_For": ADDRESS, "CloudFront_Viewer_Address": f"{ADDRESS}:1234"}
    for body in (b"planted-secret {", b'{"event_type": "planted-secret"}', b"\xff" + b"x" * 70_000):
        world.call("POST", "/api/collect", "none", body, User_Agent=AGENT, **headers)
    world.call("GET", "/api/reports/stats?site=alpha&range=planted-secret", "viewer of alpha")
    world.call("GET", "/api/sites", "none", Authorization="Bearer planted-token", **headers)
    world.call("POST", "/api/tokens", "admin", {"name": "x", "secret": "planted-secret"})
    world.module.JOBS["seal"](world.module.clock() + 3 * HOUR)
    world.module.JOBS["maintain"](world.module.clock() + 3 * HOUR)
    said = capfd.readouterr()
    log = "\n".join(
        [r.getMessage() for r in caplog.records if r.name.startswith(("footfall", "chalicelib"))]
    )
    for marker in (*MARKERS, *world.secrets.values()):
        if marker != "garbage":
            assert marker not in log + said.out + said.err
            assert marker not in stored(world, endpoint)


def test_sessions_of_the_past_are_called_bots_by_a_rule_that_can_be_seen_first_and_undone(
    world: World,
) -> None:
    for letter, source in (("a", "newsletter"), ("b", "spam.example"), ("c", "spam.example")):
        hit(world, VISITOR, letter, f"https://alpha.example/?utm_source={source}")
    world.module.JOBS["seal"](world.module.clock() + 2 * HOUR)

    def count(**asked: str) -> int:
        answer = world.report("stats", range="24h", **asked)
        return int(answer.body["totals"]["sessions"])

    def call_bots(*rules: str) -> int:
        return world.call("PATCH", "/api/sites/alpha", "admin", {"bot_filters": rules}).status

    assert count(filter="source:is:spam.example") == 2  # the effect, seen first
    assert call_bots("source:is:spam.example") == 200
    assert (count(), count(bots="include")) == (1, 3)
    assert call_bots() == 200
    assert count() == 3
    assert call_bots("source:is_not:newsletter") == 400


def test_the_limits_of_what_a_reader_asks_leave_room_for_what_narrows_it(world: World) -> None:
    hit(world, VISITOR, "a", "https://alpha.example/?utm_source=newsletter")
    hit(world, VISITOR, "b", "https://alpha.example/?utm_source=spam.example")
    hit(world, VISITOR, "c", "https://alpha.example/19?utm_source=newsletter")
    bots = ["source:is:spam.example", f"source:is:{'x' * 1_990}"]
    assert world.call("PATCH", "/api/sites/alpha", "admin", {"bot_filters": bots}).status == 200
    locked = [f"page:is_not:/{number}" for number in range(20)]
    share = {"name": "Board", "filters": locked}
    made = world.call("POST", "/api/sites/alpha/shares", "admin", share)
    reader = World(world.module, {"share": made.body["secret"]})
    asked = ["source:starts_with:news"] * 20
    answer = reader.report("stats", who="share", range="24h", filter=asked)
    assert answer.status == 200, answer.body
    assert answer.body["totals"]["sessions"] == 1


def test_a_share_link_with_locked_filters_does_not_learn_when_the_site_began(world: World) -> None:
    old = {"at_ms": 1_700_000_000_000, "event_type": "pageview", "session_id": "1", "path": "/"}
    world.module.wired.history.import_events("alpha", "old", [{**old, "visitor_id": OTHER}])
    hit(world, VISITOR, "a", "https://alpha.example/?utm_source=newsletter")
    share = {"name": "Board", "filters": ["source:is:newsletter"]}
    made = world.call("POST", "/api/sites/alpha/shares", "admin", share)
    reader = World(world.module, {"share": made.body["secret"]})
    today = world.module.clock() // (24 * HOUR) * (24 * HOUR)
    for name, asked in (("stats", {}), ("sankey", {}), ("list", {"dimension": "page"})):
        seen = reader.report(name, who="share", range="all", **asked).body["meta"]["from"]
        assert today - 24 * HOUR <= seen <= today
        assert world.report(name, range="all", **asked).body["meta"]["from"] < 1_700_000_000_000


def test_what_comes_from_an_excluded_address_is_not_stored_and_neither_is_the_address(
    world: World, endpoint: str
) -> None:
    change = {"excluded_addresses": [ADDRESS, "127.0.0.1"]}
    world.call("PATCH", "/api/sites/alpha", "admin", change)
    kept = world.call("GET", "/api/sites/alpha", "admin").body["excluded_addresses"]
    assert [len(text) for text in kept] == [64, 64]
    world.call("PATCH", "/api/sites/alpha", "admin", {"excluded_addresses": kept})
    assert world.call("GET", "/api/sites/alpha", "admin").body["excluded_addresses"] == kept
    body = {
        "event_type": "pageview", "url": "https://alpha.example/", "visitor_id": VISITOR,
        "session_id": OTHER,
    }  # fmt: skip
    answer = world.call("POST", "/api/collect", "none", body, User_Agent=AGENT)
    assert answer.body["dropped"] == [{"index": 0, "reason": "excluded"}]
    assert ADDRESS not in stored(world, endpoint)


def test_the_statement_names_every_field_that_is_stored_and_the_settings_in_force(
    world: World,
) -> None:
    world.call("PATCH", "/api/sites/alpha", "admin", {"retention_days": 400, "honour_dnt": True})
    said = world.call("GET", "/api/sites/alpha/data-protection", "admin").body
    for kept in said["stored"][:2]:
        assert {f.name for f in (*fields(Attributes), *fields(Event))} <= set(kept["fields"])
    assert said["stored"][1]["kept"].startswith("400 days")
    assert said["settings"]["honour_dnt"] is True
    assert world.module.settings.events_table in said["stored"][0]["where"]


def test_the_statement_says_where_salts_are_and_that_no_backup_holds_them(world: World) -> None:
    world.call("PATCH", "/api/sites/alpha", "admin", {"identity": "storage-free"})
    said = world.call("GET", "/api/sites/alpha/data-protection", "admin").body
    (salts,) = [kept for kept in said["stored"] if kept["what"].startswith("salts")]
    assert world.module.settings.salts_table in salts["where"]
    assert "no backup" in salts["kept"]
    assert "no backup" in said["visitors"]


def test_a_site_with_persistent_visitors_has_no_salts(world: World) -> None:
    said = world.call("GET", "/api/sites/alpha/data-protection", "admin").body
    assert not [kept for kept in said["stored"] if kept["what"].startswith("salts")]


def test_salts_are_kept_in_a_table_of_their_own(world: World, endpoint: str) -> None:
    world.call("PATCH", "/api/sites/alpha", "admin", {"identity": "storage-free"})
    world.module.wired.collector.salts.of(world.module.clock())
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    tables = world.module.settings
    kinds = {
        table: {item["pk"]["S"] for item in client.scan(TableName=table)["Items"]}
        for table in (tables.salts_table, tables.registry_table)
    }
    client.close()
    assert kinds[tables.salts_table] == {"salt"}
    assert "salt" not in kinds[tables.registry_table]


@pytest.mark.parametrize("who", ["admin", "viewer of alpha", "share of alpha"])
def test_the_statement_says_that_lists_of_exclusions_are_kept_and_not_who_is_on_them(
    world: World, who: str
) -> None:
    excluded = {"excluded_addresses": [ADDRESS]}
    assert world.call("PATCH", "/api/sites/alpha", "admin", excluded).status == 200
    objection = {"visitor_id": VISITOR}
    path = "/api/sites/alpha/excluded-visitors"
    objected = world.call("POST", path, "admin", objection)
    assert objected.status == 200
    said = world.call("GET", "/api/sites/alpha/data-protection", who).body
    assert set(said["settings"]) == {
        "time_zone", "identity", "honour_gpc", "honour_dnt", "kept_query_parameters",
        "retention_days",
    }  # fmt: skip
    assert {"exclusions", "objections"} <= {kept["what"] for kept in said["stored"]}
    assert VISITOR not in json.dumps(said)
    assert objected.body["visitor"] not in json.dumps(said)


@pytest.mark.usefixtures("world")
def test_the_operators_commands_are_the_same_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    from infra.operate import commands

    def run(*arguments: str) -> Any:
        assert commands.main(arguments) == 0
        return json.loads(capsys.readouterr().out)

    run("create-site", "id=gamma", "name=Gamma", 'hostnames=["gamma.example"]')
    assert run("change-site", "gamma", "retention_days=400")["retention_days"] == 400
    assert run("exclude-visitor", "gamma", f"visitor_id={VISITOR}")["excluded"]
    assert not run("include-visitor", "gamma", f"visitor_id={VISITOR}")["excluded"]
    made = run("create-token", "name=ci", "role=viewer", 'sites=["gamma"]')
    assert run("revoke-token", made["id"])["revoked"]
    share = run("create-share", "gamma", "name=Board")
    assert [s["id"] for s in run("shares", "gamma")["shares"]] == [share["id"]]
    receipt = run("erase", "gamma", f"visitor_id={VISITOR}")
    assert run("erasures", "gamma")["erasures"] == [receipt]
    assert run("export-visitor", "gamma", f"visitor_id={VISITOR}")["sessions"] == []
    assert run("data-protection", "gamma")["site"]["id"] == "gamma"
    actions = [entry["action"] for entry in run("audit", "site=gamma", "limit=2")["entries"]]
    assert actions == ["visitor.export", "erase"]
    assert commands.main(["site", "nowhere"]) == 1
    assert "may not" in capsys.readouterr().err
