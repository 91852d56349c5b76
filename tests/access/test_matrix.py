"""Every route of the app, asked by everyone about every site: who gets in is written down here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.access.world import MEMBERS, SITES, STRANGERS, World, build, environment, load_app

BOTH, ALPHA, BETA, NO_SITE = {"alpha", "beta"}, {"alpha"}, {"beta"}, set[str]()
READS = {
    "admin": BOTH,
    "admin of alpha": ALPHA,
    "viewer of alpha": ALPHA,
    "viewer of beta": BETA,
    "share of alpha": ALPHA,
}
ADMINISTERS = {"admin": BOTH, "admin of alpha": ALPHA}
OWNS = {"admin": BOTH}
ANY_ADMIN = {"admin": {*SITES}, "admin of alpha": {*SITES}}
EVERYONE = {who: {*SITES} for who in MEMBERS}
DEPLOYMENT = {"admin": {*SITES}}


@dataclass(frozen=True)
class Endpoint:
    """A request on a site and who gets which answer; all others get 403, strangers 401."""

    method: str
    route: str
    allowed: dict[str, set[str]]
    status: int = 200
    body: Any = None
    query: str = ""
    names: tuple[tuple[str, str], ...] = ()
    is_public: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.route

    def path(self, site: str) -> str:
        path = self.route.replace("{site}", site)
        for name, value in self.names:
            path = path.replace(f"{{{name}}}", value)
        return path + self.query.replace("{site}", site)

    def content(self, site: str) -> Any:
        if isinstance(self.body, dict):
            return {n: [site] if n == "sites" else v for n, v in self.body.items()}
        return self.body

    def expected(self, who: str, site: str) -> int:
        if self.is_public:
            return self.status
        if who in STRANGERS:
            return 401
        return self.status if site in self.allowed.get(who, NO_SITE) else 403


HIT = {
    "event_type": "pageview",
    "url": "https://elsewhere.example/",
    "visitor_id": "0b0e4b6e-6c8e-4f7e-9f43-3f0c4a4f4c11",
    "session_id": "0b0e4b6e-6c8e-4f7e-9f43-3f0c4a4f4c12",
}
VISITOR = {"visitor_id": HIT["visitor_id"]}
QUESTIONS = {
    "stats": "",
    "sankey": "",
    "realtime": "",
    "list": "&dimension=page",
    "properties": "&event=pageview",
    "timings": "",
}
"""Every report, and what it needs to be asked with."""
REPORTS = [
    Endpoint(
        "GET",
        f"/api/{prefix}/{{question}}",
        READS,
        query="?site={site}" + needed,
        names=(("question", question),),
    )
    for prefix, (question, needed) in product(("analytics", "reports"), QUESTIONS.items())
]
SITE = "/api/sites/{site}"
ENDPOINTS = [
    *REPORTS,
    Endpoint("POST", "/api/collect", {}, body=HIT, is_public=True),
    Endpoint("POST", "/api/e", {}, body=HIT, is_public=True),
    Endpoint("GET", "/api/health", {}, is_public=True),
    Endpoint("GET", "/api/openapi.json", {}, is_public=True),
    Endpoint("GET", "/api/sites", EVERYONE),
    Endpoint(
        "POST",
        "/api/sites",
        DEPLOYMENT,
        status=201,
        body={"id": "new", "name": "New", "hostnames": ["new.example"]},
    ),
    Endpoint("GET", SITE, ADMINISTERS),
    Endpoint("PATCH", SITE, ADMINISTERS, body={"name": "Renamed"}),
    Endpoint("DELETE", SITE, OWNS, status=202),
    Endpoint("GET", f"{SITE}/usage", ADMINISTERS),
    Endpoint("GET", f"{SITE}/shares", ADMINISTERS),
    Endpoint("POST", f"{SITE}/shares", ADMINISTERS, status=201, body={"name": "Board"}),
    Endpoint(
        "DELETE", f"{SITE}/shares/{{share}}", ADMINISTERS, status=404, names=(("share", "0" * 16),)
    ),
    Endpoint("POST", f"{SITE}/excluded-visitors", ADMINISTERS, body=VISITOR),
    Endpoint("POST", f"{SITE}/included-visitors", ADMINISTERS, body=VISITOR),
    Endpoint("POST", f"{SITE}/export", ADMINISTERS, body=VISITOR),
    Endpoint("GET", f"{SITE}/erasures", ADMINISTERS),
    Endpoint("POST", f"{SITE}/erasures", ADMINISTERS, status=202, body=VISITOR),
    Endpoint(
        "GET",
        f"{SITE}/erasures/{{receipt}}",
        ADMINISTERS,
        status=404,
        names=(("receipt", "0" * 16),),
    ),
    Endpoint("GET", f"{SITE}/data-protection", READS),
    Endpoint("GET", "/api/tokens", ANY_ADMIN),
    Endpoint(
        "POST",
        "/api/tokens",
        ADMINISTERS,
        status=201,
        body={"name": "Ana", "role": "viewer", "sites": []},
    ),
    Endpoint("DELETE", "/api/tokens/{token}", ANY_ADMIN, status=404, names=(("token", "0" * 16),)),
    Endpoint("GET", "/api/audit", ADMINISTERS, query="?site={site}"),
    Endpoint("GET", "/api/audit", DEPLOYMENT),
]
CELLS = [
    pytest.param(endpoint, who, site, id=f"{endpoint.method} {endpoint.path(site)} by {who}")
    for endpoint in ENDPOINTS
    for who, site in product((*STRANGERS, *MEMBERS), SITES)
]


@pytest.fixture(scope="module")
def worlds(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    """The world in a list, so that a cell that changed it can put a new one there."""
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("cache")
        for name, value in environment(endpoint, folder).items():
            patch.setenv(name, value)
        yield [build(load_app())]


def test_the_matrix_has_every_route_of_the_app(worlds: list[World]) -> None:
    routes = worlds[0].module.app.routes
    served = {(method, path) for path, methods in routes.items() for method in methods}
    assert served == {endpoint.key for endpoint in ENDPOINTS}
    assert len(CELLS) >= 500


@pytest.mark.parametrize(("asked", "who", "site"), CELLS)
def test_only_who_belongs_gets_in(
    worlds: list[World], asked: Endpoint, who: str, site: str
) -> None:
    answer = worlds[0].call(asked.method, asked.path(site), who, asked.content(site))
    if answer.status < 300 and asked.method != "GET":
        worlds[0] = build(worlds[0].module)
    assert answer.status == asked.expected(who, site), answer.body
    if answer.status >= 400:
        assert set(answer.body) == {"error"}
        assert {"code", "message"} <= set(answer.body["error"])
    if not asked.is_public:
        assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("who", MEMBERS)
def test_the_list_of_sites_shows_those_one_may_read(worlds: list[World], who: str) -> None:
    answer = worlds[0].call("GET", "/api/sites", who)
    assert {site["id"] for site in answer.body["sites"]} == READS[who]
    assert answer.body["filters"] == (["country:is:DE"] if who.startswith("share") else [])


def test_a_site_one_may_not_read_and_one_that_is_not_there_look_the_same(
    worlds: list[World],
) -> None:
    for path in (SITE, "/api/reports/stats?site={site}", "/api/audit?site={site}"):
        refused, missing = (
            worlds[0].call("GET", path.format(site=site), "viewer of beta")
            for site in ("alpha", "missing")
        )
        assert refused == missing


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "Bearer пароль", "Bearer \x00\x01",
        "Bearer " + "ü" * 40, "Bearer " + "a" * 10_000, "Bearer null", "Bearer []", "0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/reports/stats?site=alpha", "/api/sites", "/api/tokens"])
def test_a_token_of_the_wrong_kind_is_401_over_http(
    worlds: list[World], path: str, header: str
) -> None:
    assert worlds[0].call("GET", path, "none", Authorization=header).status == 401


@pytest.mark.parametrize("secret", ["admin", "viewer of alpha", "share of alpha"])
def test_a_truncated_or_swapped_token_is_401_over_http(worlds: list[World], secret: str) -> None:
    whole, other = worlds[0].secrets[secret], worlds[0].secrets["admin of alpha"]
    for wrong in (whole[:-1], whole[1:], whole[:20] + other[20:], whole.upper(), whole + "A"):
        answer = worlds[0].call(
            "GET", "/api/reports/stats?site=alpha", "none", Authorization=f"Bearer {wrong}"
        )
        assert answer.status == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 30_000, "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b"9" * 5000, "application/json", 400),
        (b'{"name": "' + b"x" * 65_536 + b'"}', "application/json", 413),
        (b'{"name": "x"}', "text/plain", 415),
        (b'{"name": "x"}', "", 415),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
    ],
)
def test_a_body_that_cannot_be_is_refused_and_never_a_defect(
    worlds: list[World], body: bytes, kind: str, status: int
) -> None:
    for path in ("/api/tokens", "/api/sites", "/api/sites/alpha/erasures"):
        answer = worlds[0].call("POST", path, "admin", body, Content_Type=kind)
        assert answer.status == status, (path, answer.body)
