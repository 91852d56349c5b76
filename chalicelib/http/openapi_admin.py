"""The administrator's part of the HTTP contract, its bodies made from the forms that read them."""

from __future__ import annotations

from chalicelib.admin.forms import (
    ExportForm,
    Form,
    ListQuestion,
    LogQuestion,
    NewShare,
    NewSite,
    NewToken,
    Objection,
    SiteChange,
    Subject,
)
from chalicelib.model.schemas import (
    TEXT,
    Json,
    answers,
)


def _describe_operation(
    summary: str, schema: str, *errors: int, status: int = 200, body: type[Form] | None = None
) -> Json:
    known = (401, 403, *errors, *((400, 413, 415) if body else ()))
    described = {"summary": summary, "responses": answers(schema, *known, status=status)}
    if body is None:
        return described
    content = {"application/json": {"schema": body.model_json_schema()}}
    return {**described, "requestBody": {"required": True, "content": content}}


def _in_path(*names: str) -> list[Json]:
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def _describe_list(form: type[Form], summary: str, schema: str, *errors: int) -> Json:
    properties = form.model_json_schema()["properties"]
    asked = [{"name": n, "in": "query", "schema": schema} for n, schema in properties.items()]
    return {**_describe_operation(summary, schema, 400, *errors), "parameters": asked}


def list_sites() -> Json:
    """The operation that lists sites."""
    return _describe_list(ListQuestion, "The sites a token sees", "Sites")


def create_site() -> Json:
    """The operation that stands beside the list of sites."""
    return _describe_operation("A new site", "Site", 409, status=201, body=NewSite)


def describe_paths() -> Json:
    """Every address that only administrators use."""
    site, shares = "/api/sites/{site}", "/api/sites/{site}/shares"
    erasures = "/api/sites/{site}/erasures"
    return {
        site: {
            "parameters": _in_path("site"),
            "get": _describe_operation("All settings of a site", "Site"),
            "patch": _describe_operation(
                "Change what the body names", "Site", 409, body=SiteChange
            ),
            "delete": _describe_operation("Delete a site with its data", "Deleted", status=202),
        },
        f"{site}/usage": {
            "parameters": _in_path("site"),
            "get": _describe_operation(
                "This month's beacons, counted, and what they cost", "Usage"
            ),
        },
        shares: {
            "parameters": _in_path("site"),
            "get": _describe_list(ListQuestion, "The share links of a site", "Shares"),
            "post": _describe_operation("A new share link", "NewShare", status=201, body=NewShare),
        },
        f"{shares}/{{share}}": {
            "parameters": _in_path("site", "share"),
            "delete": _describe_operation("Revoke a share link", "Revoked", 404),
        },
        f"{site}/excluded-visitors": {
            "parameters": _in_path("site"),
            "post": _describe_operation(
                "Store nothing more of a visitor", "Objection", body=Objection
            ),
        },
        f"{site}/included-visitors": {
            "parameters": _in_path("site"),
            "post": _describe_operation("Take an objection back", "Objection", body=Objection),
        },
        f"{site}/export": {
            "parameters": _in_path("site"),
            "post": _describe_operation("Everything about a visitor", "Export", body=ExportForm),
        },
        erasures: {
            "parameters": _in_path("site"),
            "get": _describe_list(ListQuestion, "Receipts, newest first", "Receipts"),
            "post": _describe_operation(
                "Erase a visitor, or a day and/or a path", "Receipt", 409, status=202, body=Subject
            ),
        },
        f"{erasures}/{{receipt}}": {
            "parameters": _in_path("site", "receipt"),
            "get": _describe_operation("One receipt", "Receipt", 404),
        },
        f"{site}/data-protection": {
            "parameters": _in_path("site"),
            "get": _describe_operation(
                "What is stored about visitors, how long and where", "Statement"
            ),
        },
        "/api/tokens": {
            "get": _describe_list(ListQuestion, "The tokens of one's sites", "Tokens"),
            "post": _describe_operation("A new token", "NewToken", status=201, body=NewToken),
        },
        "/api/tokens/{token}": {
            "parameters": _in_path("token"),
            "delete": _describe_operation("Revoke a token", "Revoked", 404),
        },
        "/api/audit": {"get": _describe_list(LogQuestion, "Who changed what, newest first", "Log")},
    }
