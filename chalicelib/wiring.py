"""The only place that constructs AWS clients. Each thing is made when first used, once a process:
what a collecting instance never touches costs its cold start nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.collect.collector import Collector
from chalicelib.collect.intake import Intake
from chalicelib.collect.limits import Limits, Unlimited
from chalicelib.model.site import Site
from chalicelib.settings import Settings
from chalicelib.store.clock import Clock
from chalicelib.store.dynamodb import DynamoDB
from chalicelib.store.events import Events
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.refusals import Refusals
from chalicelib.store.registry.salts import Salts
from chalicelib.store.registry.sites import Sites
from chalicelib.store.registry.tokens import Tokens

if TYPE_CHECKING:
    from chalicelib.admin.administration import Administration
    from chalicelib.engine.engine import Engine
    from chalicelib.privacy.erasures import EraseStores
    from chalicelib.privacy.requests import Privacy
    from chalicelib.report.reader import Reader
    from chalicelib.report.reports import Reports
    from chalicelib.report.verifier import Verifier
    from chalicelib.seal.change import SealStores
    from chalicelib.store.sealed import Sealed
    from chalicelib.transfer.importing import History


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
    def documents(self) -> Documents:
        """The registry table."""
        return Documents(self.registry, self.settings.registry_table)

    @cached_property
    def sites(self) -> Sites:
        return Sites(self.documents, self.now_ms)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.documents, self.now_ms)

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
            else Unlimited(),
            edge_secret_sha256=self.settings.edge_secret_sha256,
        )

    @cached_property
    def engine(self) -> Engine:
        from chalicelib.engine.engine import open_engine
        from chalicelib.model.parts import EVENTS_A_SESSION

        return open_engine(
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
        from chalicelib.store.manifests import Manifests
        from chalicelib.store.sealed import Sealed
        from chalicelib.store.segment_cache import SegmentCache
        from chalicelib.store.segments import SegmentStore

        segments = SegmentStore(self.s3, self.settings.data_bucket)
        cache = SegmentCache(
            segments,
            self.settings.cache_dir,
            self.settings.cache_bytes,
            self.engine.segments.count_rows,
            self.now_ms,
        )
        return Sealed(Manifests(self.documents), segments, cache)

    @cached_property
    def reader(self) -> Reader:
        from chalicelib.report.reader import Reader
        from chalicelib.store.tail import Tail

        return Reader(self.sealed, Tail(self.buckets, self.budget_of), self.engine.segments)

    @cached_property
    def reports(self) -> Reports:
        from chalicelib.report.reports import Reports  # DuckDB: 0.15 s that collecting can spare

        return Reports(self.reader.snapshot, self.engine)

    def verifier(self, now_ms: int) -> Verifier:
        """What counts days a second time, as of a moment."""
        from chalicelib.report.verifier import Verifier

        places = self.sealed, self.buckets, self.budget_of
        return Verifier(*places, self.reader, self.engine, now_ms)

    def budget_of(self, site: Site) -> int:
        """What an hour of a site may weigh."""
        return site.hour_budget if self.settings.footfall_limits else sys.maxsize

    @cached_property
    def seal_stores(self) -> SealStores:
        from chalicelib.seal.change import SealStores

        return SealStores(self.sealed, self.buckets, self.engine.segments, self.budget_of)

    @cached_property
    def history(self) -> History:
        from chalicelib.transfer.importing import History

        return History(self.seal_stores, self.reader, self.sites.get_fresh, self.clock)

    @cached_property
    def administration(self) -> Administration:
        from chalicelib.admin.administration import Administration
        from chalicelib.store.registry.audit import Audit
        from chalicelib.store.registry.objections import Objections

        return Administration(
            sites=self.sites,
            tokens=self.tokens,
            audit=Audit(self.documents, self.now_ms),
            documents=self.documents,
            objections=Objections(self.documents),
            open_history=lambda site: self.sealed.manifests.begin(site, self.clock()),
            now_ms=self.now_ms,
        )

    @cached_property
    def privacy(self) -> Privacy:
        from chalicelib.privacy.requests import Privacy

        return Privacy(
            administration=self.administration,
            receipts=self.erase_stores.receipts,
            sealed=self.sealed,
            reader=self.reader,
            segments=self.engine.segments,
            settings=self.settings,
            clock=self.clock,
        )

    @cached_property
    def erase_stores(self) -> EraseStores:
        from chalicelib.privacy.erasures import EraseStores
        from chalicelib.store.registry.receipts import Receipts

        receipts = Receipts(self.documents, self.s3, self.settings.data_bucket)
        return EraseStores(receipts, self.buckets, self.seal_stores)
