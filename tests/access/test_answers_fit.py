"""No answer is larger than Lambda may give: lists have limits, exports have pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.admin.shapes import make_page
from chalicelib.http import adapter
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.privacy.requests import PAGE_BYTES, export_page, join_pages
from infra.operate import commands
from tests.access.world import World, build, environment, load_app

VISITOR = "11111111-1111-4111-8111-111111111111"
START = 1_700_000_000_000
LAMBDA_BYTES = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
HEADERS_BYTES = 10_000
Answer = dict[str, Any]


def said_by_lambda(answer: Any) -> int:
    """Bytes of an answer as the runtime hands it on."""
    given = {"statusCode": 200, "body": answer.body}
    return len(json.dumps(given, ensure_ascii=False).encode()) + HEADERS_BYTES


# ---- the one door


@pytest.mark.parametrize("text", ["x", "é", "한", "😀", '"', "\\", "\n", "\x01", "\ud800"])
def test_an_answer_goes_out_up_to_5_mb_and_what_lambda_takes_and_else_is_a_400(text: str) -> None:
    """One more of any character, and it is refused."""

    def answered(count: int) -> Any:
        return adapter.json_response(200, {"a": text * count})

    most, too_many = 0, 6_000_000
    while too_many - most > 1:
        middle = (most + too_many) // 2
        most, too_many = (
            (middle, too_many) if answered(middle).status_code == 200 else (most, middle)
        )
    largest, refused = answered(most), answered(too_many)
    sent = len(largest.body.encode())
    assert sent <= 5_000_000
    assert said_by_lambda(largest) <= LAMBDA_BYTES
    assert sent > 5_000_000 - 6 or said_by_lambda(largest) > 6_000_000
    assert refused.status_code == 400
    assert json.loads(refused.body)["error"] == {
        "code": "answer_too_large",
        "message": "The answer would exceed 5 MB; ask for a smaller limit.",
        "field": "limit",
    }


# ---- reports


@pytest.fixture
def world(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in environment(endpoint, tmp_path).items():
        monkeypatch.setenv(name, value)
    return build(load_app())


def many_long_texts(text: str, events: int = 2_160) -> list[dict[str, Any]]:
    """Events of which every text is another, and as long as it may be."""
    return [
        {
            "at_ms": START + number,
            "event_type": "click",
            "visitor_id": f"v{number // 2}",
            "session_id": str(number // 2),
            "path": f"/{number}/" + text * 490,
            "title": f"{number}" + text * 290,
            "source": f"{number}" + text * 140,
            "campaign": f"{number}" + text * 140,
            "referrer": f"r.example/{number}" + text * 480,
            "data": json.dumps({"link_url": f"https://o.example/{number}" + text * 470}),
        }
        | ({"event_type": "pageview", "data": ""} if number % 2 else {})
        for number in range(events)
    ]


@pytest.mark.parametrize("text", ["x", "한", '"'])
def test_a_report_of_long_distinct_texts_is_a_400_that_a_smaller_limit_mends(
    world: World, text: str
) -> None:
    world.module.wired.history.import_events("alpha", "long", many_long_texts(text))
    asked: list[tuple[str, dict[str, Any]]] = [
        ("stats", {}),
        ("sankey", {"steps": 8}),
        ("properties", {"event": "pageview"}),
        ("timings", {}),
        *(("list", {"dimension": name}) for name in ("page", "entry_page", "source", "referrer")),
    ]
    statuses = {}
    for name, more in asked:
        for limit in (20,) if name == "sankey" else (1000, 300, 10):
            answer = world.report(name, range="all", limit=limit, **more)
            sent = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
            assert len(sent) <= 5_000_000
            assert answer.status == 200 or answer.body["error"]["field"] == "limit"
            statuses[name, limit] = answer.status
    assert statuses["stats", 1000] == (200 if text == "x" else 400)
    assert {statuses[key] for key in statuses if key != ("stats", 1000)} == {200}


# ---- an export's pages

texts = st.text('ab"\\é한😀', max_size=300)
events = st.builds(
    Event,
    type=st.sampled_from(["pageview", "click"]),
    at_ms=st.integers(START, START + 5),
    seq=st.integers(0, 9),
    path=texts,
    data=st.dictionaries(st.sampled_from("abc"), texts, max_size=3),
)
parts = st.builds(
    Part,
    visitor_id=st.just(VISITOR),
    session_id=st.sampled_from(["s", "t", "u"]),
    attributes=st.builds(Attributes, source=st.sampled_from(["", "a", "b"])),
    events=st.lists(events, min_size=1, max_size=5).map(tuple),
)


def pages(
    found: Sequence[Part], limit: int, most_bytes: int, turn: Callable[[int], Sequence[Part]]
) -> list[list[Answer]]:
    """Every page; `turn` gives the parts as the store shows them at the next one."""
    said, cursor = [], None
    while True:
        shown, cursor = export_page(found, cursor, limit, most_bytes)
        said.append(shown)
        assert len(said) < 200, "they have no end"
        if cursor is None:
            return said
        found = turn(len(said))


@settings(max_examples=200)
@given(st.lists(parts, max_size=12), st.integers(1, 4), st.integers(1, 4000), st.randoms())
def test_an_exports_pages_together_are_exactly_the_whole(
    found: list[Part], limit: int, most_bytes: int, choose: Any
) -> None:
    def shuffled(_: int) -> list[Part]:
        return choose.sample(found, len(found))

    said = pages(found, limit, most_bytes, shuffled)
    [whole] = pages(found, 1000, 10**9, shuffled)
    assert join_pages(said) == whole
    counted = sum(len(session["events"]) for session in whole)
    assert counted == sum(len(part.events) for part in found)
    for shown in said:
        assert len(shown) <= limit
        count = sum(len(session["events"]) for session in shown)
        quoted = json.dumps(json.dumps(shown, ensure_ascii=False), ensure_ascii=False)
        assert len(quoted.encode()) <= most_bytes + 4 or count == 1
    assert all(said) or not found


@given(st.lists(parts, min_size=1, max_size=8), parts)
def test_what_comes_in_the_end_while_pages_are_read_is_in_them_too(
    found: list[Part], late: Part
) -> None:
    late = replace(late, session_id="z", events=(Event("click", START + 9),))
    said = pages(found, 1, 500, lambda _: [*found, late])
    seen = [event["at_ms"] for session in join_pages(said) for event in session["events"]]
    [whole] = pages(found, 1000, 10**9, lambda _: found)
    had = [event["at_ms"] for session in whole for event in session["events"]]
    assert seen in (had, [*had, START + 9])


@pytest.mark.parametrize("text", ["x" * 10_000, "한" * 3_300, '"' * 5_000, "\\" * 5_000])
def test_the_longest_session_there_can_be_is_exported_in_pages_that_fit(text: str) -> None:
    """5,000 events with 10 KB of data each, 50 MB."""
    many = tuple(Event("custom", START + n, data={"a": text}) for n in range(5_000))
    found = [Part(VISITOR, "s", Attributes(source="x"), many)]
    said = pages(found, 1000, PAGE_BYTES, lambda _: found)
    for shown in said:
        answer = adapter.json_response(200, {"sessions": shown})
        assert answer.status_code == 200
        assert said_by_lambda(answer) <= LAMBDA_BYTES
    assert [len(session["events"]) for session in join_pages(said)] == [5_000]
    assert len(said) < 40


def test_the_api_gives_an_export_in_pages_and_the_operators_command_all_of_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [
        {"at_ms": START + n, "event_type": "custom", "visitor_id": "v", "session_id": str(n // 5),
         "path": "/", "data": json.dumps({f"{key}": "한" * 500 for key in range(20)})}
        for n in range(400)
    ]  # fmt: skip
    world.module.wired.history.import_events("alpha", "one visitor", events)
    body: dict[str, Any] = {"visitor_id": "v"}
    said = []
    while True:
        answer = world.call("POST", "/api/sites/alpha/export", "admin", body)
        assert answer.status == 200
        said.append(answer.body["sessions"])
        assert len(said) < 20
        if not answer.body["cursor"]:
            break
        body["cursor"] = answer.body["cursor"]
    assert len(said) > 1
    times = [event["at_ms"] for session in join_pages(said) for event in session["events"]]
    assert times == [START + n for n in range(400)]
    assert commands.main(["export-visitor", "alpha", "visitor_id=v"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["sessions"] == join_pages(said)
    assert len(printed["sessions"]) == 80
    few = world.call("POST", "/api/sites/alpha/export", "admin", {"visitor_id": "v", "limit": 3})
    assert len(few.body["sessions"]) == 3
    for bad in ({"limit": 0}, {"limit": 1001}, {"cursor": "x"}, {"cursor": ""}):
        refused = world.call("POST", "/api/sites/alpha/export", "admin", {"visitor_id": "v", **bad})
        assert (refused.status, refused.body["error"]["field"]) == (400, next(iter(bad)))


# ---- administrators' lists


@given(st.lists(st.integers(0, 50), unique=True, max_size=30), st.integers(1, 10))
def test_a_lists_pages_together_are_the_whole_in_order(numbers: list[int], limit: int) -> None:
    rows = [{"id": f"{number:02d}"} for number in numbers]
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = [("limit", str(limit)), ("cursor", cursor)]
        answer = make_page("rows", rows, lambda row: str(row["id"]), asked)
        assert bool(rows) <= len(answer["rows"]) <= limit
        found += answer["rows"]
        cursor = answer["cursor"]
    assert found == sorted(rows, key=lambda row: row["id"])


def test_every_list_of_an_administrator_has_pages(world: World) -> None:
    for number in range(3):
        world.call("POST", "/api/tokens", "admin", {
            "name": f"t{number}", "role": "viewer", "sites": ["alpha"],
        })  # fmt: skip
        world.call("POST", "/api/sites/alpha/shares", "admin", {"name": f"s{number}"})
        world.call("POST", "/api/sites/alpha/erasures", "admin", {"visitor_id": f"v{number}"})
    for path, name in (
        ("/api/sites", "sites"),
        ("/api/tokens", "tokens"),
        ("/api/sites/alpha/shares", "shares"),
        ("/api/sites/alpha/erasures", "erasures"),
    ):
        whole = world.call("GET", path, "admin").body
        assert whole["cursor"] is None
        first = world.call("GET", f"{path}?limit=1", "admin").body
        cursor = first["cursor"].replace("\n", "%0A").replace(" ", "%20")
        rest = world.call("GET", f"{path}?cursor={cursor}", "admin").body
        assert [*first[name], *rest[name]] == whole[name]
        assert len(whole[name]) > 1
        refused = world.call("GET", f"{path}?limit=0", "admin")
        assert (refused.status, refused.body["error"]["field"]) == (400, "limit")
