"""The package and the add-ons, each in a page as a site would use it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.sdk.collector import Collector

pytestmark = pytest.mark.browser


def test_the_package_tracks_like_the_tag(page: Page, collector: Collector) -> None:
    origin = collector.script.removesuffix("/sdk.js")
    module = (
        f"<script type=module>import {{ event, init }} from '{origin}/npm/index.js';"
        f"init({{ site: 'shop', api: '{origin}/api/e' }}); event('from_package', {{ n: 1 }});"
        "</script>"
    )
    page.goto(collector.page("/package", head=module))
    [hit] = collector.wait_for("from_package")
    assert hit["data"] == {"n": 1}
    assert [hit["event_type"] for hit in collector.hits()] == ["pageview", "from_package"]


def test_the_tag_as_a_module_finds_its_options(page: Page, collector: Collector) -> None:
    tag = collector.tag().replace("<script defer", "<script type=module")
    page.goto(collector.page("/module", head=tag))
    collector.wait_for("pageview")
    assert collector.stored()[0]["site"] == "shop"


def test_the_core_build_tells_a_visit(page: Page, collector: Collector) -> None:
    body = "<div style='height:4000px'></div><a href='http://away.test/'>x</a>"
    page.goto(collector.page("/core", body, collector.tag("sdk.core.js")))
    collector.wait_for("pageview")
    page.evaluate("footfall('event', 'own', {n: 1}); scrollTo(0, 9000)")
    collector.wait_for("own")
    collector.wait_for("scroll")
    page.click("a")
    collector.wait_for("user_engagement")
    assert {hit["event_type"] for hit in collector.hits()} == {
        "pageview",
        "own",
        "scroll",
        "click",
        "user_engagement",
    }


def test_web_vitals_travel_in_the_last_beacon(page: Page, collector: Collector) -> None:
    head = collector.tag("vitals.js") + collector.tag()
    page.goto(collector.page("/vitals", "<h1>Large text</h1><button>x</button>", head))
    collector.wait_for("pageview")
    page.click("button")
    page.goto("about:blank")
    [hit] = collector.wait_for("web_vitals")
    assert {"fcp", "lcp", "ttfb"} <= set(hit["data"])
    assert 0 < hit["data"]["ttfb"] <= hit["data"]["fcp"] <= hit["data"]["lcp"]
    last = collector.received[-1].hits
    assert [hit["event_type"] for hit in last] == ["web_vitals", "user_engagement"]


def test_a_submitted_form_is_an_event_without_its_content(page: Page, collector: Collector) -> None:
    body = (
        "<form id=signup action='/thanks'><input name=id value='secret'>"
        "<button>send</button></form>"
    )
    page.goto(collector.page("/form", body, collector.tag() + collector.tag("forms.js")))
    page.click("button")
    [hit] = collector.wait_for("form_submit")
    assert hit["data"] == {"form": "signup"}
    assert "secret" not in str([received.beacon for received in collector.received])
