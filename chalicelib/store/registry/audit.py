"""The audit log: who changed what, kept for a while, never with a secret or a visitor's id."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from chalicelib.model.principal import Principal
from chalicelib.model.spans import DAY_MS
from chalicelib.store.registry.documents import Document, Documents

KIND = "audit"

KEPT_MS = 400 * DAY_MS
"""A year, and a month to look at it."""


class Audit:
    """Entries by time. An entry is written before its action: what happened is always there."""

    def __init__(self, documents: Documents, now_ms: Callable[[], int]) -> None:
        self.documents = documents
        self.now_ms = now_ms

    def note(self, actor: Principal, action: str, site: str = "", **details: object) -> None:
        """Write an entry; `site` is empty for actions on the deployment as a whole."""
        now = self.now_ms()
        by = {"id": actor.id, "name": actor.name, "role": actor.role}
        entry = {"at": now, "by": by, "action": action, "site": site, "details": details}
        name = f"{now:015d}-{secrets.token_hex(4)}"
        self.documents.put(KIND, name, entry, now + KEPT_MS)

    def before(self, at_ms: int) -> Iterator[Document]:
        """Entries older than a moment, the newest first."""
        return (entry for _, entry in self.documents.before(KIND, f"{at_ms:015d}"))
