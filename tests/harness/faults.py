"""Faults at chosen AWS calls of the one DynamoDB client: what a real day does, on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from chalicelib.store.dynamodb import Send

Fault = Literal["die before", "die after", "error", "throttle", "time out after"]
FAULTS: tuple[Fault, ...] = ("die before", "die after", "error", "throttle", "time out after")
THROTTLED = b'{"__type":"x#ThrottlingException","message":"slow down"}'
BROKEN = b'{"__type":"x#InternalServerError","message":"oops"}'


class Killed(BaseException):
    """The process ended here; nothing of ours may catch it."""


class Faulty:
    """`send` with a fault at the calls named by their number, counted from 0."""

    def __init__(self, send: Send, plan: Mapping[int, Fault]) -> None:
        self._send = send
        self._plan = plan
        self.calls = 0

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        fault = self._plan.get(self.calls)
        self.calls += 1
        if fault == "die before":
            raise Killed
        if fault == "error":
            return 500, BROKEN
        if fault == "throttle":
            return 400, THROTTLED
        answer = self._send(body, headers)
        if fault == "die after":
            raise Killed
        if fault == "time out after":
            raise TimeoutError
        return answer
