"""Files of every released schema give the answers they gave when it was released."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest

from chalicelib.engine.engine import open_engine
from chalicelib.model.columns import COLUMNS
from tests.report.released import FOLDER, answers

RELEASED = sorted(FOLDER.glob("v*.parquet"), key=lambda path: int(path.stem[1:]))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("engine"))


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_released_segment_still_gives_its_answers(engine, released):
    path = engine.segments.folder / released.name
    shutil.copy(released, path)
    assert answers(engine, path) == json.loads(released.with_suffix(".json").read_text("utf-8"))


def test_todays_row_is_the_last_released_or_its_own_segment_is_missing():
    """When this fails: `python -m tests.report.released N` with the next N keeps the new row."""
    described = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(RELEASED[-1])])
    assert [(name, type_) for name, type_, *_ in described.fetchall()] == list(COLUMNS.items())


def test_a_column_that_an_older_segment_lacks_is_unknown(engine):
    older = engine.segments.folder / "older.parquet"
    duckdb.execute(
        f"COPY (SELECT * EXCLUDE (screen, city, step_8) FROM read_parquet(?)) TO '{older}'",
        [str(RELEASED[-1])],
    )
    stats = answers(engine, older)["stats"]
    assert [(row["id"], row["sessions"]) for row in stats["top"]["screen"]] == [("(none)", 6)]
    assert stats["totals"]["sessions"] == 6
