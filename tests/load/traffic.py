"""Beacons of made-up visitors, and the impatient client that delivers them."""

from __future__ import annotations

import http.client
import json
import random
import socket
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock, local
from typing import Any

from tests.harness.browser import USER_AGENT

HOST = "https://example.com"
PATHS = ("/", "/pricing", "/docs", "/docs/start", "/blog", "/blog/a-post", "/sign-up")
REFERRERS = ("", "https://www.google.com/", "https://news.ycombinator.com/item?id=1")
SEVERAL = 0.1
"""Share of beacons with events of two or three sessions: a transaction."""
GIVES_UP_ON_ANSWER = 0.02
MOST_TRIES = 30
HEADERS = {"Content-Type": "text/plain", "User-Agent": USER_AGENT}


@dataclass(frozen=True, slots=True)
class Sent:
    """A beacon: its number, its visitor, its body, the numbers of its events."""

    number: int
    visitor: str
    body: bytes
    events: frozenset[int]


class Crowd:
    """Visitors with a few sessions each, drawn from one seeded generator."""

    def __init__(self, seed: int, visitors: int) -> None:
        self.random = random.Random(seed)
        self.sessions = [[self._id() for _ in range(3)] for _ in range(visitors)]
        self.visitors = [self._id() for _ in range(visitors)]
        self._events = 0
        self._beacons = 0

    def beacon(self, among: range) -> Sent:
        """One more beacon of one of these visitors, by number."""
        visitor = self.random.choice(among)
        is_several = self.random.random() < SEVERAL
        sessions = self.random.sample(self.sessions[visitor], self.random.choice((2, 3)))
        sessions = sessions if is_several else sessions[:1]
        events = [self._event(session) for session in sessions for _ in range(self._length())]
        self._beacons += 1
        body = {
            "beacon_id": f"b{self._beacons}",
            "visitor_id": self.visitors[visitor],
            "referrer": self.random.choice(REFERRERS),
            "events": events,
        }
        numbers = frozenset(event["seq"] for event in events)
        return Sent(self._beacons, self.visitors[visitor], json.dumps(body).encode(), numbers)

    def _event(self, session: str) -> dict[str, Any]:
        self._events += 1
        kind = self.random.choice(("pageview", "pageview", "user_engagement", "read"))
        data = {"engagement_ms": self.random.randint(0, 20_000)}
        return {
            "event_type": kind,
            "url": HOST + self.random.choice(PATHS),
            "session_id": session,
            "seq": self._events,
            "age_ms": self.random.randint(0, 60_000),
            **({"data": data} if kind == "user_engagement" else {}),
        }

    def _length(self) -> int:
        return self.random.choice((1, 1, 1, 2, 4))

    def _id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


class _Connections(local):
    """A thread's own, by port."""

    def __init__(self) -> None:
        self.by_port: dict[int, http.client.HTTPConnection] = {}


@dataclass
class Client:
    """Delivers beacons to any of the instances until one acknowledges."""

    ports: list[int]
    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _mine: _Connections = field(default_factory=_Connections)

    def deliver(self, sent: Sent) -> bool:
        """Whether the beacon was acknowledged; every try goes to an instance drawn anew."""
        dice = random.Random(f"{self.seed} {sent.number} {time.monotonic_ns()}")
        for attempt in range(MOST_TRIES):
            try:
                status = self._try(sent, dice)
            except (OSError, http.client.HTTPException) as error:
                status, name = 0, type(error).__name__
                self._count(f"no answer ({name})")
            if status == 200:
                return True
            time.sleep(dice.random() * min(1.0, 0.05 * 2**attempt))
        return False

    def _try(self, sent: Sent, dice: random.Random) -> int:
        port = dice.choice(self.ports)
        began = time.perf_counter()
        connection = self._connection(port)
        try:
            connection.request("POST", "/api/e", sent.body, HEADERS)
            if dice.random() < GIVES_UP_ON_ANSWER:
                raise TimeoutError
            answer = connection.getresponse()
            said = answer.read()
        except BaseException:
            connection.close()
            raise
        if answer.status == 200:
            self._note(sent, said, (time.perf_counter() - began) * 1000)
        self._count(str(answer.status))
        return answer.status

    def _connection(self, port: int) -> http.client.HTTPConnection:
        kept = self._mine.by_port
        if port not in kept:
            kept[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection = kept[port]
        if connection.sock is None:
            connection.connect()
            assert connection.sock
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _note(self, sent: Sent, said: bytes, ms: float) -> None:
        body = json.loads(said)
        is_whole = body["accepted"] + body["duplicates"] == len(sent.events)
        with self._lock:
            self.latencies_ms.append(ms)
            if not is_whole or body["dropped"]:
                self.strange.append(f"beacon {sent.number} was answered {said.decode()}")

    def _count(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1
