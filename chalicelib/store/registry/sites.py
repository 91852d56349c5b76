"""The registry table: what changes rarely and is asked all the time, cached up to a minute."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib.model.ids import number_of
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site, host_names
from chalicelib.store.registry.documents import Documents, registry_unavailable
from chalicelib.store.registry.objections import MARK, Objections, read_marks

log = logging.getLogger(__name__)

KIND = "site"

CACHED_MS = 60_000
"""What another instance changed is seen at most this much later."""

PAUSED_MS = 5_000
"""A registry that failed is not asked again for so long: every asking may take seconds."""


@dataclass(slots=True)
class Sites:
    """The sites of a deployment. A registry that fails is answered from the last good reading."""

    documents: Documents
    now_ms: Callable[[], int]
    _was_read: bool = False
    _due_at_ms: int = 0
    _by_id: dict[str, Site] = field(default_factory=dict)
    _by_host: dict[str, Site] = field(default_factory=dict)
    _marks: dict[str, str] = field(default_factory=dict)
    _objecting: dict[str, tuple[str, frozenset[int]]] = field(default_factory=dict)
    _paused_until_ms: int = 0

    def get(self, site_id: str) -> Site | None:
        """The site with that id."""
        self._refresh_if_due()
        return self._by_id.get(site_id)

    def get_fresh(self, site_id: str) -> Site | None:
        """As `get`, but read anew: what is about to be changed must not be a minute old.

        Refusal 503 where the registry fails; the last good reading stays.
        """
        self._read_now()
        return self._by_id.get(site_id)

    def of_host(self, host: str) -> Site | None:
        """The site that lists `host` (lower case, no port), itself or by `*.` of a parent."""
        self._refresh_if_due()
        return next((s for h in host_names(host) if (s := self._by_host.get(h))), None)

    def has_objection(self, site_id: str, visitor_id: str) -> bool:
        """Whether a visitor objected; known a minute after it did at the latest.

        Refusal 503 where the objections cannot be read: nobody who objected may be stored.
        """
        self._refresh_if_due()
        mark = self._marks.get(site_id)
        if mark is None:
            return False
        if self._objecting.get(site_id, ("",))[0] != mark:
            self._objecting[site_id] = mark, self._read_objections(site_id)
        return number_of(visitor_id) in self._objecting[site_id][1]

    def _read_objections(self, site_id: str) -> frozenset[int]:
        if self.now_ms() < self._paused_until_ms:
            raise registry_unavailable()
        try:
            return Objections(self.documents).numbers(site_id)
        except Refusal:
            self._paused_until_ms = self.now_ms() + PAUSED_MS
            raise

    def all(self) -> list[Site]:
        """Every site, by id."""
        self._refresh_if_due()
        return [self._by_id[site_id] for site_id in sorted(self._by_id)]

    def add(self, site: Site) -> bool:
        """Whether the site was written; False where there is one of its id already."""
        return self._write_site(site, lambda: self.documents.add(KIND, site.id, asdict(site)))

    def swap(self, before: Site, after: Site) -> bool:
        """Whether `after` took the place of `before`; False if that is not what is stored now."""
        seen = self.documents.get_text(KIND, before.id)
        if seen is None or _read_site(before.id, seen) != before:
            return False
        return self._write_site(
            after,
            lambda: self.documents.swap(KIND, before.id, json.loads(seen), asdict(after)),
        )

    def delete(self, site_id: str) -> None:
        """Delete a site's entry; its data is not touched."""
        self.documents.delete(KIND, site_id)
        self._due_at_ms = 0

    def _write_site(self, site: Site, write: Callable[[], bool]) -> bool:
        """Write, and let this instance see what is there now at once. Of a write whose answer was
        lost the client hears of the second attempt, for which the condition does not hold."""
        try:
            if write():
                return True
            text = self.documents.get_text(KIND, site.id)
            return text is not None and _read_site(site.id, text) == site
        finally:
            self._due_at_ms = 0

    def _refresh_if_due(self) -> None:
        if self.now_ms() < self._due_at_ms:
            return
        try:
            self._read_now()
        except Refusal:
            if not self._was_read:
                raise
            self._due_at_ms = self.now_ms() + PAUSED_MS

    def _read_now(self) -> None:
        """Remember every site there is now. Refusal 503 where the registry fails."""
        now = self.now_ms()
        texts = dict(self.documents.texts(KIND))
        self._marks = read_marks(texts)
        read = (_read_site(name, text) for name, text in texts.items() if not name.endswith(MARK))
        sites = [site for site in read if site]
        self._by_id = {site.id: site for site in sites}
        self._by_host = {host: site for site in reversed(sites) for host in site.hostnames}
        self._was_read, self._due_at_ms = True, now + CACHED_MS


def _read_site(site_id: str, text: str) -> Site | None:
    """The site of a text; one that cannot be read must not take the others with it."""
    try:
        return read_site(text)
    except (AttributeError, KeyError, TypeError, ValueError):
        log.error("a site of the registry cannot be read", extra={"site": site_id})
        return None


def read_site(text: str) -> Site:
    """A site from its JSON; fields of a newer version are ignored."""
    values: Mapping[str, Any] = json.loads(text)
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in Site.__dataclass_fields__
    }
    return Site(**known)
