"""The only place that constructs AWS clients. Each thing is made when first used, once a process:
what a collecting instance never touches costs its cold start nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.collect import Collector, Limits
from chalicelib.model import Site
from chalicelib.settings import Settings
from chalicelib.store.clock import Clock
from chalicelib.store.documents import Documents
from chalicelib.store.dynamodb import DynamoDB
from chalicelib.store.events import Events
from chalicelib.store.intake import Intake
from chalicelib.store.refusals import Refusals
from chalicelib.store.registry import Salts, Sites
from chalicelib.store.tokens import Tokens

if TYPE_CHECKING:
    from chalicelib import erase, seal
    from chalicelib.administer import Administration
    from chalicelib.history import History
    from chalicelib.privacy import Privacy
    from chalicelib.query.engine import Engine
    from chalicelib.reader import Reader
    from chalicelib.store.sealed import Sealed


class Wired:
    """One process's edges, wired to the tables and buckets that its settings name."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        self.settings = settings
        self.now_ms = now_ms

    @cached_property
    def registry(self) -> DynamoDB:
        """The client of everything but puts of beacons: failed calls are tried again."""
        return DynamoDB(self.settings.region, self.settings.dynamodb_endpoint)

    @cached_property
    def clock(self) -> Clock:
        """The clock of jobs."""
        return Clock(self.now_ms, self.store_ms)

    def store_ms(self) -> int:
        """The store's time when it last answered."""
        return self.registry.date_ms

    @cached_property
    def sites(self) -> Sites:
        return Sites(self.registry, self.settings.registry_table, self.now_ms)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.registry, self.settings.registry_table, self.now_ms)

    @cached_property
    def events(self) -> Events:
        # One attempt a call: a put stamps each of its attempts anew.
        client = DynamoDB(self.settings.region, self.settings.dynamodb_endpoint, patience_s=0)
        return Events(client, self.settings.events_table, self.now_ms)

    @cached_property
    def buckets(self) -> Events:
        """The same table for reading, where a failed call is tried again."""
        return Events(self.registry, self.settings.events_table, self.store_ms)

    @cached_property
    def refusals(self) -> Refusals:
        return Refusals(self._documents_at_once, self.now_ms)

    @cached_property
    def _documents_at_once(self) -> Documents:
        """The registry with one attempt a call: a visitor waits for it."""
        return Documents(self.events.client, self.settings.registry_table)

    @cached_property
    def collector(self) -> Collector:
        return Collector(
            sites=self.sites,
            salts=Salts(self.registry, self.settings.salts_table),
            events=self.events,
            now_ms=self.now_ms,
            limits=Limits(self.refusals, Intake(self._documents_at_once))
            if self.settings.footfall_limits
            else None,
            edge_secret_sha256=self.settings.edge_secret_sha256,
        )

    @cached_property
    def engine(self) -> Engine:
        from chalicelib.parts import EVENTS_A_SESSION
        from chalicelib.query.engine import Engine

        return Engine(
            self.settings.cache_dir,
            memory_mb=self.settings.function_memory_mb - 250,
            cap=EVENTS_A_SESSION if self.settings.footfall_limits else None,
        )

    @cached_property
    def s3(self) -> Any:
        import boto3

        return boto3.client("s3")

    @cached_property
    def sealed(self) -> Sealed:
        from chalicelib.store.sealed import Sealed

        return Sealed(
            self.registry,
            self.s3,
            registry_table=self.settings.registry_table,
            bucket=self.settings.data_bucket,
            folder=self.settings.cache_dir,
            cache_bytes=self.settings.cache_bytes,
            count_rows=self.engine.rows,
            now_ms=self.now_ms,
        )

    @cached_property
    def reader(self) -> Reader:
        from chalicelib.reader import Reader
        from chalicelib.store.tail import Tail

        return Reader(self.sealed, Tail(self.buckets, self.budget_of), self.engine)

    def budget_of(self, site: Site) -> int:
        """What an hour of a site may weigh."""
        return site.hour_budget if self.settings.footfall_limits else sys.maxsize

    @cached_property
    def seal_stores(self) -> seal.Stores:
        from chalicelib import seal

        return seal.Stores(self.sealed, self.buckets, self.engine, self.budget_of)

    @cached_property
    def history(self) -> History:
        from chalicelib.history import History

        return History(self.seal_stores, self.reader, self.sites.fresh, self.clock)

    @cached_property
    def administration(self) -> Administration:
        from chalicelib.administer import Administration
        from chalicelib.store.audit import Audit
        from chalicelib.store.objections import Objections

        return Administration(
            sites=self.sites,
            tokens=self.tokens,
            audit=Audit(self.registry, self.settings.registry_table, self.now_ms),
            documents=self.tokens.documents,
            objections=Objections(self.registry, self.settings.registry_table),
            open_history=lambda site: self.sealed.begin(site, self.clock()),
            now_ms=self.now_ms,
        )

    @cached_property
    def privacy(self) -> Privacy:
        from chalicelib.privacy import Privacy

        return Privacy(
            administration=self.administration,
            receipts=self.erase_stores.receipts,
            sealed=self.sealed,
            reader=self.reader,
            engine=self.engine,
            settings=self.settings,
            clock=self.clock,
        )

    @cached_property
    def erase_stores(self) -> erase.Stores:
        from chalicelib import erase
        from chalicelib.store.receipts import Receipts

        receipts = Receipts(self.tokens.documents, self.s3, self.settings.data_bucket)
        return erase.Stores(receipts, self.buckets, self.seal_stores)
