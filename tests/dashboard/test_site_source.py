"""The dashboard's source: one place for each outside thing, and every number explained."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from chalicelib.query.dimensions import DIMENSIONS, FLAGS, ON_OVERVIEW
from chalicelib.query.operators import DATA_OPERATORS, OPERATORS
from chalicelib.query.timings import TIMINGS
from chalicelib.query.vocabulary import METRICS
from infra.vocabulary import TARGET, write_module

SOURCE = Path(__file__).parents[2] / "dashboard_site" / "src"
FILES = sorted(SOURCE.rglob("*.ts*"))


def using(pattern: str) -> list[str]:
    """Files whose code matches, comments and type imports apart."""
    found = []
    for file in FILES:
        lines = file.read_text().splitlines()
        code = [
            line for line in lines if not line.strip().startswith(("//", "*", "/*", "import type"))
        ]
        if re.search(pattern, "\n".join(code)):
            found.append(str(file.relative_to(SOURCE)))
    return found


def test_only_one_file_fetches() -> None:
    assert using(r"\bfetch\(|XMLHttpRequest|EventSource|WebSocket|sendBeacon") == ["api/api.ts"]


def test_only_one_file_mounts_charts() -> None:
    assert using(r"from \"echarts") == ["charts/draw.ts"]


def test_nothing_makes_markup_from_text() -> None:
    assert (
        using(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function") == []
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_word_has_two_texts(language: str) -> None:
    named = [
        word
        for file in sorted((SOURCE / "language" / language).glob("*.ts"))
        if file.stem not in ("glossary", "keys")
        for word in re.findall(
            r'^  "?(\w+)"?:(?: |$)', file.read_text().split("export const ids")[0], re.MULTILINE
        )
    ]
    assert [word for word, times in Counter(named).items() if times > 1] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_metric_and_dimension_is_explained(language: str) -> None:
    text = (SOURCE / "language" / language / "glossary.ts").read_text()
    explained = set(re.findall(r'^  (\w+):\s+"', text, re.MULTILINE))
    known = {one.id for one in (*METRICS, *DIMENSIONS)}
    assert known - explained == set()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_dimension_and_operator_has_a_name(language: str) -> None:
    words, later = (
        (SOURCE / "language" / language / f"{name}.ts").read_text() for name in ("words", "later")
    )
    named, named_later = (
        set(re.findall(r'^  (\w+):\s+"', text, re.MULTILINE)) for text in (words, later)
    )
    assert {one.id for one in ON_OVERVIEW} - named == set()
    narrowing = (*DIMENSIONS, *FLAGS, *OPERATORS, *DATA_OPERATORS)
    assert {one.id for one in narrowing} - named - named_later == set()


def test_the_dashboard_grades_timings_as_the_api_counts_them() -> None:
    text = (SOURCE / "views" / "gauge.tsx").read_text().split("BOUNDS")[1]
    bounds = re.findall(r"^  (\w+): \[([\d.]+), ([\d.]+)\]", text, re.MULTILINE)
    known = {timing.id: (timing.good, timing.poor) for timing in TIMINGS}
    assert {name: (float(good), float(poor)) for name, good, poor in bounds} == known


def test_the_dashboards_vocabulary_is_that_of_the_api() -> None:
    assert TARGET.read_text("utf-8") == write_module()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_files_give_one_word_a_meaning(language: str) -> None:
    """They are learned into one table as their pages open: the later would win."""
    keys: list[str] = []
    for path in sorted((SOURCE / "language" / language).glob("*.ts")):
        found = re.search(r"export const (\w*[wW]ords)\b.*?\n\};", path.read_text(), re.DOTALL)
        keys += re.findall(r'^  "?([^\s":]+)"?:', found[0], re.MULTILINE) if found else []
    assert len(keys) > 200
    assert [key for key, times in Counter(keys).items() if times > 1] == []
