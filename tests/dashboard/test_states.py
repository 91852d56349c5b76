"""What stands on the page when there are no numbers, old numbers or half of the numbers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.dashboard import answers
from tests.dashboard.canned import TOKEN, Answer, Canned, Question, answer, error
from tests.dashboard.conftest import Open, choose_period


def nothing(name: str, question: Question) -> Answer:
    return 200, answers.empty(answer(name, question)[1]) if name != "list" else {"rows": []}


def refusing(status: int, *names: str) -> Any:
    def respond(name: str, question: Question) -> Answer:
        failed = status, error("some_code", "It went wrong.")
        return failed if name in names else answer(name, question)

    return respond


ALL = ("stats", "sankey", "realtime", "list")


def test_the_first_load_has_skeletons_of_the_final_height(open_page: Open, server: Canned) -> None:
    held = threading.Event()

    def slow(name: str, question: Question) -> Answer:
        held.wait(30)
        return answer(name, question)

    server.respond = slow
    page = open_page("?site=demo")
    expect(page.locator(".skeleton")).to_have_count(7)
    before = page.locator(".card").evaluate_all("all => all.map(one => one.offsetHeight)")
    held.set()
    expect(page.locator(".skeleton")).to_have_count(0)
    after = page.locator(".card").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert [abs(a - b) <= 1 for a, b in zip(before, after, strict=True)] == [True] * 7, (
        before,
        after,
    )


def test_old_numbers_stay_while_new_ones_are_on_their_way(open_page: Open, server: Canned) -> None:
    page = open_page("?site=demo&range=30d")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    held = threading.Event()

    def slow(name: str, question: Question) -> Answer:
        held.wait(30)
        return answer(name, question)

    server.respond = slow
    choose_period(page, "Last 7 days")
    expect(page.locator(".progress")).to_be_attached()
    expect(page.locator(".card.is-loading")).not_to_have_count(0)
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    held.set()
    expect(page.locator(".progress")).to_have_count(0)
    expect(page.locator(".kpi-value").first).not_to_have_text("37.9K")


def test_a_late_answer_to_an_older_question_is_ignored(open_page: Open, server: Canned) -> None:
    page = open_page("?site=demo&range=30d")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    held = threading.Event()

    def slow(name: str, question: Question) -> Answer:
        if question.get("range") == ["7d"]:
            held.wait(30)
        return answer(name, question)

    server.respond = slow
    choose_period(page, "Last 7 days")
    expect(page.locator(".progress")).to_be_attached()
    choose_period(page, "Last 24 hours")
    expect(page.locator(".progress")).to_have_count(0)
    now = page.locator(".kpi-value").first.text_content()
    held.set()
    page.wait_for_load_state("networkidle")
    assert page.locator(".kpi-value").first.text_content() == now


def test_an_empty_period_says_so_and_widens(open_page: Open, server: Canned) -> None:
    def only_all(name: str, question: Question) -> Answer:
        return (
            answer(name, question) if question.get("range") == ["all"] else nothing(name, question)
        )

    server.respond = only_all
    page = open_page("?site=demo&range=7d")
    expect(page.locator(".notice")).to_contain_text("No sessions in this period")
    expect(page.locator(".card").filter(has_text="Nothing here in this period.")).to_have_count(5)
    expect(page.locator(".kpi-value").first).to_have_text("0")
    page.get_by_role("button", name="Show all time").click()
    expect(page.locator(".notice")).to_have_count(0)
    expect(page.locator(".kpi-value").first).not_to_have_text("0")


def test_a_new_site_shows_its_snippet_until_the_first_event(
    open_page: Open, server: Canned
) -> None:
    server.respond = nothing
    page = open_page("?site=demo")
    expect(page.locator(".onboarding")).to_contain_text("Waiting for the first event")
    snippet = page.locator(".onboarding input").input_value()
    assert snippet == f'<script defer src="{server.origin}/sdk.js" data-site="demo"></script>'
    server.respond = answer
    expect(page.locator(".onboarding")).to_have_count(0, timeout=20_000)
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")


@pytest.mark.parametrize(("failing", "cards"), [("stats", 5), ("sankey", 1), ("realtime", 1)])
def test_an_error_stays_in_its_sections_and_retry_mends_it(
    open_page: Open, server: Canned, failing: str, cards: int
) -> None:
    server.respond = refusing(503, failing)
    page = open_page("?site=demo")
    broken = page.locator(".card").filter(has_text="These numbers could not be read.")
    expect(broken).to_have_count(cards)
    server.respond = answer
    broken.first.get_by_role("button", name="Retry").click()
    expect(broken).to_have_count(0)
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")


def test_a_failed_refresh_keeps_the_numbers_and_names_their_time(
    open_page: Open, server: Canned
) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    server.respond = refusing(503, "stats", "sankey")
    choose_period(page, "Last 7 days")
    expect(page.locator(".notice")).to_contain_text("Could not refresh")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    expect(page.locator(".live")).to_have_class("live ")


def test_days_that_could_not_be_read_are_named(open_page: Open, server: Canned) -> None:
    def partial(name: str, question: Question) -> Answer:
        status, body = answer(name, question)
        if name == "stats":
            body["meta"]["partial"] = ["2026-11-03", "2026-11-04"]
        return status, body

    server.respond = partial
    page = open_page("?site=demo")
    expect(page.locator(".notice")).to_contain_text("2026-11-03, 2026-11-04")


def test_a_site_that_may_not_be_seen_says_so(open_page: Open, server: Canned) -> None:
    server.respond = refusing(403, *ALL)
    page = open_page("?site=other")
    expect(page.locator(".notice")).to_contain_text("You may not see this site")


def test_offline_is_said_and_online_refreshes(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    page.context.set_offline(True)
    expect(page.locator(".notice")).to_contain_text("You are offline")
    with page.expect_request("**/api/reports/stats*"):
        page.context.set_offline(False)
    expect(page.locator(".notice")).to_have_count(0)
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")


def test_the_live_count_is_polled_every_ten_seconds_and_ever_later_after_errors(
    open_page: Open, server: Canned
) -> None:
    page = open_page("?site=demo")
    page.clock.install()
    page.goto(f"{server.origin}/?site=demo")
    expect(page.locator(".live b")).to_have_text("127")

    def polls() -> int:
        return sum("/realtime" in one for one in server.asked)

    def polled_after(seconds: int) -> bool:
        before = polls()
        with page.expect_response("**/realtime*", timeout=5_000):
            page.clock.run_for(seconds * 1000)
        return polls() == before + 1

    assert polled_after(10)
    server.respond = refusing(503, "realtime")
    assert polled_after(10)
    expect(page.locator(".live")).to_have_class("live is-broken")
    expect(page.locator(".live b")).to_have_text("127")
    before = polls()
    page.clock.run_for(19_000)
    assert polls() == before
    assert polled_after(2)
    server.respond = answer
    assert polled_after(41)
    expect(page.locator(".live")).to_have_class("live ")


def test_a_wrong_token_is_refused_and_a_right_one_opens(open_page: Open) -> None:
    page = open_page("", token="")
    page.get_by_label("Access token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This token is not known.")
    page.get_by_label("Access token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    assert "site=demo" in page.url


def test_a_reader_of_more_sites_than_a_page_holds_is_offered_all_of_them(
    open_page: Open, server: Canned
) -> None:
    names = [f"site{number}" for number in range(5)]
    server.sites = [{**answers.SITES[0], "id": name, "name": name} for name in names]
    server.sites_a_page = 2
    page = open_page("", token="")
    page.get_by_label("Access token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    page.locator(".site-button").click()
    expect(page.get_by_role("menuitemradio")).to_contain_text(names)


def test_an_expired_session_asks_for_the_token_and_comes_back_to_the_same_view(
    open_page: Open, server: Canned
) -> None:
    page = open_page("?site=demo&range=7d&f=page:is:/pricing")
    expect(page.locator(".chip")).to_have_count(1)
    choose_period(page, "Last 24 hours")
    expect(page.locator(".period")).to_contain_text("Last 24 hours")
    server.respond = refusing(401, *ALL)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    server.respond = answer
    page.get_by_label("Access token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Page is /pricing")
    expect(page.locator(".period")).to_contain_text("Last 24 hours")


def test_a_share_link_opens_without_signing_in_and_offers_no_settings(open_page: Open) -> None:
    page = open_page(f"?site=demo#share={TOKEN}", token="")
    expect(page.locator(".kpi-value").first).to_have_text("37.9K")
    choose_period(page, "Last 7 days")
    expect(page.locator(".period")).to_contain_text("Last 7 days")
    assert TOKEN not in page.url
    page.reload()
    expect(page.locator(".period")).to_contain_text("Last 7 days")
    assert TOKEN not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("menuitem", name="Definitions")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Sign out")).to_have_count(0)


def test_a_share_link_that_ended_says_so(open_page: Open) -> None:
    page = open_page("?site=demo#share=gone", token="")
    expect(page.get_by_role("alert")).to_contain_text("no longer valid")


@pytest.mark.parametrize(
    ("lang", "name", "estimate"),
    [
        ("en", "Usage this month · November 2026", "$6.54"),
        ("zh", "本月用量 · 2026年11月", "US$6.54"),
    ],
)
def test_usage_waits_fails_alone_and_is_asked_again(
    open_page: Open, server: Canned, lang: str, name: str, estimate: str
) -> None:
    held = threading.Event()

    def slow(name: str, question: Question) -> Answer:
        if name == "usage":
            held.wait(30)
        return refusing(503, "usage")(name, question)

    server.respond = slow
    page = open_page(f"?site=demo&lang={lang}")
    expect(page.locator(".skeleton")).to_have_count(0)
    page.locator(".bar-tools [aria-haspopup=menu]").click()
    page.locator("[role=menu] button").nth(-2).click()
    usage = page.locator(".usage")
    expect(usage).to_have_attribute("aria-busy", "true")
    expect(usage.locator("dd")).to_have_text(["…"] * 5)
    held.set()
    expect(usage.get_by_role("alert")).to_contain_text("It went wrong.")
    expect(page.locator(".site-form")).to_be_visible()
    server.respond = answer
    usage.get_by_role("button").click()
    expect(usage.locator("dd")).to_have_text(["1,234,567", "2,469,134", estimate, "4,338", "12"])
    expect(usage.locator("h3")).to_have_text(name)
    expect(usage.locator(".note")).to_contain_text("us-east-1")
    expect(usage.locator(".problem")).to_contain_text("hour_megabytes")


def test_signing_out_forgets_the_token(open_page: Open) -> None:
    page = open_page("?site=demo")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("Access token")).to_be_visible()
    assert TOKEN not in page.evaluate("JSON.stringify(localStorage)")
