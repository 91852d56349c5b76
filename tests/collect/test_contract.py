"""The contract of `POST /api/collect`, sentence by sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from chalicelib.model.event import Event
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.registry.objections import Objections
from tests.collect.desk import (
    CHROME,
    NOW,
    OTHER_SESSION,
    SESSION,
    VISITOR,
    Desk,
    beacon,
    hit,
)

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def the_event(desk: Desk) -> Event:
    """The one event that is stored."""
    ((event,),) = [part.events for b in desk.beacons() for part in b.parts]
    return event


def refused(body: Any, desk: Desk | None = None, **headers: str) -> tuple[int, str]:
    """Status and field of the refusal of a body; nothing is stored then."""
    desk = desk or Desk()
    with pytest.raises(Refusal) as raised:
        desk.send(body, **headers)
    assert desk.beacons() == []
    return raised.value.status, raised.value.field


def counts(accepted: int = 0, duplicates: int = 0, **dropped: str) -> dict[str, Any]:
    """An answer; dropped ones as `_0="bot"`."""
    rows = [{"index": int(at[1:]), "reason": reason} for at, reason in dropped.items()]
    return {"accepted": accepted, "duplicates": duplicates, "dropped": rows}


# ---- shapes


def test_the_contracts_example_is_accepted_and_stored() -> None:
    desk = Desk()
    example = {
        "event_type": "pageview", "url": "http://example.com/course/1",
        "referrer": "https://google.com", "visitor_id": VISITOR, "session_id": SESSION,
        "data": {"load_time_ms": 120, "source": "google"},
    }  # fmt: skip
    assert desk.send(example).body == counts(accepted=1)
    (stored,) = desk.beacons()
    (part,) = stored.parts
    said = part.attributes
    assert (stored.site, stored.session_id, part.visitor_id) == ("demo", SESSION, VISITOR)
    assert (said.source, said.medium, said.channel) == ("google", "organic", "Organic Search")
    assert (said.device, said.browser, said.os) == ("desktop", "Chrome", "Windows")
    data = {"load_time_ms": 120, "source": "google"}
    assert part.events == (Event("pageview", NOW, path="/course/1", data=data),)


def test_events_inherit_what_stands_at_the_top_and_override_it() -> None:
    desk = Desk()
    body = {
        **hit(event_type=None, url="https://example.com/a", title="T", age_ms=500),
        "beacon_id": "b",
        "events": [
            {"event_type": "pageview"},
            {"event_type": "scroll", "url": "https://example.com/b", "title": None, "age_ms": 0},
        ],
    }
    assert desk.send(body).body == counts(accepted=2)
    ((first, second),) = [part.events for b in desk.beacons() for part in b.parts]
    assert first == Event("pageview", NOW - 500, path="/a", title="T")
    assert second == Event("scroll", NOW, 1, path="/b", title="T")


@pytest.mark.parametrize(
    "sent",
    [
        "application/json", "Application/JSON; charset=UTF-8", "text/plain",
        "TEXT/PLAIN;charset=UTF-8", " text/plain ", "",
    ],
)  # fmt: skip
def test_json_text_and_no_content_type_are_taken(sent: str) -> None:
    assert Desk().send(hit(), content_type=sent).body == counts(accepted=1)


@pytest.mark.parametrize("sent", ["text/html", "application/x-www-form-urlencoded", "json", "*/*"])
def test_another_content_type_is_415(sent: str) -> None:
    assert refused(hit(), content_type=sent)[0] == 415


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, ""),
        (b"{", 400, ""),
        (b"[]", 400, ""),
        (b'"x"', 400, ""),
        (b"null", 400, ""),
        (b"\xff\xfe", 400, ""),
        (b"9" * 5000, 400, ""),
        (b"[" * 60_000, 400, ""),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, ""),
        ({}, 400, "event_type"),
        ({"events": []}, 400, "events"),
        ({"events": {}}, 400, "events"),
        ({"events": "x"}, 400, "events"),
        (beacon(5, None, "x"), 400, ""),  # type: ignore[arg-type]
        (hit(event_type=None), 400, "event_type"),
        (hit(event_type="  "), 400, "event_type"),
        (hit(event_type="a" * 65), 400, "event_type"),
        (hit(event_type="a\nb"), 400, "event_type"),
        (hit(url=None), 400, "url"),
        (hit(url=5), 400, "url"),
        (hit(visitor_id=None), 400, "visitor_id"),
        (hit(visitor_id="x"), 400, "visitor_id"),
        (hit(session_id="{" + SESSION + "}"), 400, "session_id"),
        (hit(session_id=SESSION.replace("-", "")), 400, "session_id"),
        (hit(session_id=SESSION.translate({ord("3"): "٣"})), 400, "session_id"),
        (hit(age_ms=8 * 24 * HOUR_MS), 400, "age_ms"),
        (b" " * 65_537, 413, ""),
        (beacon(*[hit()] * 51), 413, "events"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_beacon_is_refused_with_its_field(body: Any, status: int, field: str) -> None:
    assert refused(body) == (status, field)


def test_the_largest_beacon_is_taken() -> None:
    assert Desk().send(beacon(*[hit(event_id=str(n)) for n in range(50)])).body["accepted"] == 50
    padded = json.dumps(hit()).encode()
    assert Desk().send(padded + b" " * (65_536 - len(padded))).body == counts(accepted=1)


def test_invalid_events_of_a_beacon_are_dropped_and_the_others_kept() -> None:
    desk = Desk()
    answer = desk.send(beacon(hit(), {"event_type": "no url"}, 7, hit(event_type="scroll")))
    assert answer.body == counts(accepted=2, _1="invalid", _2="invalid")
    assert answer.headers == {"X-Dropped": "invalid"}
    assert sum(len(part.events) for b in desk.beacons() for part in b.parts) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"referrer": 5}, {"title": ["x"]}, {"age_ms": "old"}, {"age_ms": True}, {"age_ms": 1e400},
        {"seq": {}}, {"site": 5}, {"entry": "x"}, {"entry": {"url": 5}}, {"screen": "wide"},
        {"language": "x" * 99}, {"data": "x"}, {"data": {"percent": "x", "outbound": "x"}},
        {"event_id": "no spaces"}, {"beacon_id": "é"}, {"beacon_id": "a" * 65}, {"unknown": [[1]]},
        {"time_zone": 5}, {"data": {"a": None, "b": [1], "__proto__": 1, "c" * 65: 1}},
    ],
    ids=str,
)  # fmt: skip
def test_a_malformed_optional_field_is_left_out_and_the_event_stays(odd: dict[str, Any]) -> None:
    plain, desk = Desk(), Desk()
    plain.send(hit(referrer=odd.get("referrer") and "", event_id="e"))
    answer = desk.send({**hit(event_id="e"), **odd} if "event_id" not in odd else hit(**odd))
    assert answer.body == counts(accepted=1)
    assert [part.events for b in desk.beacons() for part in b.parts] == [
        part.events for b in plain.beacons() for part in b.parts
    ]


# ---- repairs


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.com", "/"),
        ("HTTPS://EXAMPLE.COM:8443/A", "/A"),
        ("https://example.com./a?b=c#d", "/a"),
        ("https://user:pw@example.com/a", "/a"),
        ("https://example.com/%E4%B8%AD%e6%96%87", "/中文"),
        ("https://example.com/中文", "/中文"),
        ("https://example.com/caf%C3%A9", "/café"),
        ("https://example.com/%7Euser/%41", "/~user/A"),
        ("https://example.com/a%2fb%3Fc%23d%25", "/a%2Fb%3Fc%23d%25"),
        ("https://example.com/%ff%00", "/%FF%00"),
        ("https://example.com/100%", "/100%25"),
        ("https://example.com/a\x00b\x1fc\u202e", "/abc%E2%80%AE"),
        ("https://example.com/\ud800", "/\ufffd"),
        ("https://example.com/u/jane.doe@mail.example/x", "/u/(email)/x"),
        ("https://example.com/u/jane%40mail.example", "/u/(email)"),
        ("https://example.com/react@18.2.0/@types/@jane.doe", "/react@18.2.0/@types/@jane.doe"),
        ("https://example.com/" + "x" * 5000, "/" + "x" * 499),
        ("https://example.com/" + "%E4%B8%AD" * 600, "/" + "中" * 499),
        ("https://example.com/" + "%FF" * 600, "/" + "%FF" * 166),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_page_has_one_path_however_its_address_is_spelled(url: str, path: str) -> None:
    desk = Desk()
    desk.send(hit(url=url))
    assert the_event(desk).path == path


def test_text_is_trimmed_and_cleaned_never_refused() -> None:
    desk = Desk()
    desk.send(
        hit(
            title="\x00Pri\ud83dcing \u00e9\n" + "€" * 5_000,
            referrer="https://a.example/" + "r" * 9000,
        )
    )
    assert the_event(desk).title == "Pri\ufffdcing é" + "€" * 290
    assert len(desk.beacons()[0].parts[0].attributes.referrer) == 500


def test_invalid_utf8_and_a_byte_order_mark_are_repaired() -> None:
    desk = Desk()
    octets = json.dumps(hit(title="x€x"), ensure_ascii=False).encode()
    desk.send(b"\xef\xbb\xbf" + octets.replace("€".encode(), b"\xe2\x82"))
    assert the_event(desk).title == "x\ufffdx"


def test_data_is_typed_bounded_and_cleaned() -> None:
    desk = Desk()
    data = {
        "load_time_ms": 120.7, "engagement_ms": 99 * HOUR_MS, "percent": 250, "outbound": True,
        "link_url": "https://user:pw@Other.example/p?token=1#x", "link_domain": "Other.Example",
        "source": "google", "plan": "pro", "n": 1.5, "big": 2**60, "inf": 1e999,
        **{f"k{n}": n for n in range(40)},
    }  # fmt: skip
    desk.send(hit(event_type="signup", data=data))
    kept = the_event(desk).data
    assert len(kept) == 20
    assert dict(list(kept.items())[:9]) == {
        "load_time_ms": 120, "engagement_ms": 4 * HOUR_MS, "percent": 100,
        "link_url": "https://other.example/p", "link_domain": "other.example", "outbound": True,
        "source": "google", "plan": "pro", "n": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("age", "counted"),
    [(None, 0), (0, 0), (-5, 0), (1500, 1500), (1500.9, 1500), (48 * HOUR_MS, 48 * HOUR_MS),
     (49 * HOUR_MS, 48 * HOUR_MS), (7 * 24 * HOUR_MS, 48 * HOUR_MS)],
)  # fmt: skip
def test_an_events_time_is_its_receipt_less_its_age_cut_to_two_days(age: Any, counted: int) -> None:
    desk = Desk()
    desk.send(hit(age_ms=age))
    assert the_event(desk).at_ms == NOW - counted


@pytest.mark.parametrize(
    ("stated", "numbers"),
    [([None, None], [0, 1]), ([7, 5], [7, 5]), ([1795386000001, 2**53], [1795386000001, 2**53]),
     ([3.0, 1.5], [3, 1]), ([-1, 2**53 + 1], [0, 1]), (["9", True], [0, 1])],
)  # fmt: skip
def test_events_are_numbered_by_their_seq_else_by_their_place_in_the_beacon(
    stated: list[Any], numbers: list[int]
) -> None:
    desk = Desk()
    desk.send(beacon(*(hit(url=f"https://example.com/{n}", seq=n) for n in stated)))
    assert [e.seq for b in desk.beacons() for part in b.parts for e in part.events] == numbers


# ---- once


def test_the_same_beacon_counts_once_whatever_else_it_says() -> None:
    desk = Desk()
    assert desk.send(beacon(hit())).body == counts(accepted=1)
    stored = desk.beacons()
    desk.clock.now += 60_000
    assert desk.send(beacon(hit(), hit(event_type="scroll"))).body == counts(duplicates=2)
    assert desk.send(beacon(hit(url="https://example.com/other"))).body == counts(duplicates=1)
    assert desk.beacons() == stored
    assert desk.send(beacon(hit(), beacon_id="b2")).body == counts(accepted=1)


def test_ids_are_stored_in_lower_case_and_compared_so() -> None:
    desk = Desk()
    desk.send(beacon(hit()))
    upper = {"visitor_id": VISITOR.upper(), "session_id": SESSION.upper()}
    assert desk.send(beacon(hit(**upper), **upper)).body == counts(duplicates=1)


def test_without_a_beacon_id_the_event_ids_make_it() -> None:
    desk = Desk()
    assert desk.send(hit(event_id="e1")).body == counts(accepted=1)
    desk.clock.now += HOUR_MS
    assert desk.send(hit(event_id="e1", title="again")).body == counts(duplicates=1)
    assert desk.send(hit(event_id="e2")).body == counts(accepted=1)


def test_without_any_id_equal_content_within_ten_seconds_is_one() -> None:
    desk = Desk()
    desk.clock.now = NOW - NOW % 10_000
    assert desk.send(hit()).body == counts(accepted=1)
    desk.clock.now += 9_999
    assert desk.send(hit()).body == counts(duplicates=1)
    assert desk.send(hit(url="https://example.com/2")).body == counts(accepted=1)
    assert desk.send(hit(session_id=OTHER_SESSION)).body == counts(accepted=1)
    desk.clock.now += 1
    assert desk.send(hit()).body == counts(accepted=1)


def test_an_event_id_twice_in_one_beacon_is_one_event() -> None:
    answer = Desk().send(beacon(hit(event_id="e"), hit(event_id="e"), hit(event_id="f")))
    assert answer.body == counts(accepted=2, duplicates=1)


def test_an_event_id_is_no_repeat_of_a_dropped_event_or_of_another_sessions() -> None:
    dropped = hit(event_id="e", url="https://evil.example/")
    answer = Desk().send(beacon(dropped, hit(event_id="e")))
    assert answer.body == counts(accepted=1, _0="unknown_site")
    answer = Desk().send(beacon(hit(event_id="e"), hit(event_id="e", session_id=OTHER_SESSION)))
    assert answer.body == counts(accepted=2)


def test_a_header_that_is_no_text_is_repaired() -> None:
    desk = Desk()
    desk.send(hit(), user_agent="\ud800bot\x00/1 (x)")
    assert desk.beacons()[0].parts[0].attributes.browser == "bot"


def test_sessions_of_one_beacon_are_an_item_each_in_one_transaction() -> None:
    desk, calls = Desk(), []

    def watched(body: bytes, headers: Any) -> tuple[int, bytes]:
        calls.append(headers["X-Amz-Target"].partition(".")[2])
        return desk.table.send(body, headers)

    desk.collector = desk.started(watched)
    body = beacon(hit(), hit(session_id=OTHER_SESSION), hit(event_type="scroll"))
    assert desk.send(body).body == counts(accepted=3)
    assert calls == ["Query", "TransactWriteItems"]
    assert sorted((b.session_id, len(b.parts[0].events)) for b in desk.beacons()) == [
        (SESSION, 2),
        (OTHER_SESSION, 1),
    ]


def test_a_pageview_is_one_put_of_one_write_unit() -> None:
    desk, calls = Desk(), []

    def watched(body: bytes, headers: Any) -> tuple[int, bytes]:
        calls.append((headers["X-Amz-Target"].partition(".")[2], body))
        return desk.table.send(body, headers)

    desk.collector = desk.started(watched)
    desk.collector.sites.all()
    calls.clear()
    full = hit(
        beacon_id="0123456789abcdef0123456789abcdef", event_id="0123456789abcdef", seq=12,
        title="Pricing and plans for teams of every size - Example Company", age_ms=1200,
        entry={"url": "https://example.com/landing?utm_source=newsletter&utm_medium=email"
                      "&utm_campaign=autumn-sale-2026&utm_content=header",
               "referrer": "https://mail.google.com/mail/u/0/"},
        screen="1440x900", language="en-GB", data={"load_time_ms": 1234},
    )  # fmt: skip
    desk.send(full, accept_language="en-GB,en;q=0.9")
    ((operation, body),) = calls
    item = json.loads(body)["Item"]
    size = sum(len(name) + len(next(iter(value.values())).encode()) for name, value in item.items())
    assert operation == "PutItem"
    assert size <= 1024


# ---- sites and refusals


def test_the_site_is_found_by_host_or_stated_and_the_host_must_be_its_own() -> None:
    sites = (
        Site("a", hostnames=("a.example", "*.wild.example")),
        Site("b", hostnames=("b.example",)),
    )
    for fields, reason in (
        ({"url": "https://a.example/"}, None),
        ({"url": "https://www.a.example/"}, None),
        ({"url": "https://A.EXAMPLE:8080/"}, None),
        ({"url": "https://x.y.wild.example/"}, None),
        ({"url": "https://b.example/", "site": "b"}, None),
        ({"url": "https://b.example/", "site": "a"}, "unknown_site"),
        ({"url": "https://a.example/", "site": "c"}, "unknown_site"),
        ({"url": "https://sub.a.example/"}, "unknown_site"),
        ({"url": "https://nota.example/"}, "unknown_site"),
        ({"url": "https://wild.example/"}, "unknown_site"),
        ({"url": "file:///etc/passwd"}, "unknown_site"),
        ({"url": "http://["}, "unknown_site"),
        ({"url": ""}, "unknown_site"),
    ):
        desk = Desk(sites=sites)
        answer = desk.send(hit(**fields))
        assert answer.body == (counts(_0=reason) if reason else counts(accepted=1)), fields
        assert answer.headers == ({"X-Dropped": reason} if reason else {})
        assert len(desk.beacons("a") + desk.beacons("b")) == (reason is None)


@pytest.mark.parametrize(
    ("site", "header", "reason"),
    [
        (Site("s", hostnames=("example.com",)), "sec_gpc", "opt_out"),
        (Site("s", hostnames=("example.com",)), "dnt", ""),
        (Site("s", hostnames=("example.com",), honour_gpc=False), "sec_gpc", ""),
        (Site("s", hostnames=("example.com",), honour_dnt=True), "dnt", "opt_out"),
    ],
    ids=["gpc", "dnt ignored", "gpc ignored", "dnt honoured"],
)
def test_an_opt_out_is_honoured_as_the_site_says(site: Site, header: str, reason: str) -> None:
    desk = Desk(sites=(site,))
    answer = desk.send(hit(), **{header: "1"})
    assert answer.headers.get("X-Dropped", "") == reason
    assert len(desk.beacons("s")) == (not reason)
    assert desk.send(hit(event_type="later"), **{header: "0"}).body == counts(accepted=1)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.com/admin", "excluded"),
        ("https://example.com/admin/users", ""),
        ("https://example.com/drafts/a/b", "excluded"),
        ("https://example.com/%64rafts/x", "excluded"),
        ("https://example.com/a.b", "excluded"),
        ("https://example.com/axb", ""),
    ],
)
def test_excluded_paths_are_not_stored(url: str, reason: str) -> None:
    excluded = ("/admin", "/drafts/*", "/a.b")
    desk = Desk(sites=(Site("s", hostnames=("example.com",), excluded_paths=excluded),))
    assert desk.send(hit(url=url)).headers.get("X-Dropped", "") == reason
    assert len(desk.beacons("s")) == (not reason)


def test_a_visitor_who_objects_is_not_stored_until_the_objection_is_withdrawn() -> None:
    desk = Desk()
    assert desk.send(hit()).body == counts(accepted=1)
    Objections(desk.collector.sites.documents).add("demo", VISITOR)
    desk.clock.now += 60_000
    assert desk.send(hit(event_type="second")).headers == {"X-Dropped": "excluded"}
    assert desk.send(hit(visitor_id=OTHER_SESSION)).body == counts(accepted=1)
    Objections(desk.collector.sites.documents).withdraw("demo", VISITOR)
    desk.clock.now += 60_000
    assert desk.send(hit(event_type="third")).body == counts(accepted=1)


def test_query_parameters_that_the_site_keeps_make_pages() -> None:
    desk = Desk(
        sites=(Site("demo", hostnames=("example.com",), kept_query_parameters=("id", "q")),)
    )
    desk.send(hit(url="https://example.com/p?utm_source=x&q=%E4%B8%AD&ID=7&other=1"))
    assert the_event(desk).path == "/p?id=7&q=中"


def test_bots_and_spam_are_stored_flagged_and_not_accepted() -> None:
    desk = Desk()
    bot = desk.send(hit(), user_agent=GOOGLEBOT)
    spam = desk.send(hit(referrer="http://traffic2money.com/x", session_id=OTHER_SESSION))
    ahead = desk.send(beacon(hit(), beacon_id="p"), sec_purpose="prefetch;prerender")
    assert [a.body for a in (bot, spam, ahead)] == [
        counts(_0="bot"), counts(_0="spam_referrer"), counts(_0="bot"),
    ]  # fmt: skip
    assert [a.headers["X-Dropped"] for a in (bot, spam)] == ["bot", "spam_referrer"]
    reasons = sorted(part.attributes.bot for b in desk.beacons() for part in b.parts)
    assert reasons == ["bot:prefetch", "bot:search_crawler", "spam_referrer"]


# ---- attribution, place, identity


def test_the_entry_decides_over_the_events_own_page_and_referrer() -> None:
    desk = Desk()
    entry = {"url": "https://example.com/?utm_source=crm&utm_medium=email", "referrer": ""}
    desk.send(beacon(hit(entry=entry), hit(entry=entry, referrer="https://example.com/")))
    ((part,),) = [b.parts for b in desk.beacons()]
    said = part.attributes
    assert (said.source, said.medium, said.channel, said.referrer) == ("crm", "email", "Email", "")
    assert said.attributed_by == "utm:utm_source>email_medium"


def test_an_in_app_browser_is_the_source_before_the_referrer_and_after_the_campaign() -> None:
    wechat = f"{CHROME} MicroMessenger/8.0.50"
    for url, source in (
        ("https://example.com/", "wechat"),
        ("https://example.com/?utm_source=crm", "crm"),
    ):
        desk = Desk()
        desk.send(hit(url=url), user_agent=wechat)
        assert desk.beacons()[0].parts[0].attributes.source == source


EDGE = {
    "cloudfront_viewer_country": "de", "cloudfront_viewer_country_region": "BE",
    "cloudfront_viewer_city": "K%C3%B6ln", "cloudfront_viewer_address": "[2001:db8::1]:443",
}  # fmt: skip


AT_THE_EDGE = ("DE", "DE-BE", "DE-BE/Köln", "edge")


@pytest.mark.parametrize(
    ("secret", "headers", "fields", "place"),
    [
        ("s3cret", {**EDGE, "x_footfall_edge": "s3cret"}, {}, AT_THE_EDGE),
        ("s3cret", {**EDGE, "x_footfall_edge": "wrong é"}, {}, ("", "", "", "")),
        ("s3cret", EDGE, {}, ("", "", "", "")),
        ("", {**EDGE, "x_footfall_edge": ""}, {}, ("", "", "", "")),
        ("", {}, {"time_zone": "Asia/Tokyo", "language": "de-AT"},
         ("JP", "", "", "estimated:time_zone")),
        ("", {}, {"language": "zh-Hans-CN"}, ("CN", "", "", "estimated:language")),
        ("", {"accept_language": "pt-BR,pt;q=0.9"}, {}, ("BR", "", "", "estimated:language")),
        ("", {"accept_language": "de"}, {"time_zone": "No/Where"}, ("", "", "", "")),
    ],
    ids=["edge", "wrong secret", "no secret sent", "none configured", "zone", "language",
         "accepted language", "unknown"],
)  # fmt: skip
def test_a_place_is_believed_from_the_edge_alone_else_estimated(
    secret: str, headers: dict[str, str], fields: dict[str, str], place: tuple[str, ...]
) -> None:
    desk = Desk(edge_secret=secret)
    desk.send(hit(**fields), **headers)
    said = desk.beacons()[0].parts[0].attributes
    assert (said.country, said.region, said.city, said.placed_by) == place


def free(desk: Desk, address: str = "203.0.113.9", **fields: Any) -> tuple[str, str]:
    """Visitor and session of a hit on the storage-free site."""
    before = desk.beacons("free")
    secret = {"x_footfall_edge": "s", "cloudfront_viewer_address": f"{address}:1"}
    body = hit(url="https://free.example/", **{"visitor_id": None, "session_id": None, **fields})
    assert desk.send({k: v for k, v in body.items() if v}, **secret).body["accepted"] == 1
    (new,) = [b for b in desk.beacons("free") if b not in before]
    return new.parts[0].visitor_id, new.session_id


def test_storage_free_visitors_are_a_days_salted_hash_and_sessions_its_half_hours() -> None:
    desk = Desk(edge_secret="s")
    desk.clock.now = 1_795_046_400_000  # 2026-11-19T00:00Z
    first = free(desk, event_id="1")
    assert free(desk, event_id="2") == first
    desk.collector = desk.started(desk.table.send)
    desk.clock.now += 1_799_999
    assert free(desk, event_id="3", session_id=SESSION, visitor_id=VISITOR) == first
    desk.clock.now += 1
    later = free(desk, event_id="4")
    assert (later[0], later[1] == first[1]) == (first[0], False)
    assert free(desk, "203.0.113.10", event_id="5")[0] != first[0]
    desk.clock.now += 24 * HOUR_MS
    assert free(desk, event_id="6")[0] != first[0]
    salts = [item for key, item in desk.table.items.items() if key[0] == "salts"]
    assert [int(s["expires_at"]["N"]) - 1_795_046_400 for s in salts] == [172_800, 259_200]
    assert len({s["salt"]["S"] for s in salts}) == 2


def test_no_address_agent_query_or_email_is_stored() -> None:
    desk = Desk(edge_secret="s")
    markers = ("203.0.113.77", "MARKER-AGENT", "marker-query", "marker@mail.example")
    desk.send(
        hit(
            url="https://example.com/p/marker@mail.example?x=marker-query&utm_term=marker@mail.example",
            referrer="https://a.example/marker@mail.example?q=marker-query",
            title="for marker@mail.example",
            data={"link_url": "https://b.example/marker%40mail.example?marker-query"},
        ),
        user_agent=CHROME + " MARKER-AGENT",
        cloudfront_viewer_address="203.0.113.77:443",
        x_footfall_edge="s",
    )
    stored = json.dumps(list(desk.table.items.values()), ensure_ascii=False)
    assert len(desk.beacons()) == 1
    assert [marker for marker in markers if marker in stored] == []


# ---- abuse


def test_an_address_may_make_600_requests_a_minute() -> None:
    desk = Desk(has_limits=True)
    for number in range(600):
        desk.send(hit(event_id=str(number)))
    stored = len(desk.beacons())
    with pytest.raises(Refusal) as raised:
        desk.send(hit())
    assert (raised.value.status, 1 <= raised.value.retry_after_s <= 60) == (429, True)
    assert len(desk.beacons()) == stored
    desk.clock.now += raised.value.retry_after_s * 1000
    assert desk.send(hit()).body == counts(accepted=1)


def test_a_registry_that_fails_is_answered_from_the_last_reading_and_503_before_any() -> None:
    desk = Desk()
    broken: list[bool] = []
    asked: list[int] = []

    def sometimes(body: bytes, headers: Any) -> tuple[int, bytes]:
        if headers["X-Amz-Target"].endswith(".Query"):
            asked.append(desk.clock.now)
        if broken and headers["X-Amz-Target"].endswith(".Query"):
            return 500, b"{}"
        return desk.table.send(body, headers)

    desk.collector = desk.started(sometimes)
    broken.append(True)
    with pytest.raises(Refusal) as raised:
        desk.send(hit())
    assert raised.value.status == 503
    broken.clear()
    assert desk.send(hit()).body == counts(accepted=1)
    broken.append(True)
    desk.clock.now += 61_000
    asked.clear()
    for name in ("later", "still_later"):
        assert desk.send(hit(event_type=name)).body == counts(accepted=1)
    assert asked == [desk.clock.now]


@pytest.mark.parametrize("operation", ["Query", "PutItem"])
def test_a_process_without_credentials_answers_503(operation: str) -> None:
    desk = Desk()

    def without(body: bytes, headers: Any) -> tuple[int, bytes]:
        if headers["X-Amz-Target"].endswith(operation):
            raise NoCredentialsError
        return desk.table.send(body, headers)

    desk.collector = desk.started(without)
    with pytest.raises(Refusal) as raised:
        desk.send(hit())
    assert raised.value.status == 503


def test_a_site_that_cannot_be_read_does_not_take_the_others_with_it() -> None:
    desk = Desk()
    for number, broken in enumerate(("{", '"x"', '{"name": "no id"}', "[]")):
        key = {"pk": {"S": "site"}, "sk": {"S": f"a{number}"}}
        desk.table.put("registry", {**key, "body": {"S": broken}})
    assert desk.send(hit()).body == counts(accepted=1)


def test_a_new_site_is_known_within_a_minute_and_a_deleted_one_forgotten() -> None:
    desk = Desk()
    new = hit(url="https://new.example/")
    assert desk.send(new).headers == {"X-Dropped": "unknown_site"}
    other = desk.started(desk.table.send)
    other.sites.add(Site("new", hostnames=("new.example",)))
    desk.clock.now += 60_000
    assert desk.send(new).body == counts(accepted=1)
    other.sites.delete("new")
    desk.clock.now += 60_000
    assert desk.send(new).headers == {"X-Dropped": "unknown_site"}
