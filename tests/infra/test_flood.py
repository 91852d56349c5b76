"""What infra/README.md promises of a flood is computed from what is really in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import app
from chalicelib.model.limits import MAX_BODY_BYTES, MAX_EVENTS, MAX_ITEM_BYTES, SESSION_BYTES
from chalicelib.store.weights import write_units
from infra.cost import flood, methods
from infra.cost.flood import Caps
from infra.cost.methods import Method
from infra.deploy import gateway, stacks, stage
from infra.deploy.stage import ROOT

README = (ROOT / "infra" / "README.md").read_text("utf-8")
LIMITS = gateway.properties(ROOT / "infra" / "api.json")
NO_CAPS = Caps(float("inf"), float("inf"))
CAPS = Caps(400, 4000)


def bill(found: list[Method], caps: Caps = NO_CAPS) -> dict[str, float]:
    return flood.dollars(flood.by_strangers(found, caps))


def drifted(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of what the sum is computed from, with one thing changed."""
    for file in ("infra/api.json", ".chalice/config.json"):
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / file).read_text("utf-8")
        assert file != name or old in text
        target.write_text(text.replace(old, new) if file == name else text, "utf-8")
    return folder


def test_the_readme_holds_what_the_script_prints() -> None:
    said = README.split("<!-- flood -->\n")[1].split("\n<!-- /flood -->")[0]
    assert said == flood.text(app.routes)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("infra/api.json", '"ThrottlingRateLimit": 100', '"ThrottlingRateLimit": 101'),
        ("infra/api.json", '"ThrottlingRateLimit": 2,', '"ThrottlingRateLimit": 3,'),
        (".chalice/config.json", '"lambda_timeout": 29', '"lambda_timeout": 28'),
    ],
)
def test_a_limit_that_changes_changes_the_sum(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    assert flood.text(app.routes, drifted(tmp_path, name, old, new)) not in README


@pytest.mark.parametrize("path", sorted(app.routes))
def test_a_route_that_is_not_there_is_not_in_the_sum(path: str) -> None:
    assert flood.text({p: views for p, views in app.routes.items() if p != path}) not in README


def test_every_method_that_chalice_registers_has_a_rate_and_preflights_where_it_allows_them() -> (
    None
):
    found = methods.methods(app.routes, LIMITS)
    named = {(method.path, method.verb) for method in found if method.verb != "OPTIONS"}
    assert named == {(path, verb) for path, views in app.routes.items() for verb in views}
    preflights = {method.path for method in found if method.verb == "OPTIONS"}
    assert preflights == {"/api/collect", "/api/e", "/api/health", "/api/openapi.json"}


def test_every_limit_of_a_method_names_one_that_there_is() -> None:
    there = {
        gateway.plain(f"{method.path}/{method.verb}")
        for method in methods.methods(app.routes, LIMITS)
    }
    limited = {
        gateway.plain(f"{setting['ResourcePath']}/{setting['HttpMethod']}")
        for setting in LIMITS["MethodSettings"]
    }
    assert limited - {"*/*"} <= there


@given(st.integers(1, MAX_EVENTS), st.data())
def test_no_beacon_that_is_let_in_takes_more_than_the_dearest(
    sessions: int, data: st.DataObject
) -> None:
    left = 2 * (MAX_BODY_BYTES + flood.HEADER_BYTES) + SESSION_BYTES * sessions
    units = 0
    for _ in range(sessions):
        size = data.draw(st.integers(1, max(1, min(MAX_ITEM_BYTES, left))))
        left -= size
        units += write_units(size, sessions)
    assert left < 0 or units <= flood.dearest_beacon()


@pytest.mark.parametrize("part", ["API Gateway", "Lambda", "writes", "CloudFront"])
def test_twice_the_rate_costs_twice_as_much(part: str) -> None:
    once = bill([Method("/api/e", "POST", "collect", 50)])
    twice = bill([Method("/api/e", "POST", "collect", 100)])
    assert twice[part] == pytest.approx(2 * once[part])


@given(st.integers(1, 10_000), st.floats(1, 1e6))
def test_what_the_table_lets_through_bounds_its_writes_at_any_rate(rate: int, units: float) -> None:
    flooded = flood.by_strangers([Method("/api/e", "POST", "collect", rate)], Caps(units, 0))
    notes = flooded.seconds / 60 * (flood.SITES + 1)
    assert flooded.write_units <= 2 * units * flood.DAY_S + notes + 1


def test_a_day_of_strangers_costs_what_an_owner_can_live_with() -> None:
    assert sum(bill(methods.methods(app.routes, LIMITS), CAPS).values()) < 500


def test_the_tables_maxima_are_those_of_the_sum() -> None:
    parameters: dict[str, Any] = stacks.declared(stage.TEMPLATE)
    names = ("MaxWriteUnits", "MaxReadUnits")
    assert tuple(CAPS) == tuple(parameters[name]["Default"] for name in names)


def test_a_reader_writes_nothing_and_a_stranger_reads_no_file() -> None:
    found = methods.methods(app.routes, LIMITS)
    reader, stranger = flood.by_a_reader(found, CAPS, 29), flood.by_strangers(found, CAPS)
    assert (reader.write_units, reader.kept_gb, stranger.files_read) == (0, 0, 0)


@given(st.integers(10, 10_000_000))
def test_an_address_before_a_web_acl_costs_at_most_twice_as_much_with_twice_the_requests(
    requests: int,
) -> None:
    once, twice = (flood.by_one_address(n * requests, 200_000, CAPS) for n in (1, 2))
    assert once <= twice <= 2 * once + 1e-9
