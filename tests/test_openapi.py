"""The OpenAPI document says what the app does: every route, every parameter, every answer."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from chalicelib.openapi import PARAMETERS, document
from chalicelib.query import question
from tests.local_stage import Stage
from tests.test_stage import example

DOCUMENT = document()
REPORTS = {
    "stats": {"range": "24h", "compare": "previous", "users": "1"},
    "sankey": {"range": "7d", "by": "source"},
    "realtime": {},
    "list": {"range": "all", "dimension": "page"},
}


def checked(path: str, method: str, status: int, body: Any) -> None:
    """Raises where the answer is not as the document describes it."""
    described = DOCUMENT["paths"][path][method]["responses"][str(status)]
    schema = described["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(body)


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
    described = {
        (path, method)
        for path, item in DOCUMENT["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described == routes


def test_every_parameter_of_a_report_is_described() -> None:
    assert set().union(*question.ALLOWED.values()) == set(PARAMETERS)


@pytest.mark.parametrize("name", REPORTS)
def test_reports_answer_as_described(stage: Stage, name: str) -> None:
    stage.collect(example())
    answer = stage.report(name, **REPORTS[name])
    assert answer.status == 200
    checked(f"/api/reports/{name}", "get", 200, answer.body)


def test_collecting_answers_as_described(stage: Stage) -> None:
    taken = stage.collect(example())
    refused = stage.collect({"event_type": 1})
    checked("/api/collect", "post", 200, taken.body)
    checked("/api/collect", "post", 400, refused.body)


def test_the_document_is_served(stage: Stage) -> None:
    assert stage.call("GET", "/api/openapi.json").body == DOCUMENT
