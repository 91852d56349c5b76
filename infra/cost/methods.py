"""The methods of the API and the requests a second that API Gateway lets through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from infra.deploy.gateway import plain


class Method(NamedTuple):
    """A method of the API, its view, and the requests a second that API Gateway lets through."""

    path: str
    verb: str
    view: str
    rate: float


def methods(routes: Mapping[str, Mapping[str, Any]], limits: Mapping[str, Any]) -> list[Method]:
    """Every method that API Gateway has for the routes of a Chalice app, preflights too.

    `limits` are the API's properties in infra/api.json.
    """
    rates = {
        plain(f"{setting['ResourcePath']}/{setting['HttpMethod']}"): setting["ThrottlingRateLimit"]
        for setting in limits["MethodSettings"]
    }
    return [
        Method(path, verb, view, rates.get(plain(f"{path}/{verb}"), rates["*/*"]))
        for path, views in routes.items()
        for verb, view in _verbs(views)
    ]


def _verbs(views: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((verb, str(entry.view_name)) for verb, entry in views.items())
    if any(entry.cors for entry in views.values()):
        yield "OPTIONS", "preflight"
