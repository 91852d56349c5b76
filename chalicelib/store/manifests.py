"""Manifests of sites: read strongly, and replaced only where nobody else was faster."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.model.manifest import Manifest, dump_manifest, load_manifest
from chalicelib.model.sealing import HOT_MS, begin_manifest
from chalicelib.store.clock import Clock
from chalicelib.store.registry.documents import Documents

NAME = "manifest"


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests of one stage. All raises `Refusal` 503 when the registry does not answer."""

    documents: Documents

    def read(self, site: str) -> Manifest | None:
        """The site's manifest as it is now, None if it never had one."""
        text = self.documents.get_text(_kind_of(site), NAME)
        return None if text is None else load_manifest(text)

    def read_or_begin(self, site: str, now_ms: int) -> Manifest:
        """The site's manifest, or an initial one that reaches back `HOT_MS`."""
        return self.read(site) or begin_manifest(now_ms - HOT_MS)

    def read_to_change(self, site: str, clock: Clock) -> Manifest:
        """The same, by the store's time. Raises `Disagrees` where this machine's clock is wrong."""
        seen = self.read(site)
        clock.check()
        return seen or begin_manifest(clock() - HOT_MS)

    def commit(self, site: str, seen: Manifest, changed: Manifest) -> bool:
        """Whether `changed` took the place of `seen`; False if another was faster.

        Of a write whose answer was lost the client hears of its next attempt, for which the
        condition does not hold; so what is there now decides. A `Refusal` 503: the registry may
        have taken it or not.
        """
        text = dump_manifest(replace(changed, version=seen.version + 1))
        committed = load_manifest(text)
        if self.documents.put_version(_kind_of(site), NAME, text, seen.version + 1):
            return True
        return self.read(site) == committed

    def begin(self, site: str, now_ms: int) -> bool:
        """Whether this gave a new site its manifest; without one 35 days of hours are searched."""
        return self.commit(site, begin_manifest(now_ms), begin_manifest(now_ms))

    def store_ms(self) -> int:
        """The store's time when it last answered: never later than it is now."""
        date_ms: int = self.documents.client.date_ms
        return date_ms


def _kind_of(site: str) -> str:
    return f"manifest#{site}"
