"""Facts of the dashboard's pure modules, run in Node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.query.filters import parse_filter

ROOT = Path(__file__).parents[2]
MODULES = (
    "state/address",
    "state/filters",
    "text/delta",
    "charts/frame",
    "charts/lines",
    "charts/sankey",
)
CALL = """
  const [file, name] = process.argv.slice(1);
  const calls = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const answers = (all) => JSON.stringify(calls.map((given) => all[name](...given)));
  import(file).then((all) => console.log(answers(all)));
"""
Run = Callable[[str, list[list[Any]]], list[Any]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`run("delta", [[3, 2], [0, 0]])`: the function's value for each list of arguments."""
    folder = tmp_path_factory.mktemp("pure")
    bundle = folder / "pure.mjs"
    lines = [f'export * from "./{name}.ts";' for name in MODULES]
    subprocess.run(
        [ROOT / "node_modules/.bin/esbuild", "--bundle", "--format=esm", f"--outfile={bundle}"],
        input="\n".join(lines),
        cwd=ROOT / "dashboard_site" / "src",
        capture_output=True,
        text=True,
        check=True,
    )

    def call(name: str, calls: list[list[Any]]) -> list[Any]:
        done = subprocess.run(
            ["node", "-e", CALL, str(bundle), name],
            input=json.dumps(calls),
            capture_output=True,
            text=True,
            check=True,
        )
        answers: list[Any] = json.loads(done.stdout)
        return answers

    return call


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUE = TEXT.filter(bool) | st.text("|&:\\*/a", min_size=1, max_size=8)
GLOB = (
    st.lists(
        VALUE.map(lambda text: text.replace("\\", "")) | st.sampled_from([r"\*", r"\\", "**"]),
        max_size=4,
    )
    .map("".join)
    .filter(bool)
)
NUMBER = st.sampled_from(["0", "-1", "49", "0.5", "1e3", "-2.5E-7"])
PLAIN = ["is", "is_not", "contains", "not_contains", "starts_with"]
GLOBS = ["matches", "not_matches"]
TYPED = ["is_number", "is_text", "is_boolean"]


def make_tests(
    name: str, names: st.SearchStrategy[str], plain: list[str]
) -> st.SearchStrategy[Any]:
    """What is compared, how, and with values that can stand behind the operator."""

    def test(operators: list[str], values: st.SearchStrategy[str], most: int) -> Any:
        several = st.lists(values, min_size=1, max_size=most)
        return st.fixed_dictionaries(
            {name: names, "operator": st.sampled_from(operators), "values": several}
        )

    of_numbers = [test(["gt", "gte", "lt", "lte"], NUMBER, 1)] if name == "key" else []
    return st.one_of(test(plain, VALUE, 3), test(GLOBS, GLOB, 3), *of_numbers)


