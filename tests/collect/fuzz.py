"""Anything at all sent to the collector: `python -m tests.collect.fuzz INPUTS` (`make fuzz`).

Beacons are drawn from a grammar that leans towards trouble, and each is sent with byte mutations
of itself too. No input may raise anything but a refusal of the contract, and whatever was stored
must read back. The CPU time of every single input is taken.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from chalicelib.collect.arrival import READ_HEADERS
from chalicelib.enrich.device import read_agent
from chalicelib.model.limits import MAX_ITEM_BYTES
from chalicelib.model.parts import group_parts
from chalicelib.model.refusal import Refusal, Request
from chalicelib.model.row import make_row
from infra.local.sizes import item_size
from tests.collect.bombs import PUMPS, SHAPES, bomb
from tests.collect.desk import CHROME, OTHER_SESSION, SESSION, VISITOR, Desk, hit

MUTANTS = 4
"""Byte mutations sent with every drawn beacon."""
REFUSALS = {400, 413, 415}
P99_MS, MAX_MS = 10, 50

TROUBLE = [
    "", " ", "\x00", "\ud800", "\u202e", "é", "中文", "🦶🏽", "%", "%zz", "%00", "%C3%28",
    "a" * 3000, "%E4" * 700, "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}",
    "=cmd|' /C calc'!A0", "../../etc/passwd", "NaN", "null", "1e999", "-0", "٣", "²", "null\u0000",
    "a@b.example", "\\",
    '"', "\r\nX: y", "http://[", "http://[::1]/", "http://a:99999/", "//x", "data:text/html,x",
    "javascript:1", "https://xn--/", "https://" + "a." * 200 + "example/", "@" * 2000,
]  # fmt: skip
HOSTS = ["example.com", "www.example.com", "EXAMPLE.com.", "free.example", "evil.example", "中.com"]

bombs = st.builds(
    bomb, st.sampled_from(SHAPES), st.sampled_from(PUMPS), st.sampled_from([300, 3_000, 30_000])
)
short_text = st.one_of(st.sampled_from(TROUBLE), st.text(max_size=30))
odd_text = st.one_of(*[short_text] * 9, bombs)
odd_number = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.sampled_from([10**4000, -1, 2**63]),
)
odd = st.recursive(
    st.one_of(st.none(), odd_text, odd_number),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(odd_text, inner, max_size=3)
    ),
    max_leaves=6,
)
web_address = st.builds(
    "{}://{}/{}?{}={}".format,
    st.sampled_from(["https", "http", "HTTPS", "ftp"]),
    st.sampled_from(HOSTS),
    odd_text,
    st.sampled_from(["utm_source", "utm_medium", "gclid", "fbclid", "q", "utm_campaign"]),
    odd_text,
)
url = st.one_of(*[web_address] * 9, bombs)
referrer = st.one_of(
    odd_text, st.sampled_from(["https://www.google.com/", "android-app://com.twitter.android/x"])
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "event_type": st.sampled_from(["pageview", "user_engagement", "scroll", "click", "sign_up"]),
    "url": url,
    "referrer": referrer,
    "title": odd_text,
    "visitor_id": st.sampled_from([VISITOR, VISITOR.upper()]),
    "session_id": st.sampled_from([SESSION, OTHER_SESSION]),
    "event_id": st.sampled_from(["e1", "e2", "e3"]),
    "beacon_id": st.sampled_from(["b1", "b2"]),
    "age_ms": odd_number,
    "seq": odd_number,
    "site": st.sampled_from(["demo", "free", "none"]),
    "entry": st.fixed_dictionaries({"url": url, "referrer": referrer}),
    "screen": st.sampled_from(["1440x900", "1x1", "x"]),
    "language": st.sampled_from(["en-GB", "zh-Hans-CN", "x", "de_AT"]),
    "time_zone": st.sampled_from(["Europe/Berlin", "No/Where"]),
    "data": st.dictionaries(
        st.one_of(odd_text, st.sampled_from(["engagement_ms", "percent", "link_url", "outbound"])),
        odd,
        max_size=25,
    ),
}
NEEDED = ("event_type", "url", "visitor_id", "session_id")


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """A hit, mostly right; now and then a field is anything at all, or missing."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=8, unique=True))
    event = {name: draw(FIELDS[name]) for name in {*NEEDED, *names}}
    if draw(st.integers(0, 3)) == 0:
        event[draw(st.sampled_from(sorted(FIELDS)))] = draw(odd)
    if draw(st.integers(0, 5)) == 0:
        event.pop(draw(st.sampled_from(sorted(event))))
    return event


