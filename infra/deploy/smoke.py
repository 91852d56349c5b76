"""Does a deployed stage answer? Asked from outside, as browsers do; nothing is stored by it."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.deploy import publish

TIMEOUT_SECONDS = 30

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

BEACON = {"Content-Type": "text/plain;charset=UTF-8", "User-Agent": BROWSER}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower-case names) and body of one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim about the stage; `trouble` says what was seen instead, empty where it holds."""

    claim: str
    trouble: str


def ask(
    url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = {}
) -> Answer:
    """One request; an HTTP error is an answer too. Raises OSError where nobody answers."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as got:
            return Answer(got.status, _lower(got.headers.items()), got.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, _lower(refused.headers.items()), refused.read())


def smoke(url: str, root: Path) -> list[Finding]:
    """All findings about the stage at `url`, the built SDK in `root` being what it should serve."""
    claims: list[tuple[str, Callable[[], str]]] = [
        ("the API is healthy", lambda: _health(url)),
        ("the dashboard is served, and asked for again each time", lambda: _dashboard(url)),
        ("the tracker served is the one built here", lambda: _tracker(url, root)),
        ("a page of any site may send a beacon", lambda: _preflight(url)),
        ("a beacon of an unknown site is read and dropped", lambda: _unknown_site(url)),
        ("what is no beacon is refused with its reason", lambda: _no_beacon(url)),
        ("reports need a token", lambda: _no_token(url)),
        ("an unknown address is answered as the contract says", lambda: _no_address(url)),
    ]
    return [Finding(claim, _tried(check)) for claim, check in claims]


def _tried(check: Callable[[], str]) -> str:
    try:
        return check()
    except (OSError, ValueError, KeyError) as failure:
        return f"{type(failure).__name__}: {failure}"


def _health(url: str) -> str:
    return _unless(ask(f"{url}/api/health"), 200)


def _dashboard(url: str) -> str:
    answer = ask(f"{url}/")
    if b"<html" not in answer.body[:2000].lower():
        return f"{answer.status} without a page"
    cached = answer.headers.get("cache-control", "")
    return "" if cached == publish.ASK_AGAIN else f"Cache-Control is {cached!r}"


def _tracker(url: str, root: Path) -> str:
    served = hashlib.sha256(ask(f"{url}/{publish.TRACKER}").body).hexdigest()
    built = {file.key: file for file in publish.files(root)}[publish.TRACKER]
    if served == hashlib.sha256(built.content).hexdigest():
        return ""
    return f"sha256 {served}; an older one may still be cached for an hour"


def _preflight(url: str) -> str:
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    answer = ask(f"{url}/api/collect", "OPTIONS", headers=headers)
    allowed = answer.headers.get("access-control-allow-origin")
    return "" if allowed == "*" else f"{answer.status}, Access-Control-Allow-Origin {allowed}"


def _unknown_site(url: str) -> str:
    ids = dict.fromkeys(("visitor_id", "session_id"), "00000000-0000-4000-8000-000000000000")
    event = {"event_type": "pageview", "url": "https://smoke.invalid/", **ids}
    answer = ask(f"{url}/api/collect", "POST", json.dumps(event).encode(), BEACON)
    dropped = json.loads(answer.body).get("dropped", [])
    is_dropped = [each["reason"] for each in dropped] == ["unknown_site"]
    return _unless(answer, 200) or ("" if is_dropped else f"answered {answer.body[:200]!r}")


def _no_beacon(url: str) -> str:
    answer = ask(f"{url}/api/collect", "POST", b"no beacon", BEACON)
    return _unless(answer, 400) or _without_error(answer)


def _no_token(url: str) -> str:
    answer = ask(f"{url}/api/reports/stats?site=any")
    return _unless(answer, 401) or _without_error(answer)


def _no_address(url: str) -> str:
    answer = ask(f"{url}/api/no-such-address")
    return _unless(answer, 404) or _without_error(answer)


def _unless(answer: Answer, status: int) -> str:
    return "" if answer.status == status else f"{answer.status}: {answer.body[:200]!r}"


def _without_error(answer: Answer) -> str:
    error = json.loads(answer.body).get("error", {})
    return "" if error.get("code") and error.get("message") else f"body {answer.body[:200]!r}"


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
