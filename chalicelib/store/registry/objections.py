"""Who objected: one small item a visitor, by its number; the id itself is kept nowhere.

Beside a site's entry lies a mark that every change of its objections renews, so that a collector
reads them again only then. Neither is part of the site's settings: two visitors who object at
once, or while a setting changes, are both kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.model.ids import number_of
from chalicelib.store.registry.documents import Documents

MARK = "#objections"
"""What follows a site's id in the key of its mark; no id has a `#`."""


@dataclass(frozen=True, slots=True)
class Objections:
    """The objections of a deployment's sites. A table that fails is a `Refusal` 503."""

    documents: Documents

    def add(self, site: str, visitor_id: str) -> None:
        """Keep an objection; one that is there already is no error."""
        self.documents.put(_kind_of(site), _name_of(visitor_id), {})
        self._renew_mark(site)

    def withdraw(self, site: str, visitor_id: str) -> None:
        """Forget an objection; one that is not there is no error."""
        self.documents.delete(_kind_of(site), _name_of(visitor_id))
        self._renew_mark(site)

    def numbers(self, site: str) -> frozenset[int]:
        """The numbers of all visitors who object."""
        return frozenset(int(name, 16) for name in self.documents.names(_kind_of(site)))

    def forget_all(self, site: str) -> None:
        """Delete every objection of a site that is no more."""
        for name in list(self.documents.names(_kind_of(site))):
            self.documents.delete(_kind_of(site), name)
        self.documents.delete("site", site + MARK)

    def _renew_mark(self, site: str) -> None:
        """After the objection, never before: whoever reads a mark finds what it stands for."""
        self.documents.put("site", site + MARK, {"mark": secrets.token_hex(8)})


def read_marks(texts: Mapping[str, str]) -> dict[str, str]:
    """By site's id, the marks among the entries of sites, as they are written."""
    return {name.removesuffix(MARK): text for name, text in texts.items() if name.endswith(MARK)}


def _kind_of(site: str) -> str:
    return f"objection#{site}"


def _name_of(visitor_id: str) -> str:
    return f"{number_of(visitor_id):016x}"
