"""Answers are as the OpenAPI document has them: checked where a test receives one."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from chalicelib.http.openapi import make_document

DOCUMENT = make_document()
NOWHERE = (401, 404, 405)
"""What is asked at an address, or by a method, that the document does not have."""


def check(method: str, address: str, status: int, body: Any) -> None:
    """Raises where the document does not describe this answer of the API, exactly so."""
    path = address.partition("?")[0]
    template = next((known for known in DOCUMENT["paths"] if _pattern(known).fullmatch(path)), "")
    operation = DOCUMENT["paths"].get(template, {}).get(method.lower())
    if operation is None:
        assert status in NOWHERE, f"{method} {path} is not described and answers {status}"
        _validator("Error").validate(body)
        return
    described = operation["responses"].get(str(status))
    assert described, f"{method} {template} is not described to answer {status}: {body}"
    schema = described["content"]["application/json"]["schema"]
    _validator(schema["$ref"].rpartition("/")[2]).validate(body)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template))


@cache
def _validator(name: str) -> Draft202012Validator:
    components = DOCUMENT["components"]
    return Draft202012Validator({**components["schemas"][name], "components": components})
