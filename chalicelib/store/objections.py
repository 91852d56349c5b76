"""Who objected: one small item a visitor, by its number; the id itself is kept nowhere.

Beside a site's entry lies a mark that every change of its objections renews, so that a collector
reads them again only then. Neither is part of the site's settings: two visitors who object at
once, or while a setting changes, are both kept.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from chalicelib.parts import number
from chalicelib.store.documents import Documents, answering
from chalicelib.store.items import Item

MARK = "#objections"
"""What follows a site's id in the key of its mark; no id has a `#`."""


@dataclass(frozen=True, slots=True)
class Objections:
    """The objections of a deployment's sites. A table that fails is a `Refusal` 503."""

    client: Any
    table: str

    def add(self, site: str, visitor_id: str) -> None:
        """Keep an objection; one that is there already is no error."""
        self._documents.put(_kind(site), _name(visitor_id), {})
        self._renew_mark(site)

    def withdraw(self, site: str, visitor_id: str) -> None:
        """Forget an objection; one that is not there is no error."""
        self._documents.delete(_kind(site), _name(visitor_id))
        self._renew_mark(site)

    def numbers(self, site: str) -> frozenset[int]:
        """The numbers of all visitors who object."""
        return frozenset(int(name, 16) for name in self._documents.names(_kind(site)))

    def forget_all(self, site: str) -> None:
        """Delete every objection of a site that is no more."""
        for name in list(self._documents.names(_kind(site))):
            self._documents.delete(_kind(site), name)
        self._documents.delete("site", site + MARK)

    def _renew_mark(self, site: str) -> None:
        """After the objection, never before: whoever reads a mark finds what it stands for."""
        mark = {"S": secrets.token_hex(8)}
        with answering():
            self.client.put_item(TableName=self.table, Item={**mark_key(site), "mark": mark})

    @property
    def _documents(self) -> Documents:
        return Documents(self.client, self.table)


def mark_key(site: str) -> Item:
    """The key of a site's mark, among the entries of sites."""
    return {"pk": {"S": "site"}, "sk": {"S": site + MARK}}


def marks(items: list[Item]) -> dict[str, str]:
    """By site's id, the marks among the entries of sites."""
    return {
        item["sk"]["S"].removesuffix(MARK): item["mark"]["S"] for item in items if "mark" in item
    }


def _kind(site: str) -> str:
    return f"objection#{site}"


def _name(visitor_id: str) -> str:
    return f"{number(visitor_id):016x}"
