"""A thousand visitors ask to be forgotten while hours are sealed, days merged and functions die:
afterwards nothing that keeps or says anything has a trace of them, and everybody else's figures
are as they were.

Files, reports, caches and logs are the product's own; DynamoDB and S3 are dicts, so that any call
to them can fail.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections import defaultdict
from pathlib import Path
from uuid import UUID

import pytest

from chalicelib.engine.engine import open_engine
from chalicelib.logs import JsonLines
from chalicelib.model.ids import number_of
from chalicelib.model.schemas import Json
from chalicelib.privacy.erasures import EraseStores
from chalicelib.report.reader import Reader
from chalicelib.report.reports import Reports
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.receipts import Receipts
from chalicelib.store.tail import Tail
from tests.harness.sealing import HOUR, MINUTE, SITE, Life, Line
from tests.privacy.test_erase import maintain, request, run, visitor
from tests.seal.test_seal_faults import FAULTS, calm, disturb

HOURS = 60
ASKING = range(10, 60)
"""In each of these hours 20 visitors ask to be forgotten."""
REQUESTS = ("table/registry", "bucket/erased/")
"""Where a request keeps the visitor's number until no backup can bring the visitor back."""
Figures = dict[str, tuple[int, int, int]]


class Deployment:
    """A site with a sealer and a reporter, each with an engine and a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.life = Life(folder, open_engine(folder))
        receipts = Receipts(Documents(self.life.aws, "registry"), self.life.aws, "data")
        self.stores = EraseStores(receipts, self.life.events, self.life.stores)
        self.engine, self.sealed = open_engine(folder), self.life.instance(folder / "b")
        self.reader = Reader(
            self.sealed, Tail(self.life.events, self.life.hour_budget), self.engine.segments
        )
        self.asked_at: dict[str, int] = {}

    def forget(self, name: str) -> None:
        entry = request(self.life, self.stores, visitor(self.life, name)).entry
        self.asked_at[name] = entry.before_ms

    def answers(self) -> list[Json]:
        """The whole list of pages, as reports tell it from request to request."""
        asked, answers = [("range", "all"), ("limit", "1000"), ("dimension", "page")], []
        cursor: str | None = ""
        while cursor is not None:
            parameters = [("site", SITE.id), *asked, ("cursor", cursor)]
            find = self.reader.snapshot
            answer = Reports(find, self.engine).answer("list", parameters, SITE, self.life.now)
            assert answer["meta"]["partial"] == []
            answers.append(answer)
            cursor = answer["cursor"]
        return answers

    def left(self) -> list[Line]:
        """What was acknowledged of it and nobody asked to forget, by plain Python."""
        asked = {number_of(name): at_ms for name, at_ms in self.asked_at.items()}
        return [line for line in self.life.truth() if line[3] >= asked.get(line[1], 0)]

    def kept(self) -> dict[str, str]:
        """All that is stored, as text by where it is; rows of Parquet as their parts' content."""
        aws = self.life.aws
        for sealed in (self.life.sealed, self.sealed):  # as of a minute after the last report
            for copy in sealed.cache.path_of(SITE.id, "any").parent.glob("*"):
                os.utime(copy, (0, 0))
            sealed.cache.trim(SITE.id, {file.sha256 for file in self.life.manifest().files})
        bodies = {f"bucket/{key}": body for key, (body, _) in aws.objects.items()}
        cached = [path for path in self.folder.rglob("*") if path.is_file()]
        bodies |= {f"cache/{path.relative_to(self.folder)}": path.read_bytes() for path in cached}
        return {where: self._text(where, body) for where, body in bodies.items()} | {
            f"table/{name}": json.dumps(list(table.values())) for name, table in aws.tables.items()
        }

    def _text(self, where: str, body: bytes) -> str:
        if not where.endswith(".parquet"):
            return body.decode()
        copy = self.folder / "looked-at.parquet"
        copy.write_bytes(body)
        return "\n".join(map(repr, self.life.segments.read([copy])))


def figures_told(answers: list[Json]) -> Figures:
    """Pageviews, sessions and users by page."""
    rows = [row for answer in answers for row in answer["rows"]]
    return {row["id"]: (row["pageviews"], row["sessions"], row["users"]) for row in rows}


def figures_of(lines: list[Line]) -> Figures:
    """The same, counted."""
    by_path = defaultdict(list)
    for line in lines:
        by_path[line[6]].append(line)
    return {
        path: (len(found), len({line[0] for line in found}), len({line[1] for line in found}))
        for path, found in by_path.items()
    }


def traces(name: str, places: dict[str, str]) -> list[str]:
    """Where a visitor is found: by id, or by the number of visitor or session, however written."""
    ids = [number_of(name), number_of(f"{name}|{session_of(name)}")]
    numbers = [text for id in ids for text in (f"{id:x}", str(id))]
    return [
        where
        for where, text in places.items()
        if name in text
        or (not where.startswith(REQUESTS) and any(written in text for written in numbers))
    ]


def session_of(name: str) -> str:
    return f"s{name}"


def an_hour(deployment: Deployment, hour: int, names: list[str], chance: random.Random) -> None:
    """Visits, requests to forget, and the scheduled functions, each with a fault somewhere."""
    life, asked_at = deployment.life, deployment.asked_at
    about = [name for name in names if name not in asked_at or chance.random() < 0.05]
    for n, name in enumerate(chance.sample(about, 60)):
        life.now += MINUTE // 3
        age = chance.choice((0, 0, MINUTE, 90 * MINUTE))
        session = session_of(name)
        life.put(f"{hour}-{n}", session, visitor=name, age=age, path=f"/of/{name}")
    still_here = [name for name in names if name not in asked_at]
    for name in chance.sample(still_here, 20 if hour in ASKING else 0):
        deployment.forget(name)
    life.now += HOUR - life.now % HOUR + 16 * MINUTE
    for job in (life.seal, lambda: maintain(life, deployment.stores)):
        disturb(life, [(chance.randrange(120), chance.choice(FAULTS))])
        run(job)
        calm(life)


def test_a_thousand_erasures_among_seals_merges_and_deaths_leave_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chance, deployment = random.Random(8), Deployment(tmp_path)
    life, asked_at = deployment.life, deployment.asked_at
    names = [str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(1500)]
    for hour in range(HOURS):
        an_hour(deployment, hour, names, chance)
        if hour % 3 == 2:
            assert figures_told(deployment.answers()) == figures_of(deployment.left())
    life.now += 50 * HOUR
    life.seal()
    maintain(life, deployment.stores)
    assert len(asked_at) == 1000
    assert max(len(tile.hours) for tile in life.manifest().tiles) == 24  # days were merged
    assert [r for r in deployment.stores.receipts.all(SITE.id) if not r.erased_at_ms] == []

    answers, left = deployment.answers(), deployment.left()
    assert figures_told(answers) == figures_of(left)
    assert life.seen() == left
    places = deployment.kept() | {
        "answers": json.dumps(answers),
        "log": caplog.text + "".join(JsonLines().format(record) for record in caplog.records),
    }
    gone = asked_at.keys() - {line[6].removeprefix("/of/") for line in left}
    assert 700 < len(gone) < 1000  # the others came back after it
    assert [(name, where) for name in gone for where in traces(name, places)] == []
    stayed = [where for name in names[:50] if name not in gone for where in traces(name, places)]
    assert {where.split("/")[0] for where in stayed} == {"table", "bucket", "cache", "answers"}
    assert "seal_failed" in places["log"]
    assert "erase_failed" in places["log"]
