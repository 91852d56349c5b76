"""A prerendered page counts when it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sdk.collector import Collector
from tests.sdk.undriven import undriven_browser

pytestmark = pytest.mark.browser

RULES = (
    '<script type=speculationrules>{"prerender": [{"urls": ["/rendered"], "eagerness":'
    '"immediate"}]}</script>'
)
# The page tells by a request of its own that it was prepared; then the first page goes there.
PREPARED = "<script>if (document.prerendering) fetch('/prepared')</script>"
GO = "<script>new EventSource('/go').onmessage = () => { location.href = '/rendered' }</script>"


def test_a_prerendered_page_counts_when_it_is_shown(collector: Collector, tmp_path: Path) -> None:
    collector.page("/rendered", PREPARED, collector.tag())
    start = collector.page("/start", GO, RULES + collector.tag())
    with undriven_browser(start, tmp_path / "profile"):
        collector.wait_for("pageview")
        collector.wait(lambda: "/prepared" in collector.requested)
        assert [hit["url"] for hit in collector.hits("pageview")] == [start]
        collector.go.set()
        collector.wait_for("pageview", 2)
    second = collector.hits("pageview")[1]
    assert second["url"] == collector.site + "/rendered"
    assert second["data"].get("load_time_ms", 0) < 1_000