bodies = st.one_of(
    events(),
    st.builds(
        lambda common, several: {**common, "events": several},
        events(),
        st.lists(st.one_of(events(), odd), max_size=4),
    ),
    odd,
)
HEADERS = {
    "user-agent": st.one_of(
        st.just(CHROME),
        odd_text.map(lambda text: f"{CHROME} {text}"),
        odd_text,
        odd_text.map(lambda text: f"Mozilla/5.0 (Linux; Android 10; {text}; wv) MicroMessenger/8"),
        st.sampled_from(["(" * 50_000, "Mozilla/5.0 " + "a/1 " * 25_000, "bot" * 40_000]),
    ),
    "content-type": st.sampled_from(["text/plain", "application/json;charset=x", "TEXT/PLAIN", ""]),
    "accept-language": st.one_of(odd_text, st.just("de-AT,de;q=0.9")),
    "sec-gpc": st.sampled_from(["0", "1", "x"]),
    "sec-purpose": st.sampled_from(["prefetch", "x"]),
    "sec-ch-ua-platform": st.one_of(odd_text, st.just('"Windows"')),
    "sec-ch-ua-platform-version": st.one_of(odd_text, st.just('"15.0.0"')),
    "sec-ch-ua": odd_text,
    "x-footfall-edge": st.sampled_from(["s3cret", "é", "x"]),
    "cloudfront-viewer-country": st.one_of(odd_text, st.just("DE")),
    "cloudfront-viewer-city": odd_text,
    "cloudfront-viewer-address": st.one_of(odd_text, st.just("198.51.100.7:80")),
}
headers = st.fixed_dictionaries({}, optional=HEADERS)


# Known ways to make a parser slow.
HOSTILE = {
    "brackets": b"[" * 65_000,
    "objects": b'{"a":' * 13_000,
    "open string": b'{"a":"' + b'\\"' * 32_000,
    "quotes": b'"\\' * 32_000,
    "digits": b"9" * 65_000,
    "long url": hit(url="https://example.com/" + "%41" * 21_000),
    "at signs": hit(url="https://example.com/" + "a@" * 32_000),
    "mail-like": hit(title="a." * 100 + ("x@" + "y-" * 60) * 500),
    "query": hit(url="https://example.com/?" + "utm_source=a&" * 4_900),
    "labels": hit(referrer="https://" + "a." * 32_000 + "com"),
    "keys": hit(data={f"k{n}": "v" for n in range(4_000)}),
    "escapes": hit(url="https://example.com/" + "%" * 65_000),
    "controls": hit(title="\\x00" * 10_000),
}


