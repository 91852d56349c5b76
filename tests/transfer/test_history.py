"""History in and out: documented columns, all or nothing, the same events never twice."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure, Import, Segment
from chalicelib.model.refusal import Refusal
from chalicelib.privacy.erasures import suppress_events
from chalicelib.report.reports import Reports
from chalicelib.report.verifier import Difference
from chalicelib.transfer.exporting import Exported
from chalicelib.transfer.files import read_hits as own_lines
from chalicelib.transfer.importing import History
from infra.local.traffic import history as traffic
from tests.harness.fake_aws import ConditionalCheckFailedException
from tests.harness.sealing import DAY, HOUR, MINUTE, SITE, START, Life

HERE = replace(SITE, hostnames=("example.com",))
VISITOR, SESSION = "0b1e2f3a-0000-4000-8000-000000000001", "0b1e2f3a-0000-4000-8000-000000000002"
HIT: dict[str, Any] = {
    "at_ms": START - 9 * DAY,
    "event_type": "pageview",
    "visitor_id": VISITOR,
    "session_id": SESSION,
    "url": "https://example.com/a?utm_source=news&utm_medium=email",
}


def started(folder: Path) -> tuple[Life, History]:
    life = Life(folder, open_engine(folder / "a"))
    sites = {SITE.id: HERE}
    return life, History(life.stores, life.reader, sites.get, life.clock)


def stats(life: Life) -> dict[str, Any]:
    assert isinstance(life.engine, Engine)
    given = [("site", SITE.id), ("range", "all"), ("bots", "include"), ("users", "1")]
    find = life.cold().snapshot
    return Reports(find, life.engine).answer("stats", given, SITE, life.now)


def top(answer: dict[str, Any], dimension: str) -> list[str]:
    return [row["id"] for row in answer["top"][dimension]]


def test_raw_events_are_attributed_as_live_traffic_is(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    phone += "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
    raw = {"user_agent": phone, "country": "de", "screen": "393x852", "language": "de-DE"}
    entry = {"entry_url": "https://example.com/", "entry_referrer": "https://www.google.com/"}
    later = {**HIT, **raw, **entry, "session_id": "2", "url": "https://example.com/b"}
    history.import_events(SITE.id, "raw", [{**HIT, **raw}, later])
    answer = stats(life)
    assert answer["totals"]["users"] == 1
    assert top(answer, "source") == ["google", "news"]
    assert top(answer, "page") == ["/a", "/b"]
    assert [top(answer, name) for name in ("device", "country", "screen", "language")] == [
        ["mobile"],
        ["DE"],
        ["393x852"],
        ["de-DE"],
    ]


@pytest.mark.parametrize(
    ("ids", "users"),
    [
        (["ana@example.com", "bob@example.com"], 2),
        (["dXNlcg", "dXnlcg"], 2),
        ([VISITOR, f" {VISITOR.upper()}\n"], 1),
        (["#00000000000000ab", "#00000000000000AB"], 1),
        ([f"#{number_of('user-42'):016x}", "user-42"], 1),
    ],
)
def test_ids_are_one_visitor_only_where_no_more_than_meaningless_case_sets_them_apart(
    tmp_path: Path, ids: list[str], users: int
) -> None:
    life, history = started(tmp_path)
    history.import_events(SITE.id, "ids", [{**HIT, "visitor_id": id} for id in ids])
    assert stats(life)["totals"]["users"] == users


def test_ready_attributes_are_taken_as_they_stand(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    ready = {"source": "Old Tool", "medium": "x", "channel": "Email", "device": "tv"}
    history.import_events(SITE.id, "ready", [{**HIT, **ready}])
    answer = stats(life)
    assert (top(answer, "source"), top(answer, "channel")) == (["Old Tool"], ["Email"])
    assert (top(answer, "device"), top(answer, "country")) == (["tv"], ["(none)"])


def test_without_limits_an_imported_session_of_any_length_counts_whole(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    life.segments.cap = None
    history.import_events(SITE.id, "long", [{**HIT, "seq": number} for number in range(6_000)])
    assert stats(life)["totals"]["pageviews"] == 6_000


def test_the_same_events_are_refused_whatever_their_file_is_called(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    history.import_events(SITE.id, "first", [HIT])
    objects = set(life.aws.objects)
    with pytest.raises(Refusal, match="'first'") as refused:
        history.import_events(SITE.id, "second", [dict(reversed(HIT.items()))])
    assert (refused.value.status, refused.value.code) == (409, "imported_before")
    assert set(life.aws.objects) == objects
    history.import_events(SITE.id, "third", [HIT, HIT])
    assert stats(life)["totals"]["pageviews"] == 3


WRONG = [
    ({"at_ms": None}, "at"),
    ({"at_ms": -1}, "at_ms"),
    ({"at_ms": True}, "at_ms"),
    ({"at_ms": 1.5}, "at_ms"),
    ({"at_ms": None, "at": "2024-10-04 00:00"}, "at"),
    ({"event_type": "a\tb"}, "event_type"),
    ({"event_type": None}, "event_type"),
    ({"visitor_id": ""}, "visitor_id"),
    ({"visitor_id": "#12"}, "visitor_id"),
    ({"visitor_id": " "}, "visitor_id"),
    ({"visitor_id": " #zzzzzzzzzzzzzzzz"}, "visitor_id"),
    ({"visitor_id": "#0000000000000000"}, "visitor_id"),
    ({"session_id": 7}, "session_id"),
    ({"session_id": "x" * 101}, "session_id"),
    ({"url": None}, "url"),
    ({"url": "/a"}, "url"),
    ({"title": 5}, "title"),
    ({"seq": "one"}, "seq"),
    ({"data": "[1]"}, "data"),
    ({"data": "{"}, "data"),
    ({"source": ["google"]}, "source"),
]


@pytest.mark.parametrize(("wrong", "column"), WRONG)
def test_an_event_that_cannot_be_read_is_named_and_nothing_is_imported(
    tmp_path: Path, wrong: dict[str, Any], column: str
) -> None:
    life, history = started(tmp_path)
    with pytest.raises(Refusal, match=f"event 2: {column} ") as refused:
        history.import_events(SITE.id, "wrong", [HIT, {**HIT, **wrong}])
    assert (refused.value.status, refused.value.field) == (400, column)
    assert (life.manifest().imports, life.aws.objects) == ((), {})


@pytest.mark.parametrize("text", ["[]", '{"at_ms": ', "7", '{"a":' * 100_000])
def test_a_line_that_is_no_json_object_is_named(tmp_path: Path, text: str) -> None:
    _, history = started(tmp_path)
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(HIT)}\n\n{text}\n")
    with pytest.raises(Refusal, match="line 3 is no JSON object"):
        history.import_file(SITE.id, path, own_lines)


def test_a_row_of_a_table_with_more_values_than_columns_is_named(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    path = tmp_path / "events.csv"
    values = ",".join(str(value) for value in HIT.values())
    path.write_text(f"{','.join(HIT)}\n{values}\n{values},5\n")
    with pytest.raises(Refusal, match="line 3 has more values than columns"):
        history.import_file(SITE.id, path, own_lines)
    assert life.manifest().imports == ()


def test_an_import_without_events_is_refused(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    with pytest.raises(Refusal, match="nothing has no events"):
        history.import_events(SITE.id, "nothing", [])
    assert life.manifest().imports == ()


def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    _, history = started(tmp_path)
    binary = tmp_path / "events.csv"
    binary.write_bytes(b"\xff\xfe\x00a")
    for path in (binary, tmp_path / "none.jsonl"):
        with pytest.raises(Refusal, match="cannot be read"):
            history.import_file(SITE.id, path, own_lines)
    with pytest.raises(Refusal, match="no site 'other'"):
        history.import_file("other", binary, own_lines)


def test_csv_and_jsonl_of_the_same_events_give_the_same_answers(tmp_path: Path) -> None:
    data = {"engagement_ms": 12_000, "plan": "monthly"}
    hits = [
        {**HIT, "seq": 1, "title": 'Say "hi", then\nleave', "country": "FR"},
        {**HIT, "at_ms": HIT["at_ms"] + MINUTE, "event_type": "user_engagement", "data": data},
    ]
    lines, table = tmp_path / "events.jsonl", tmp_path / "events.csv"
    lines.write_text("".join(json.dumps(hit) + "\n" for hit in hits))
    with table.open("w", newline="") as file:
        rows = csv.DictWriter(file, sorted({name for hit in hits for name in hit}))
        rows.writeheader()
        rows.writerows({**hit, "data": json.dumps(hit.get("data", {}))} for hit in hits)
    answers = []
    for path in (lines, table):
        life, history = started(tmp_path / path.suffix)
        assert history.import_file(SITE.id, path, own_lines).events == 2
        answers.append(stats(life))
    assert answers[0] == answers[1]
    assert answers[0]["totals"]["engagement_ms_per_session"] == 12_000


def scattered(count: int) -> list[dict[str, Any]]:
    """Events of three sessions, in turns of two months and in no order."""
    return [
        {**HIT, "at_ms": HIT["at_ms"] - n % 2 * 31 * DAY - n * 7 % count, "session_id": str(n % 3)}
        for n in range(count)
    ]


def test_an_import_is_one_file_a_month_in_whatever_order_its_events_come(tmp_path: Path) -> None:
    answers = []
    for chunk in (4, 1000):
        life = Life(tmp_path / str(chunk), open_engine(tmp_path / str(chunk) / "a"))
        stores, sites = life.stores, {SITE.id: HERE}
        history = History(stores, life.reader, sites.get, life.clock, chunk_events=chunk)
        entry = history.import_events(SITE.id, "scattered", scattered(30))
        assert [file.rows for file in entry.files] == [3, 3]
        answers.append(stats(life))
    assert answers[0] == answers[1]
    assert answers[0]["totals"]["pageviews"] == 30


def test_an_import_that_would_stop_sealing_is_refused(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    file = Segment("sealed/" + "k" * 120, "5" * 64, 10**6, 10**8, START, START)
    others = Import("other", "other", START, 1, (file,) * 500)
    seen = life.manifest()
    assert life.sealed.manifests.commit(SITE.id, seen, replace(seen, imports=(others,)))
    with pytest.raises(Refusal, match="no room for more") as refused:
        history.import_events(SITE.id, "one more", [HIT])
    assert (refused.value.status, refused.value.code) == (409, "history_full")
    assert life.manifest().imports == (others,)


def test_imported_and_live_events_of_a_session_add_up(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    life.put("1", session="s", path="/live", source="google")
    life.now += MINUTE
    old = {**HIT, "at_ms": life.now - HOUR, "path": "/old", "source": "google"}
    history.import_events(SITE.id, "old", [{**old, "visitor_id": "v-s", "session_id": "s"}])
    answer = stats(life)
    assert (answer["totals"]["sessions"], answer["totals"]["pageviews"]) == (1, 2)
    assert top(answer, "entry_page") == ["/old"]
    recent = life.snapshot((life.now - 20 * MINUTE, life.now + 1), life.cold())
    assert (len(recent.tail), len(recent.files)) == (1, 0)


def test_events_of_an_erased_visitor_do_not_come_back_by_an_import(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    seen = life.manifest()
    entry = Erasure("e", START + DAY, visitor=number_of(VISITOR))
    assert life.sealed.manifests.commit(SITE.id, seen, replace(seen, erased=(entry,)))
    history.import_events(SITE.id, "old", [HIT, {**HIT, "visitor_id": "another"}])
    assert stats(life)["totals"]["users"] == 1
    (file,) = life.manifest().files
    assert (file.rows, file.erasures) == (1, 1)


def test_an_import_survives_a_sealer_that_commits_meanwhile(tmp_path: Path) -> None:
    life, history = started(tmp_path)

    def seal_meanwhile(_number: int, name: str) -> None:
        if name == "PutItem":
            life.aws.before = lambda _number, _name: None
            life.seal()

    life.now += 3 * HOUR
    life.aws.before = seal_meanwhile
    history.import_events(SITE.id, "old", [HIT])
    assert life.manifest().tiles
    assert stats(life)["totals"]["pageviews"] == 1


@pytest.mark.parametrize("answer", ["lost", "never"])
def test_an_import_that_counts_is_told_so_whichever_answer_is_lost(
    tmp_path: Path, answer: str
) -> None:
    """After a write that counted, its second attempt is told that the condition does not hold;
    or there is no answer to any attempt."""
    error: Exception = ConditionalCheckFailedException()
    if answer == "never":
        error = EndpointConnectionError(endpoint_url="registry")
    for at in range(20):
        life, history = started(tmp_path / f"{at}")
        began = len(life.aws.calls)

        def lose(number: int, name: str, at: int = at + began) -> None:
            if number == at and name == "PutItem":
                raise error

        life.aws.after = lose
        entry = history.import_events(SITE.id, "old", [HIT])
        life.aws.after = lambda _number, _name: None
        assert life.manifest().imports == (entry,)
        assert stats(life)["totals"]["pageviews"] == 1
        with pytest.raises(Refusal, check=lambda refusal: refusal.status == 409):
            history.import_events(SITE.id, "again", [HIT])


def lived(folder: Path) -> tuple[Life, History]:
    """Imported history, sealed hours and a tail, in which visitors return."""
    life, history = started(folder)
    history.import_events(SITE.id, "demo", traffic(5, 300, START - 35 * DAY, START - 5 * DAY))
    for hour in range(30):
        life.now = START + hour * HOUR
        life.put(str(hour), session=str(hour % 7), visitor=str(hour % 4), path=f"/{hour % 5}")
    life.now += 20 * MINUTE
    life.seal()
    life.put("tail", session="6", visitor="2", path="/한글", age=HOUR)
    life.now += MINUTE
    return life, history


def test_an_export_taken_into_an_empty_stage_gives_the_same_answers(tmp_path: Path) -> None:
    life, history = lived(tmp_path / "one")
    done = history.export(SITE.id, tmp_path / "out")
    assert (done.events > 1000, done.partial) == (True, ())
    assert len(list((tmp_path / "out").glob("*.parquet"))) == done.files
    other, empty = started(tmp_path / "two")
    other.now = life.now
    assert (
        empty.import_file(SITE.id, tmp_path / "out" / "events.jsonl", own_lines).events
        == done.events
    )
    assert stats(other) == stats(life)
    again = empty.export(SITE.id, tmp_path / "again")
    assert again == Exported(done.events, again.files, ())


def test_an_export_into_a_folder_that_is_not_empty_is_refused_and_changes_nothing(
    tmp_path: Path,
) -> None:
    _, history = lived(tmp_path / "one")
    history.export(SITE.id, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(Refusal, match="out is not empty") as refused:
        history.export(SITE.id, tmp_path / "out")
    assert refused.value.status == 409
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_recount_of_any_day_from_raw_events_differs_in_nothing(tmp_path: Path) -> None:
    life, _ = lived(tmp_path)
    verifier = life.verifier()
    for day in ("2024-10-03", "2024-10-04", "2024-10-05"):
        assert verifier.day(SITE, day) == []
    assert verifier.beacons(SITE, 0) == []


def test_a_recount_finds_what_was_sealed_wrongly(tmp_path: Path) -> None:
    life, _ = lived(tmp_path)
    table = life.aws.tables["events"]
    key = next(key for key, item in table.items() if item["sk"]["S"] == "5")
    del table[key]
    verifier = life.verifier()
    found = {item.figure: item for item in verifier.day(SITE, "2024-10-04")}
    assert found["totals.pageviews"] == Difference("totals.pageviews", 24, 23)
    hour = START // HOUR
    [day] = verifier.beacons(SITE, 0)
    assert day == Difference(f"beacons of hours {hour}-{hour + 24}", 24, 23)


def test_a_day_whose_raw_events_expired_cannot_be_recounted(tmp_path: Path) -> None:
    life, _ = started(tmp_path)
    verifier = life.verifier()
    for day, status in (("2024-08-05", 410), ("2024-13-01", 400), ("today", 400)):
        with pytest.raises(Refusal) as refused:
            verifier.day(SITE, day)
        assert (refused.value.status, refused.value.field) == (status, "day")


def test_a_recount_leaves_out_of_imports_what_is_to_be_erased(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    other = {**HIT, "visitor_id": SESSION, "at_ms": START}
    history.import_events(SITE.id, "old", [{**HIT, "at_ms": START}, other])
    life.now += DAY
    suppress_events(
        SITE.id, life.sealed, [Erasure("e", life.now, visitor=number_of(VISITOR))], life.clock
    )
    assert stats(life)["totals"]["pageviews"] == 1
    verifier = life.verifier()
    assert verifier.day(SITE, "2024-10-04") == []


def test_a_recount_names_the_day_of_a_damaged_import(tmp_path: Path) -> None:
    life, history = started(tmp_path)
    history.import_events(SITE.id, "old", [{**HIT, "at_ms": START}])
    [file] = life.manifest().files
    del life.aws.objects[file.key]
    life.now += DAY
    verifier = life.verifier()
    assert verifier.day(SITE, "2024-10-04") == [Difference("meta.partial", ["2024-10-04"], [])]
