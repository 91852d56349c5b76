"""Tokens in the registry table: only their hash is stored (`pk` token, `sk` SHA-256 in hex)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chalicelib.model import Principal

CACHED_MS = 60_000  # a revocation takes effect everywhere within this


class Tokens:
    """Principals by token hash; a known one is remembered for a minute, an unknown one never."""

    def __init__(self, client: Any, table: str, now_ms: Callable[[], int]) -> None:
        self._client = client
        self._table = table
        self._now_ms = now_ms
        self._known: dict[str, tuple[int, Principal]] = {}

    def find(self, token_hash: str) -> Principal | None:
        """The principal of a token's hash, or None where there is none."""
        read_at, principal = self._known.get(token_hash, (0, None))
        if principal is not None and self._now_ms() - read_at < CACHED_MS:
            return principal
        self._known.pop(token_hash, None)
        found = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": "token"}, "sk": {"S": token_hash}},
            ConsistentRead=True,
        ).get("Item")
        if found is None:
            return None
        principal = _principal(found)
        self._known[token_hash] = (self._now_ms(), principal)
        return principal

    def add(self, token_hash: str, principal: Principal) -> None:
        """Store what a token's hash stands for, replacing what it stood for before."""
        self._client.put_item(
            TableName=self._table,
            Item={
                "pk": {"S": "token"},
                "sk": {"S": token_hash},
                "role": {"S": principal.role},
                "sites": {"S": json.dumps(principal.sites)},
                "name": {"S": principal.name},
            },
        )


def _principal(item: dict[str, Any]) -> Principal:
    return Principal(
        role=item["role"]["S"],
        sites=tuple(json.loads(item["sites"]["S"])),
        name=item.get("name", {}).get("S", ""),
    )