@dataclass
class Findings:
    """What became of the inputs, and the CPU time of each in milliseconds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    cpu_ms: list[float] = field(default_factory=list)
    largest: float = 0
    units_said: int = 0
    units_counted: int = 0

    def weigh(self, items: list[dict[str, Any]], bound: int) -> None:
        """Count the bytes and write units of what one request stored."""
        sizes = [item_size(item) for item in items]
        assert max(sizes, default=0) <= MAX_ITEM_BYTES
        assert sum(sizes) <= bound
        self.largest = max(self.largest, sum(sizes) / bound)
        together = 2 if len(items) > 1 else 1
        self.units_counted += sum(-(-size // 1024) * 2 * together for size in sizes)
        self.units_said += sum(int(item["units"]["N"]) for item in items)

    def report(self) -> str:
        times = sorted(self.cpu_ms)
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        return (
            f"{len(times)} inputs: {dict(sorted(self.outcomes.items()))}\n"
            f"stored at most {self.largest:.0%} of what may be; write units "
            f"{self.units_said} said, {self.units_counted} counted\n"
            f"CPU ms an input: p50 {p50:.2f}, p99 {p99:.2f}, max {times[-1]:.1f}"
        )

    def is_quick(self) -> bool:
        times = sorted(self.cpu_ms)
        return times[int(len(times) * 0.99)] <= P99_MS and times[-1] <= MAX_MS


def mutated(octets: bytes, dice: random.Random) -> bytes:
    """`octets` with one to four bytes changed, inserted, removed, or a stretch repeated."""
    changed = bytearray(octets)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) + 1)
        match dice.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                changed[at:at] = dice.choice([b'"', b"{", b"[", b"\\u", b"\xff", b"e9", b",", b"-"])
            case 2:
                del changed[at : at + dice.randint(1, 8)]
            case _:
                changed[at:at] = changed[at : at + 40] * dice.randint(1, 50)
    return bytes(changed)


def send_all(body: Any, sent: dict[str, str], mutants: int, findings: Findings) -> None:
    """Send a beacon and its mutants to one collector, then read everything back."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    dice, desk, stored = random.Random(octets), Desk(edge_secret="s3cret"), 0
    for number in range(mutants + 1):
        request = Request(mutated(octets, dice) if number else octets, sent, "203.0.113.9")
        stored += send(request, desk, findings)
    beacons = desk.beacons("demo") + desk.beacons("free")
    parts = [part for beacon in beacons for part in beacon.parts]
    assert sum(len(part.events) for part in parts) == stored
    for part in group_parts(parts):
        make_row(part)


def sent_bytes(request: Request) -> int:
    """What a request weighs: its body, and the headers that are read."""
    return len(request.body) + sum(len(request.headers.get(name, "")) for name in READ_HEADERS)


def send(request: Request, desk: Desk, findings: Findings) -> int:
    """Send one request; how many events of it were stored."""
    before = desk.table.items
    bound = 2 * sent_bytes(request)
    # A pass of the collector of garbage costs what the harness keeps, not what the input costs.
    gc.disable()
    began = time.thread_time()
    try:
        answer = desk.collector.collect(request)
    except Refusal as refusal:
        if refusal.status not in REFUSALS or len(desk.table.items) > len(before) + 1:
            raise
        findings.outcomes[str(refusal.status)] += 1
        return 0
    finally:
        findings.cpu_ms.append((time.thread_time() - began) * 1000)
        gc.enable()
    said = json.loads(json.dumps(answer.body))
    findings.outcomes["200"] += 1
    stored = [
        item for key, item in desk.table.items.items() if key[0] == "events" and key not in before
    ]
    findings.weigh(stored, bound + 1024 * len(stored))
    new = sum(len(part["e"]) for item in stored for part in json.loads(item["parts"]["S"])[1:])
    kept = [drop for drop in said["dropped"] if drop["reason"] in ("bot", "spam_referrer")]
    assert said["accepted"] <= new <= said["accepted"] + len(kept)
    return new


def run(inputs: int) -> Findings:
    """Try that many inputs; raises what hypothesis found."""
    findings = Findings()
    read_agent(
        {"user-agent": "Mozilla/5.0 (unheard of)"}
    )  # what is loaded once is a cold start's cost

    @seed(20261122)
    @settings(
        max_examples=max(1, inputs // (MUTANTS + 1)),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies, headers)
    def attempt(body: Any, sent: dict[str, str]) -> None:
        send_all(body, sent, MUTANTS, findings)

    attempt()
    for hostile in HOSTILE.values():
        send_all(hostile, {}, MUTANTS, findings)
    return findings


if __name__ == "__main__":
    os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    found = run(int(sys.argv[1]))
    print(found.report())
    sys.exit(0 if found.is_quick() else "too slow")
