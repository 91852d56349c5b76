"""Tokens and share links in the registry table, known there only by the SHA-256 of their secret.

A share link is a token of role `share`: one site, read only, maybe with locked filters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.spans import DAY_MS
from chalicelib.store.registry.documents import Document, Documents

KIND = "token"

CACHED_MS = 60_000  # a revocation takes effect everywhere within this

USE_NOTED_MS = 3_600_000
"""At most one write an hour tells when a token was last used."""

EXPIRED_KEPT_MS = 30 * DAY_MS
"""An expired token stays in the list this long."""

ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; all times epoch ms, 0 for never."""

    principal: Principal
    created_at_ms: int
    expires_at_ms: int = 0
    last_used_at_ms: int = 0

    def is_expired(self, now_ms: int) -> bool:
        return 0 < self.expires_at_ms <= now_ms


class Tokens:
    """Tokens by the hash of their secret; a known one is remembered for a minute, else never."""

    def __init__(self, documents: Documents, now_ms: Callable[[], int]) -> None:
        self.documents = documents
        self.now_ms = now_ms
        self._known: dict[str, tuple[int, Token]] = {}

    def find(self, token_hash: str) -> Principal | None:
        """The principal of a token's hash; None where there is none or its time is over."""
        now = self.now_ms()
        read_at, token = self._known.get(token_hash, (0, None))
        if token is None or not 0 <= now - read_at < CACHED_MS:
            token = self._read_token(token_hash, now)
        if token is None or token.is_expired(now):
            return None
        return token.principal

    def add(self, token_hash: str, principal: Principal, expires_at_ms: int = 0) -> Token:
        """Store what a token's hash stands for, replacing what it stood for before."""
        known = replace(principal, id=token_hash[:ID_DIGITS])
        token = Token(known, created_at_ms=self.now_ms(), expires_at_ms=expires_at_ms)
        self.documents.put(KIND, token_hash, asdict(token), _forgotten_at_ms(token))
        return token

    def all(self) -> Iterator[Token]:
        """Every token and share link, in no order that means anything."""
        return (_load_token(document) for _, document in self.documents.all(KIND))

    def by_id(self, token_id: str) -> Token | None:
        """The token of an id (the first digits of its hash)."""
        return next((token for _, token in self._find_by_id(token_id)), None)

    def revoke(self, token_id: str) -> None:
        """Forget a token; other instances do within `CACHED_MS`."""
        for token_hash, _ in self._find_by_id(token_id):
            self.documents.delete(KIND, token_hash)
            self._known.pop(token_hash, None)

    def leave(self, site: str) -> None:
        """Take a site from every token; one that has no other is revoked. A token that somebody
        changes at the same moment is looked at again, one revoked stays so."""
        for token_hash, found in list(self.documents.all(KIND)):
            seen: Document | None = found
            while seen is not None and not self._leave_site(token_hash, seen, site):
                seen = self.documents.get(KIND, token_hash)

    def _leave_site(self, token_hash: str, seen: Document, site: str) -> bool:
        """Whether the token as it was seen is without the site now."""
        token = _load_token(seen)
        sites = tuple(name for name in token.principal.sites if name != site)
        if sites == token.principal.sites:
            return True
        self._known.pop(token_hash, None)
        if not sites:
            return self.documents.drop(KIND, token_hash, seen)
        kept = replace(token, principal=replace(token.principal, sites=sites))
        until = _forgotten_at_ms(kept)
        return self.documents.swap(KIND, token_hash, seen, asdict(kept), until)

    def _find_by_id(self, token_id: str) -> Iterator[tuple[str, Token]]:
        found = self.documents.all(KIND, prefix=token_id) if len(token_id) == ID_DIGITS else ()
        return ((token_hash, _load_token(document)) for token_hash, document in found)

    def _read_token(self, token_hash: str, now: int) -> Token | None:
        self._known.pop(token_hash, None)
        document = self.documents.get(KIND, token_hash)
        if document is None:
            return None
        token = _load_token(document)
        self._known[token_hash] = (now, token)
        if not token.is_expired(now) and now - token.last_used_at_ms >= USE_NOTED_MS:
            self._note_use(token_hash, document, now)
        return token

    def _note_use(self, token_hash: str, seen: Document, now: int) -> None:
        used = replace(_load_token(seen), last_used_at_ms=now)
        try:
            self.documents.swap(KIND, token_hash, seen, asdict(used), _forgotten_at_ms(used))
        except Refusal:
            return  # a note that could not be taken keeps nobody out


def _forgotten_at_ms(token: Token) -> int:
    return token.expires_at_ms + EXPIRED_KEPT_MS if token.expires_at_ms else 0


def _load_token(document: Document) -> Token:
    given = document["principal"]
    principal = Principal(
        role=given["role"],
        sites=tuple(given["sites"]),
        name=given["name"],
        filters=tuple(given["filters"]),
        id=given["id"],
    )
    times = ("created_at_ms", "expires_at_ms", "last_used_at_ms")
    return Token(principal, *(document[name] for name in times))