CONDITIONS = st.lists(make_tests("key", VALUE, [*PLAIN, *TYPED]), max_size=3)
WITHOUT = make_tests(
    "dimension", st.sampled_from(["page", "source", "country", "medium", "city"]), PLAIN
).map(lambda one: {**one, "conditions": []})
EVENTS = st.fixed_dictionaries(
    {
        "dimension": st.just("event"),
        "operator": st.sampled_from(["is", "is_not"]),
        "values": st.lists(st.text("|&:\\*/a", min_size=1), min_size=1, max_size=3),
        "conditions": CONDITIONS,
    }
)
FLAGS = st.fixed_dictionaries(
    {
        "dimension": st.just("engaged"),
        "operator": st.sampled_from(["is", "is_not"]),
        "values": st.sampled_from([["true"], ["false"]]),
        "conditions": st.just([]),
    }
)
FILTERS = st.one_of(WITHOUT, EVENTS, FLAGS)
VIEWS = st.fixed_dictionaries(
    {
        "site": TEXT.filter(bool),
        "range": st.sampled_from(["24h", "7d", "30d", "all", "2026-11-01..2026-11-08"]),
        "view": st.sampled_from(["", "events", "settings"]),
        "item": TEXT,
        "key": TEXT,
        "bots": st.sampled_from(["", "include", "only"]),
        "compare": st.booleans(),
        "metric": st.sampled_from(["", "users", "sessions", "pageviews"]),
        "filters": st.lists(FILTERS, max_size=3),
        "tabs": st.fixed_dictionaries({}, optional={"by": st.just("source")}),
        "list": st.sampled_from(["", "page"]),
    }
)


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(views=st.lists(VIEWS, min_size=12, max_size=12))
def test_every_view_comes_back_from_its_address(run: Run, views: list[dict[str, Any]]) -> None:
    addresses = run("writeAddress", [[view] for view in views])
    empty = run("emptyView", [["other"]])[0]
    assert run("parseAddress", [[address, empty] for address in addresses]) == views


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(filters=st.lists(FILTERS, min_size=30, max_size=30))
def test_every_filter_comes_back_from_its_text_and_the_api_takes_it(
    run: Run, filters: list[dict[str, Any]]
) -> None:
    texts = run("writeFilter", [[one] for one in filters])
    assert run("parseFilter", [[text] for text in texts]) == filters
    assert [parse_filter(text).test.operator.id for text in texts] == [
        one["operator"] for one in filters
    ]


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(
    texts=st.lists(
        st.tuples(
            st.sampled_from(["page", "event", "engaged", "bot", "nothing", ""]),
            st.sampled_from([*PLAIN, *GLOBS, "gt", "like", ""]),
            st.text("|&:\\*ag1", max_size=3)
            | st.sampled_from(["true", "a&k:gt:1", "a&k:gt:1|2", r"a&k\:\&:is_number:1", "a&k:is"]),
        ).map(":".join),
        min_size=80,
        max_size=80,
    )
)
def test_a_text_is_a_filter_here_where_it_is_one_to_the_api_and_means_the_same(
    run: Run, texts: list[str]
) -> None:
    for text, found in zip(texts, run("parseFilter", [[text] for text in texts]), strict=True):
        try:
            meant = parse_filter(text)
        except ValueError:
            assert found is None, text
            continue
        assert found is not None, text
        [written] = run("writeFilter", [[found]])
        assert parse_filter(written) == meant


def test_a_wrong_address_opens_the_default_view(run: Run) -> None:
    empty = run("emptyView", [["demo"]])[0]
    wrong = "?range=5y&metric=x&f=page&f=page:like:/&by=nothing"
    assert run("parseAddress", [[wrong, empty]]) == [empty]


def test_changes_are_signed_relative_for_counts_and_in_points_for_rates(run: Run) -> None:
    rate = {"rate": True, "lessIsBetter": True}
    found = run("delta", [[3, 2], [0, 0], [5, 0], [0.4, 0.5, rate], [2, 2]])
    assert [(one["kind"], one["mood"]) for one in found] == [
        ("change", "up"),
        ("none", "flat"),
        ("new", "up"),
        ("change", "up"),
        ("change", "flat"),
    ]
    assert found[0]["change"] == 0.5
    assert found[3]["change"] == pytest.approx(-0.1)


def test_an_axis_holds_the_highest_value_in_at_most_four_whole_steps(run: Run) -> None:
    highest = [0, 1, 3, 7, 10, 99, 101, 2500, 8001, 123_456_789]
    for value, scale in zip(highest, run("roundScale", [[one] for one in highest]), strict=True):
        assert scale["max"] >= value
        assert scale["max"] / scale["interval"] <= 4
        assert scale["interval"] == int(scale["interval"])


def test_end_labels_stand_a_line_apart_and_inside(run: Run) -> None:
    values = [10, 11, 12]
    moved = run("spread", [[values, 100, 200]])[0]
    places = sorted(200 * (1 - value / 100) + by for value, by in zip(values, moved, strict=True))
    assert places[1] - places[0] >= 17
    assert places[2] - places[1] >= 17
    assert places[0] >= 0
    assert places[2] <= 200


def test_a_name_is_never_rich_text(run: Run) -> None:
    assert run("plain", [["{a|x}"]]) == ["{\u2060a|x}"]
    assert len(run("cut", [["x" * 100]])[0]) == 26
