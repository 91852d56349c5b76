"""The HTTP contract as OpenAPI 3.1, made from the reports, the forms, the vocabulary and the
limits, so that it cannot say anything else than they do.

Answers are described exactly: which keys there always or sometimes are, of what type, and that
there are no others.
"""

from __future__ import annotations

from chalicelib.http import admin_schemas, openapi_admin, openapi_collect
from chalicelib.model.schemas import TEXT, Json, answers, closed
from chalicelib.report.report import Report
from chalicelib.report.reports import REPORTS
from chalicelib.report.schemas import SHARED

SCHEMAS: dict[str, Json] = {
    "Error": closed({"error": closed({"code": TEXT, "message": TEXT}, field=TEXT)}),
    **openapi_collect.SCHEMAS,
    **SHARED,
    **{name: schema for report in REPORTS for name, schema in report.schemas.items()},
    "Health": closed({"ok": {"const": True}}),
    "Document": {"type": "object", "description": "OpenAPI 3.1"},
    **admin_schemas.SCHEMAS,
}


def _describe_report(report: Report) -> Json:
    [schema, *_] = report.schemas
    parameters = [parameter.described for parameter in report.parameters]
    responses = answers(schema, 400, 401, 403, 414)
    return {"get": {"summary": report.summary, "parameters": parameters, "responses": responses}}


def _describe_public(schema: str, summary: str) -> Json:
    return {"get": {"summary": summary, "security": [], "responses": answers(schema)}}


def _describe_paths() -> Json:
    collect = openapi_collect.describe_collect()
    reports = {report.name: _describe_report(report) for report in REPORTS}
    return {
        "/api/collect": collect,
        "/api/e": collect,
        **{f"/api/analytics/{name}": path for name, path in reports.items()},
        **{f"/api/reports/{name}": path for name, path in reports.items()},
        "/api/sites": {
            "get": openapi_admin.list_sites(),
            "post": openapi_admin.create_site(),
        },
        **openapi_admin.describe_paths(),
        "/api/health": _describe_public("Health", "Whether all of it is ready"),
        "/api/openapi.json": _describe_public("Document", "This document"),
    }


ELSEWHERE = (
    "Every error has the body `Error`. An address that there is not answers 404, and so does "
    "API Gateway to a method that an address does not take (the local stage: 405). A defect is 500."
)


def make_document() -> Json:
    """The whole contract as an OpenAPI 3.1 document."""
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Footfall",
            "version": "0.1.0",
            "description": ELSEWHERE,
            "license": {"name": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": _describe_paths(),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": bearer},
        },
    }
