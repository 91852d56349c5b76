"""The registry table: what changes rarely and is asked all the time, cached up to a minute."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.model import Refusal, Site, host_names
from chalicelib.parts import number
from chalicelib.spans import DAY_MS
from chalicelib.store.documents import ABSENT, Condition, answering, unavailable, write
from chalicelib.store.items import Item
from chalicelib.store.objections import Objections, marks

log = logging.getLogger(__name__)

CACHED_MS = 60_000
"""What another instance changed is seen at most this much later."""
PAUSED_MS = 5_000
"""A registry that failed is not asked again for so long: every asking may take seconds."""
SALT_KEPT_S = 2 * 86_400
"""A salt is deleted two days after its own day began."""


@dataclass(slots=True)
class Sites:
    """The sites of a deployment. A registry that fails is answered from the last good reading."""

    client: Any
    table: str
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
        self._refresh()
        return self._by_id.get(site_id)

    def fresh(self, site_id: str) -> Site | None:
        """As `get`, but read anew: what is about to be changed must not be a minute old.

        Refusal 503 where the registry fails; the last good reading stays.
        """
        self._read_now()
        return self._by_id.get(site_id)

    def of_host(self, host: str) -> Site | None:
        """The site that lists `host` (lower case, no port), itself or by `*.` of a parent."""
        self._refresh()
        return next((s for h in host_names(host) if (s := self._by_host.get(h))), None)

    def has_objection(self, site_id: str, visitor_id: str) -> bool:
        """Whether a visitor objected; known a minute after it did at the latest.

        Refusal 503 where the objections cannot be read: nobody who objected may be stored.
        """
        self._refresh()
        mark = self._marks.get(site_id)
        if mark is None:
            return False
        if self._objecting.get(site_id, ("",))[0] != mark:
            self._objecting[site_id] = mark, self._objections(site_id)
        return number(visitor_id) in self._objecting[site_id][1]

    def _objections(self, site_id: str) -> frozenset[int]:
        if self.now_ms() < self._paused_until_ms:
            raise unavailable()
        try:
            return Objections(self.client, self.table).numbers(site_id)
        except Refusal:
            self._paused_until_ms = self.now_ms() + PAUSED_MS
            raise

    def all(self) -> list[Site]:
        """Every site, by id."""
        self._refresh()
        return [self._by_id[site_id] for site_id in sorted(self._by_id)]

    def add(self, site: Site) -> bool:
        """Whether the site was written; False where there is one of its id already."""
        return self._write(site, ABSENT)

    def swap(self, before: Site, after: Site) -> bool:
        """Whether `after` took the place of `before`; False if that is not what is stored now."""
        with answering():
            found = self.client.get_item(
                TableName=self.table, Key=_key(before.id), ConsistentRead=True
            )
        item = found.get("Item")
        if not item or _readable(item) != before:
            return False
        unchanged = {
            "ConditionExpression": "site = :seen",
            "ExpressionAttributeValues": {":seen": item["site"]},
        }
        return self._write(after, unchanged)

    def delete(self, site_id: str) -> None:
        """Delete a site's entry; its data is not touched."""
        with answering():
            self.client.delete_item(TableName=self.table, Key=_key(site_id))
        self._due_at_ms = 0

    def _write(self, site: Site, condition: Condition) -> bool:
        """Write, and let this instance see what is there now at once. Of a write whose answer was
        lost the client hears of the second attempt, for which the condition does not hold."""
        item = {**_key(site.id), "site": {"S": json.dumps(asdict(site))}}
        try:
            return write(self.client, self.table, item, condition) or self._stored(site.id) == site
        finally:
            self._due_at_ms = 0

    def _stored(self, site_id: str) -> Site | None:
        """The site as it is now."""
        with answering():
            found = self.client.get_item(
                TableName=self.table, Key=_key(site_id), ConsistentRead=True
            )
        return _readable(found["Item"]) if found.get("Item") else None

    def _refresh(self) -> None:
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
        with answering():
            items = list(self._read())
        self._marks = marks(items)
        sites = [site for item in items if "mark" not in item and (site := _readable(item))]
        self._by_id = {site.id: site for site in sites}
        self._by_host = {host: site for site in reversed(sites) for host in site.hostnames}
        self._was_read, self._due_at_ms = True, now + CACHED_MS

    def _read(self) -> Iterator[Item]:
        question: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :site",
            "ExpressionAttributeValues": {":site": {"S": "site"}},
            "ConsistentRead": True,
        }
        while True:
            page = self.client.query(**question)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _key(site_id: str) -> Item:
    return {"pk": {"S": "site"}, "sk": {"S": site_id}}


def _readable(item: Item) -> Site | None:
    """The site of an item; one that cannot be read must not take the others with it."""
    try:
        return read_site(item["site"]["S"])
    except (AttributeError, KeyError, TypeError, ValueError):
        log.error("a site of the registry cannot be read", extra={"site": item["sk"]["S"]})
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
            with answering():
                self._salt = self._made(day)
            self._day = day
        return self._salt

    def _made(self, day: int) -> bytes:
        name = f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
        key = {"pk": {"S": "salt"}, "sk": {"S": name}}
        salt = {"S": secrets.token_hex(32)}
        item = {**key, "salt": salt, "expires_at": {"N": str(day * 86_400 + SALT_KEPT_S)}}
        if not write(self.client, self.table, item, ABSENT):
            found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
            salt = found["Item"]["salt"]
        return bytes.fromhex(salt["S"])
