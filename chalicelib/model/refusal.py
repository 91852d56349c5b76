"""What a request is, and how it is answered or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Reason = Literal["bot", "spam_referrer", "excess", "unknown_site", "excluded", "opt_out", "invalid"]
"""Why a hit does not count. Those of the first three reasons are stored, out of the figures."""


class Refusal(Exception):
    """An answer other than 200, worded as the contract's error body has it.

    `field` names the offending parameter or body field; `retry_after_s` becomes the header.
    """

    def __init__(
        self, status: int, code: str, message: str, field: str = "", retry_after_s: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived at the collector; nothing in it is believed yet."""

    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""
    address: str = ""
    """The peer as API Gateway names it; never stored, never logged."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its JSON body and the headers that belong to it."""

    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
