"""Links: outbound clicks however they are made, downloads, and nothing intercepted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.sdk.collector import Collector, Json

pytestmark = pytest.mark.browser

AWAY = "http://away.test/there"
DATA = {"link_url": AWAY, "link_domain": "away.test", "outbound": True}

LINKS = {
    "plain": f"<a id=t href='{AWAY}?q=1#x'>away</a>",
    "child": f"<a href='{AWAY}'><b><i id=t>away</i></b></a>",
    "svg": f"<svg width=50 height=50><a href='{AWAY}'><rect id=t width=50 height=50 /></a></svg>",
    "area": f"<img usemap='#m' width=50 height=50><map name=m>"
    f"<area id=t shape=rect coords='0,0,50,50' href='{AWAY}'></map>",
    "shadow": "<div id=t></div><script>t.attachShadow({mode: 'open'}).innerHTML ="
    f"'<a href={AWAY}>away</a>'</script>",
    "stopped": f"<a id=t href='{AWAY}' onclick='event.stopPropagation()'>away</a>",
}


def _clicks(collector: Collector) -> list[Json]:
    return [hit["data"] for hit in collector.wait_for("click")]


@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_leaves_is_a_click(name: str, page: Page, collector: Collector) -> None:
    page.goto(collector.page(f"/link-{name}", LINKS[name], collector.tag()))
    target = page.locator("#t a" if name == "shadow" else "#t")
    if name == "area":
        target.dispatch_event("click")
    else:
        target.click()
    assert _clicks(collector) == [DATA]


@pytest.mark.parametrize("how", ["middle", "control", "keyboard"])
def test_a_link_opened_another_way_is_a_click(how: str, page: Page, collector: Collector) -> None:
    page.goto(collector.page("/ways", LINKS["plain"], collector.tag()))
    if how == "keyboard":
        page.press("#t", "Enter")
    else:
        button = "middle" if how == "middle" else "left"
        page.click("#t", button=button, modifiers=["Control"] if how == "control" else None)
    assert _clicks(collector) == [DATA]


def test_a_right_click_and_a_link_within_the_site_are_none(
    page: Page, collector: Collector
) -> None:
    body = LINKS["plain"] + "<a id=inside href='/ways' onclick='event.preventDefault()'>inside</a>"
    page.goto(collector.page("/none", body, collector.tag()))
    page.click("#t", button="right")
    page.click("#inside")
    page.evaluate("footfall('event', 'end_of_test')")
    collector.wait_for("end_of_test")
    assert collector.hits("click") == []


def test_outbound_clicks_can_be_switched_off(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/off", LINKS["plain"], collector.tag(outbound="off")))
    page.click("#t")
    collector.wait_for("user_engagement")
    assert collector.hits("click") == []


def test_downloads_and_addresses_to_write_to_are_events(page: Page, collector: Collector) -> None:
    body = (
        "<a id=f href='/guide.PDF?x=1'>f</a><a id=m href='mailto:ann@mail.example'>m</a>"
        "<a id=p href='tel:+4930'>p</a>"
        "<script>document.onclick = e => e.preventDefault()</script>"
    )
    page.goto(collector.page("/files", body, collector.tag()))
    for target in ("#f", "#m", "#p"):
        page.click(target)
    first, second = collector.wait_for("contact", 2)
    assert first["data"]["link_url"] == "mailto:(email)"
    assert second["data"]["link_url"] == "tel:+4930"
    [file] = collector.hits("file_download")
    assert file["data"]["link_url"] == f"{collector.site}/guide.PDF"


def test_a_slow_collector_does_not_hold_up_the_click(page: Page, collector: Collector) -> None:
    collector.page("/away", "there")
    page.goto(collector.page("/hang", "<a href='/away'>x</a>", collector.tag()))
    collector.wait_for("pageview")
    page.route("**/api/e", lambda _route: None)
    page.click("a")
    page.wait_for_url("**/away")


def test_a_link_as_long_as_a_file_is_an_event_and_takes_none_with_it(
    page: Page, collector: Collector
) -> None:
    """What the page has, not what a person wrote; none of it is masked away."""
    long = {"d": "data:text/csv," + "a@" * 100_000, "t": "tel:" + "1" * 200_000}
    body = "".join(f"<a id={name} href='{to}'>{name}</a>" for name, to in long.items())
    stay = "<script>document.onclick = e => e.preventDefault()</script>"
    page.goto(collector.page("/long", body + stay, collector.tag()))
    for name in long:
        page.click(f"#{name}")
    page.evaluate("footfall('event', 'end_of_test')")
    collector.wait_for("end_of_test")
    [contact] = collector.hits("contact")
    assert contact["data"]["link_url"].startswith("tel:1")
    assert len(contact["data"]["link_url"]) == 1_000
    assert len(collector.hits("pageview")) == 1


def test_a_page_with_a_long_address_is_counted(page: Page, collector: Collector) -> None:
    path = "/" + "a@" * 15_000
    page.goto(collector.page(path, head=collector.tag(exclude="*a*a*a*b")))
    [hit] = collector.wait_for("pageview")
    assert len(hit["url"]) <= 2_048
