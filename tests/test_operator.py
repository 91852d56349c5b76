"""Sealing, and the operator's commands, with the real clients against emulated AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.model import sealing
from chalicelib.model.event import Attributes, Beacon, Event, Part
from chalicelib.model.manifest import Erasure
from chalicelib.model.site import Site
from chalicelib.privacy.eraser import Eraser
from chalicelib.report.reports import Reports
from chalicelib.seal.sealer import Sealer
from chalicelib.settings import read_settings
from chalicelib.store.clock import Disagrees, stop_clock
from chalicelib.transfer import files
from chalicelib.wiring import Wired
from infra.athena import __main__ as to_athena
from infra.operate import commands, entry

pytestmark = pytest.mark.usefixtures("emulated")

HOUR = 3_600_000
NOW = commands.clock()
START = NOW - NOW % HOUR - 30 * HOUR
_names = count()


@dataclass
class Clock:
    now_ms: int = START

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Story:
    """A site of its own whose beacons come over 28 hours."""

    wired: Wired
    clock: Clock
    site: Site

    def put(self, hour: int, session: str, path: str, age: int = 0) -> None:
        self.clock.now_ms = START + hour * HOUR + 60_000
        event = Event("pageview", -age, path=path)
        part = Part(f"v-{session}", session, Attributes(source="google"), (event,))
        name = f"{session}-{hour}-{path.strip('/')}"
        assert self.wired.events.put([Beacon(self.site.id, session, name, 0, (part,))]) == [True]

    def stats(self) -> dict[str, Any]:
        given = [("site", self.site.id), ("range", "7d"), ("users", "1")]
        wired = Wired(self.wired.settings, self.clock)
        answer = Reports(wired.reader.snapshot, wired.engine).answer(
            "stats", given, self.site, self.clock()
        )
        return {name: answer[name] for name in ("totals", "trend", "visitors", "top")}

    def seal(self) -> dict[str, int]:
        return Sealer(self.wired.seal_stores, stop_clock(self.clock())).run([self.site])


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.setenv("CACHE_DIR", str(tmp_path))
    clock = Clock()
    story = Story(Wired(read_settings(), clock), clock, Site(id=f"site{next(_names)}"))
    story.wired.sites.add(story.site)
    assert story.wired.sealed.manifests.begin(story.site.id, START)
    for hour in (0, 1, 1, 5, 23, 26):
        story.put(hour, session=f"s{hour % 3}", path=f"/{next(_names)}", age=HOUR if hour else 0)
    story.clock.now_ms = START + 28 * HOUR
    return story


def test_sealed_and_merged_history_answers_as_the_tail_did(story: Story) -> None:
    unsealed = story.stats()
    assert unsealed["totals"]["pageviews"] == 6
    assert story.seal()["hours"] > 25
    manifest = story.wired.sealed.manifests.read(story.site.id)
    assert manifest is not None
    assert len(manifest.tiles) < 28  # a day was merged
    assert story.stats() == unsealed


@pytest.mark.parametrize(
    ("when", "operation"),
    [
        ("before-call", "PutObject"),
        ("after-call", "PutObject"),
        ("before-call", "GetObject"),
        ("after-call", "ListObjectsV2"),
    ],
)
def test_faults_of_the_real_s3_client_are_survived(story: Story, when: str, operation: str) -> None:
    unsealed = story.stats()
    client = story.wired.s3

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    client.meta.events.register(f"{when}.s3.{operation}", fail)
    story.seal()
    client.meta.events.unregister(f"{when}.s3.{operation}", fail)
    assert story.stats() == unsealed
    story.seal()
    assert story.stats() == unsealed
    manifest = story.wired.sealed.manifests.read(story.site.id)
    assert manifest is not None
    assert len(manifest.tiles) < 28


def test_a_lost_race_is_told_by_the_real_condition(story: Story) -> None:
    seen = story.wired.sealed.manifests.read(story.site.id)
    assert seen is not None
    other = replace(seen, erased=(Erasure("other", before_ms=1),))
    assert story.wired.sealed.manifests.commit(story.site.id, seen, seen)
    assert not story.wired.sealed.manifests.commit(story.site.id, seen, other)
    assert not story.wired.sealed.manifests.begin(story.site.id, START)


@pytest.mark.parametrize("skew", [-2 * HOUR, -61_000 - 1000, 62_000, 2 * HOUR])
def test_a_stage_whose_clock_is_wrong_commits_nothing_and_reads_all(
    story: Story, skew: int, tmp_path: Path
) -> None:
    wired = Wired(story.wired.settings, lambda: commands.clock() + skew)
    assert Sealer(wired.seal_stores, wired.clock).run([story.site]) == {"hours": 0, "failed": 1}
    assert Eraser(wired.erase_stores, wired.clock).run([story.site])["failed"] == 1
    hits = tmp_path / "hits.jsonl"
    hits.write_text('{"at_ms": 1, "event_type": "pageview", "visitor_id": "v", "session_id": "s"}')
    with pytest.raises(Disagrees):
        wired.history.import_file(story.site.id, hits, files.read_hits)
    manifest = story.wired.sealed.manifests.read(story.site.id)
    assert manifest
    assert (manifest.tiles, manifest.imports) == ((), ())
    right = Wired(story.wired.settings, commands.clock)
    assert Sealer(right.seal_stores, right.clock).run([story.site])["hours"] > 25


def test_to_a_stage_whose_clock_is_ahead_nothing_has_expired(story: Story) -> None:
    wired = Wired(story.wired.settings, lambda: NOW + 40 * 24 * HOUR)
    assert len(list(wired.buckets.hour(story.site.id, START + HOUR))) == 2


def test_status_tells_what_is_sealed_and_fails_when_sealing_lags(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["status", "--site", story.site.id]) == 1
    assert "tail               6 beacons" in capsys.readouterr().out
    story.clock.now_ms = NOW
    story.seal()
    assert commands.main(["status", "--site", story.site.id]) == 0
    said = capsys.readouterr().out
    for line in (
        "tail               0 beacons",
        "set aside          0 records",
        "mismatches         0",
    ):
        assert line in said


def test_verify_recounts_a_day_and_every_hour(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.clock.now_ms = NOW
    story.seal()
    day = f"{sealing._day(START // HOUR)}"
    assert commands.main(["verify", "--site", story.site.id, day]) == 0
    assert commands.main(["verify", "--site", story.site.id]) == 0
    assert capsys.readouterr().out.count(" 0 differences") == 2
    assert commands.main(["verify", "--site", story.site.id, "2020-01-01"]) == 1
    assert commands.main(["verify", "--site", "none"]) == 1
    assert "there is no site 'none'" in capsys.readouterr().err


def test_import_and_export_by_the_commands_of_a_stage(
    story: Story,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hit = {"event_type": "pageview", "visitor_id": "v", "session_id": "s", "path": "/imported"}
    path = tmp_path / "old.jsonl"
    path.write_text(json.dumps({**hit, "at_ms": START - HOUR, "source": "elsewhere"}) + "\n")

    def command(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["operate", "--stage", "local", *arguments])
        return entry.main()

    assert command("import", "--site", story.site.id, str(path)) == 0
    assert command("import", "--site", story.site.id, str(path)) == 1
    assert "the same events were imported" in capsys.readouterr().err
    assert command("export", "--site", story.site.id, str(tmp_path / "out")) == 0
    lines = (tmp_path / "out" / "events.jsonl").read_text().splitlines()
    assert sum('"/imported"' in line for line in lines) == 1
    assert len(lines) == 7
    monkeypatch.setattr("sys.argv", ["operate", "--stage", "nowhere", "status"])
    assert entry.main() == 2


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--stage", "prod", "--help"]])
def test_help_lists_the_commands_without_a_stage(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["operate", *arguments])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 0
    assert "import" in (listed := capsys.readouterr().out)
    assert "exclude-visitor" in listed


def test_athena_is_given_the_live_files_and_no_superseded_one(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--stage", "local", "table", "--site", story.site.id]
    assert to_athena.main(asked) == 1
    assert "nothing is sealed yet" in capsys.readouterr().err
    story.clock.now_ms = NOW
    story.seal()
    assert to_athena.main(asked) == 0
    assert capsys.readouterr().out.startswith("CREATE EXTERNAL TABLE")
    bucket, key = story.wired.settings.data_bucket, f"athena/{story.site.id}/files"
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    manifest = story.wired.sealed.manifests.read(story.site.id)
    assert manifest is not None
    assert body.split() == [f"s3://{bucket}/{file.key}" for file in manifest.files]
    assert len(body.split()) < len(story.wired.sealed.segments.list(story.site.id))


def test_a_question_for_athena_is_checked_before_it_becomes_text(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(*arguments: str, stage: str = "local", site: str = story.site.id) -> int:
        given = ["--site", site, "--from", "2026-03-29", "--to", "2026-03-30", *arguments]
        return to_athena.main(["--stage", stage, "ask", "trend", *given])

    assert ask("--tz", "Europe/Berlin") == 0
    said = capsys.readouterr().out
    assert "started_at_ms < 1774821600000 AND ended_at_ms >= 1774738800000" in said
    assert "AT TIME ZONE 'Europe/Berlin'" in said
    assert [ask("--tz", "x'"), ask("--to", "x'"), ask(site="x'"), ask(stage="no")] == [1, 1, 1, 2]
