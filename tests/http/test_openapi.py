"""The OpenAPI document says what the app does: every route, every parameter, every answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from chalicelib.model.refusal import Refusal
from chalicelib.model.schemas import Json
from chalicelib.model.site import Site
from chalicelib.report.question import Question, read_question
from chalicelib.report.reports import REPORT
from tests.contract.described import DOCUMENT, check
from tests.harness.local_stage import Stage
from tests.test_stage import example

NOW = 1_795_353_840_000
REPORTS: dict[str, dict[str, str]] = {
    "stats": {"range": "24h", "compare": "previous", "users": "1"},
    "sankey": {"range": "7d", "by": "source"},
    "realtime": {},
    "list": {"range": "all", "dimension": "country", "then": "region"},
    "properties": {"event": "pageview", "key": "load_time_ms"},
    "timings": {"by": "page"},
}
REQUIRED = {"list": {"dimension": "page"}, "properties": {"event": "pageview"}}
BESIDE = {
    "match_weekday": {"compare": "previous"},
    "dimension": {"bots": "include"},
    "then": {"bots": "include"},
}
"""What a value of a choice may need beside it."""


def operations() -> Iterator[tuple[str, str, Json]]:
    """Address, method and description of everything that can be asked."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def objects(schema: Any) -> Iterator[Json]:
    """Every object within a schema, those that it refers to included."""
    if isinstance(schema, list):
        for one in schema:
            yield from objects(one)
    elif isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        if "$ref" in schema:
            yield from objects(DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]])
        for inner in schema.values():
            yield from objects(inner)


def test_the_document_is_valid_openapi() -> None:
    validate(DOCUMENT)


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    import app

    routes = {
        (path.replace("{question}", name), method.lower())
        for path, methods in app.app.routes.items()
        for method in methods
        for name in (REPORTS if "{question}" in path else [""])
    }
    described = {(path, method) for path, method, _ in operations()}
    assert described == routes


def test_an_answers_objects_have_no_keys_but_those_described() -> None:
    open_ones = [
        found
        for _, _, operation in operations()
        for found in objects(operation["responses"])
        if "additionalProperties" not in found
    ]
    details = DOCUMENT["components"]["schemas"]["Entry"]["properties"]["details"]
    assert all(one in (details, DOCUMENT["components"]["schemas"]["Document"]) for one in open_ones)


def test_every_operation_may_be_throttled_or_unavailable() -> None:
    for path, method, operation in operations():
        for status in ("429", "503"):
            assert "Retry-After" in operation["responses"][status]["headers"], (method, path)


def test_bodies_are_described_where_they_are_read_and_401_where_a_token_is_needed() -> None:
    for path, method, operation in operations():
        assert ("requestBody" in operation) == (method in ("post", "patch")), path
        assert ("401" in operation["responses"]) == ("security" not in operation), path


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_takes_the_whole_numbers_and_choices_described_and_no_others(
    name: str,
) -> None:
    given = {"site": "demo", **REQUIRED.get(name, {})}

    def read(parameter: str, value: object, **beside: str) -> Question:
        asked = {**given, **beside, parameter: str(value)}
        return read_question(name, REPORT[name].parameters, list(asked.items()), Site("demo"), NOW)

    described = DOCUMENT["paths"][f"/api/reports/{name}"]["get"]["parameters"]
    for parameter, schema in ((one["name"], one["schema"]) for one in described):
        if "default" in schema:
            assert read(parameter, schema["default"]) == read("site", "demo")
        if "minimum" in schema:
            for bound in (schema["minimum"], schema["maximum"]):
                read(parameter, bound)
            for beyond in (schema["minimum"] - 1, schema["maximum"] + 1):
                with pytest.raises(Refusal):
                    read(parameter, beyond)
        for value in schema.get("enum", []):
            read(parameter, value, **BESIDE.get(parameter, {}))
        if "enum" in schema:
            with pytest.raises(Refusal):
                read(parameter, "something else")


@pytest.mark.parametrize("name", REPORTS)
def test_reports_answer_as_described(stage: Stage, name: str) -> None:
    stage.collect(example())
    answer = stage.report(name, **REPORTS[name])
    assert answer.status == 200
    check("GET", f"/api/reports/{name}", 200, answer.body)


def test_collecting_answers_as_described(stage: Stage) -> None:
    taken = stage.collect(example())
    refused = stage.collect({"event_type": 1})
    check("POST", "/api/collect", 200, taken.body)
    check("POST", "/api/collect", 400, refused.body)


def test_the_document_is_served(stage: Stage) -> None:
    assert stage.call("GET", "/api/openapi.json").body == DOCUMENT
