"""What holds of the enriching steps for any text whatever."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.enrich.attribution import attribute_session
from chalicelib.enrich.channel import RULES
from chalicelib.enrich.data import clean_data
from chalicelib.enrich.device import read_agent
from chalicelib.enrich.page import Page, read_page
from chalicelib.enrich.place import estimated_place
from chalicelib.enrich.referrer import is_own, read_referrer
from chalicelib.enrich.sources import engine_of, kind_of_host
from chalicelib.enrich.viewer import choose_language
from chalicelib.model.limits import MAX_DATA_KEYS, MAX_PATH
from chalicelib.model.paths import canonical_path
from chalicelib.model.text import clean_text

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
WINDOWS = "Windows NT 10.0; Win64; x64"
MAC = "Macintosh; Intel Mac OS X 10_15_7"
any_text = st.text(st.characters(), max_size=60)
path_text = st.lists(
    st.one_of(st.text(max_size=5), st.sampled_from(["%", "%2F", "%2f", "%C3%A9", "%25", "%E4"]))
).map("".join)  # fmt: skip
labels = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), min_size=1, max_size=4)


@given(path_text)
def test_a_canonical_path_is_its_own_canonical_path(text: str) -> None:
    once = canonical_path("/" + text)
    assert canonical_path(once) == once
    assert len(once) <= MAX_PATH


@given(st.text(st.characters(exclude_characters="@", exclude_categories=["Cs", "Cc"])))
def test_a_path_is_one_whether_it_was_escaped_or_not(text: str) -> None:
    raw = "/" + text.replace("%", "x").strip()[:50]
    escaped = quote(raw, safe="/?#")
    assert canonical_path(escaped) == canonical_path(raw) or "\\" in raw
    assert canonical_path(raw).isprintable()


@given(any_text, st.integers(1, 40))
def test_clean_text_is_bounded_encodable_and_without_controls(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)
    cleaned.encode()
    assert len(cleaned) <= limit
    assert not [c for c in cleaned if ord(c) < 32 or 127 <= ord(c) < 160]


@given(any_text, any_text)
def test_every_entry_has_one_channel_of_the_table(url: str, sender: str) -> None:
    found = attribute_session(
        read_page("https://example.com/?" + url), sender, None, frozenset(["example.com"])
    )
    assert found.source
    assert found.medium
    assert found.channel in {rule.channel for rule in RULES}


@given(labels, labels)
def test_a_host_is_own_exactly_with_its_sub_domains(own: list[str], other: list[str]) -> None:
    host = ".".join(own)
    hosts = frozenset([host])
    assert is_own(host, hosts)
    assert is_own(f"x.{host}", hosts)
    assert not is_own(f"x{host}", hosts)
    assert is_own(".".join(other), hosts) == (
        (".".join(other) + "!").endswith(f".{host}!") or other == own
    )


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.sampled_from(["google", "bing", "yahoo"]))
def test_a_name_that_only_contains_an_engines_is_no_engine(other: str, engine: str) -> None:
    for host in (f"{other}{engine}.com", f"{engine}{other}.com", f"{engine}.{other}.evil.com"):
        assert engine_of(host) == ""
    assert engine_of(f"www.{engine}.com") == engine


@given(any_text)
def test_any_header_gives_an_agent(text: str) -> None:
    for header in (text, CHROME.format(text)):
        found = read_agent({"user-agent": header, "sec-ch-ua-platform": text, "sec-ch-ua": text})
        assert found.device
        assert found.browser
        assert found.os


@given(st.dictionaries(any_text, st.one_of(any_text, st.floats(), st.integers(), st.none())))
def test_data_is_few_scalars_whatever_was_sent(sent: dict[str, object]) -> None:
    kept = clean_data(sent)
    assert len(kept) <= MAX_DATA_KEYS
    assert set(kept) <= set(sent)
    assert not any(isinstance(value, float) and value != value for value in kept.values())


@given(any_text, any_text)
def test_a_place_is_a_country_or_nowhere(zone: str, tag: str) -> None:
    country = estimated_place(zone, choose_language(tag, "")).country
    assert country == "" or (len(country) == 2 and country.isupper())


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("l.facebook.com", "social"), ("zh-cn.facebook.com", "social"), ("facebook.com.evil", ""),
        ("docs.google.com", ""), ("news.google.com", "search"), ("www.google.com.hk", "search"),
        ("uk.yahoo.com", "search"), ("finance.yahoo.com", ""), ("tieba.baidu.com", "social"),
        ("pan.baidu.com", ""), ("mail.yandex.ru", "email"), ("v.qq.com", "video"),
        ("x.com", "social"), ("netflix.com", "video"), ("aws.example", ""), ("com", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_host_is_what_its_nearest_listed_name_is(host: str, kind: str) -> None:
    assert kind_of_host(host) == kind


def test_what_is_no_web_address_is_no_page_and_no_referrer() -> None:
    for text in ("", "x", "//a.example/", "http://", "http://[", "ftp://a.example/", "about:blank"):
        assert read_page(text) == Page()
        assert read_referrer(text, frozenset()).source == ""


@pytest.mark.parametrize(
    ("platform", "hints", "expected"),
    [
        (WINDOWS, {}, ("Windows", "", "desktop")),
        (WINDOWS, {"": '"Windows"', "-version": '"15.0.0"'}, ("Windows", "11", "desktop")),
        (WINDOWS, {"": '"Windows"', "-version": '"10.0.0"'}, ("Windows", "10", "desktop")),
        (MAC, {"": '"macOS"', "-version": '"15.1.0"'}, ("macOS", "15", "desktop")),
        ("X11; Linux x86_64", {"": '"Android"'}, ("Android", "", "tablet")),
        ("X11; Linux x86_64", {"": '"Chrome OS"'}, ("ChromeOS", "", "desktop")),
        ("iPhone; CPU iPhone OS 17_1 like Mac OS X", {"": '"Linux"'}, ("iOS", "17.1", "mobile")),
    ],
)  # fmt: skip
def test_client_hints_say_more_than_the_frozen_header_and_never_contradict_it(
    platform: str, hints: dict[str, str], expected: tuple[str, ...]
) -> None:
    named = {f"sec-ch-ua-platform{name}": value for name, value in hints.items()}
    found = read_agent({"user-agent": CHROME.format(platform), **named})
    assert (found.os, found.os_version, found.device) == expected
