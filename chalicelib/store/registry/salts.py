"""Salts of storage-free visitors: one a day, kept for two."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.model.spans import DAY_MS
from chalicelib.store.registry.documents import ABSENT, put_if, refuse_failures

SALT_KEPT_S = 2 * 86_400
"""A salt is deleted two days after its own day began."""


@dataclass(slots=True)
class Salts:
    """One random salt a UTC day, made once by whoever asks first and gone two days later."""

    client: Any
    table: str
    _day: int = -1
    _salt: bytes = b""

    def of(self, at_ms: int) -> bytes:
        """The salt of the day of `at_ms`. Raises `Refusal` 503 when the registry fails."""
        day = at_ms // DAY_MS
        if day != self._day:
            with refuse_failures():
                self._salt = self._make_salt(day)
            self._day = day
        return self._salt

    def _make_salt(self, day: int) -> bytes:
        name = f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
        key = {"pk": {"S": "salt"}, "sk": {"S": name}}
        salt = {"S": secrets.token_hex(32)}
        item = {**key, "salt": salt, "expires_at": {"N": str(day * 86_400 + SALT_KEPT_S)}}
        if not put_if(self.client, self.table, item, ABSENT):
            found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
            salt = found["Item"]["salt"]
        return bytes.fromhex(salt["S"])
