"""The local stage's server stands for CloudFront: it vouches for beacons, and for nothing else."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from threading import Thread

import pytest
from chalice.app import Chalice

from chalicelib.enrich.viewer import is_from_edge, viewer_address
from infra.local.server import Origin
from tests.infra.test_edge import FORGED, SPELLINGS, powerset

SECRET = "known to the stage alone"
SECRET_SHA256 = hashlib.sha256(SECRET.encode()).hexdigest()
PATHS = ("/api/collect", "/api/e", "/api/sites")


def echo() -> Chalice:
    """An API that answers with the headers it was sent."""
    app = Chalice(app_name="echo", configure_logs=False)

    def headers() -> dict[str, str]:
        assert app.current_request is not None
        return dict(app.current_request.headers)

    for path in PATHS:
        app.route(path, methods=["POST"], name=path)(headers)
    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    origin = Origin(0, echo(), lambda _: None, {}, {"x-footfall-edge": SECRET}, {})
    thread = Thread(target=origin.serve_forever)
    thread.start()
    yield origin.server_address[1]
    origin.shutdown()
    thread.join()
    origin.server_close()


def seen(port: int, path: str, sent: dict[str, str]) -> dict[str, str]:
    """The headers that the API got; none where the path is nobody's."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, b"{}", {"Content-Type": "application/json", **sent})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    return json.loads(body) if answer.status == 200 else {}


@pytest.mark.parametrize("path", [*SPELLINGS, "/api/e?a=/api/e", "/api/collect/?/api/e"])
@pytest.mark.parametrize("wrong", powerset(FORGED), ids="+".join)
def test_only_the_two_exact_paths_of_beacons_are_vouched_for(
    port: int, path: str, wrong: tuple[str, ...]
) -> None:
    got = seen(port, path, {name: FORGED[name] for name in wrong})
    # Python's HTTP server makes one slash of several that begin a path.
    exact = path.partition("?")[0].replace("//api/e", "/api/e") in ("/api/collect", "/api/e")
    assert is_from_edge(got, SECRET_SHA256) == exact
    if not exact:
        assert not {name for name in got if name.lower() in {n.lower() for n in FORGED}}


def test_a_beacon_is_known_by_the_address_it_came_from(port: int) -> None:
    assert viewer_address(seen(port, "/api/e", {}), "peer", from_edge=True) == "127.0.0.1"


def test_another_spelling_still_reaches_the_api(port: int) -> None:
    assert seen(port, "/api/collect/", {})
