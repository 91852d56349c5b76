"""Hostnames belong to one site: which names can stand for one host, and who may add them."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.administration import Administration
from chalicelib.admin.domains import is_shared
from chalicelib.admin.forms import SiteChange, fill_form
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site, may_meet
from tests.access.conftest import OWNER, refused

OF_ALPHA = Principal("admin", ("alpha",), "Ana", id="a")
LABELS = ("www", "a", "b", "example")
HOSTS = [".".join(labels) for length in range(1, 6) for labels in product(LABELS, repeat=length)]
LISTED = st.builds(
    lambda wild, labels: wild + ".".join(labels),
    st.sampled_from(["", "*."]),
    st.lists(st.sampled_from(LABELS), min_size=1, max_size=3),
)


@given(LISTED, LISTED)
def test_two_names_may_meet_exactly_where_some_host_is_of_both(one: str, other: str) -> None:
    mine, theirs = Site("mine", hostnames=(one,)), Site("theirs", hostnames=(other,))
    shared = [host for host in HOSTS if mine.has_host(host) and theirs.has_host(host)]
    assert may_meet(one, other) == bool(shared)
    assert may_meet(other, one) == bool(shared)


@given(st.lists(st.tuples(st.sampled_from(["alpha", "beta"]), LISTED), min_size=1, max_size=6))
def test_whatever_is_asked_for_no_host_is_ever_of_two_sites(asked: list[tuple[str, str]]) -> None:
    kept: dict[str, list[str]] = {"alpha": [], "beta": []}
    for site, name in asked:
        other = kept["beta" if site == "alpha" else "alpha"]
        if not any(may_meet(name, taken) for taken in other):
            kept[site].append(name)
    alpha, beta = (Site(n, hostnames=tuple(kept[n])) for n in ("alpha", "beta"))
    assert [host for host in HOSTS if alpha.has_host(host) and beta.has_host(host)] == []


@pytest.mark.parametrize(
    ("taken", "asked"),
    [
        ("*.a.example", "shop.a.example"),
        ("shop.a.example", "*.a.example"),
        ("a.example", "www.a.example"),
        ("www.a.example", "a.example"),
        ("a.example", "*.a.example"),
        ("*.shop.a.example", "*.a.example"),
        ("*.a.example", "*.shop.a.example"),
    ],
)
def test_a_name_for_a_host_of_another_site_is_409_and_tells_nothing_of_it(
    administration: Administration, taken: str, asked: str
) -> None:
    change = {"hostnames": ["alpha.example", "secret.example", taken]}
    administration.change_site(OWNER, "alpha", change)
    new = {"id": "gamma", "name": "Gamma", "hostnames": ["gamma.example", asked]}
    attempts: list[Any] = [
        lambda: administration.change_site(OWNER, "beta", {"hostnames": [asked]}),
        lambda: administration.create_site(OWNER, new),
    ]
    for attempt in attempts:
        with refused(409, "hostnames") as raised:
            attempt()
        said = raised.value.message.replace(asked, "")
        assert not any(word in said for word in ("alpha", "secret", taken))


def test_a_site_may_list_a_domain_and_all_below_it(administration: Administration) -> None:
    names = ["alpha.example", "*.alpha.example", "www.alpha.example"]
    changed = administration.change_site(OWNER, "alpha", {"hostnames": names})
    assert changed["hostnames"] == tuple(names)


def test_only_who_administers_the_deployment_adds_a_hostname(
    administration: Administration,
) -> None:
    both = ["alpha.example", "*.alpha.example"]
    with refused(403, "hostnames"):
        administration.change_site(OF_ALPHA, "alpha", {"hostnames": both})
    with refused(403, "hostnames"):  # also of one that another site has: nothing can be asked so
        administration.change_site(OF_ALPHA, "alpha", {"hostnames": ["beta.example"]})
    assert administration.site(OWNER, "alpha")["hostnames"] == ("alpha.example",)
    assert {entry["action"] for entry in administration.log(OWNER, [])["entries"]} == set()
    administration.change_site(OWNER, "alpha", {"hostnames": both})
    for kept in (both[::-1], both[:1], []):
        change = {"hostnames": kept, "name": "Mine"}
        assert administration.change_site(OF_ALPHA, "alpha", change)["hostnames"] == tuple(kept)


SHARED = (
    "com", "co.uk", "github.io", "ck", "xn--fiqs8s", "中国", "kawasaki.jp", "x.kawasaki.jp",
    "compute.amazonaws.com", "COM.", "web.app",
)  # fmt: skip
OWNED = (
    "example.com", "shop.example.co.uk", "me.github.io", "city.kawasaki.jp", "localhost",
    "intranet", "127.0.0.1", "192.168.1.5", "shop.local", "a.example", "münchen.de",
)  # fmt: skip


@pytest.mark.parametrize("wild", ["", "*."])
@pytest.mark.parametrize("name", SHARED)
def test_a_public_suffix_and_all_below_it_is_no_sites_own(name: str, wild: str) -> None:
    with pytest.raises(Refusal, match="public suffix") as raised:
        fill_form(SiteChange, {"hostnames": [wild + name]})
    assert (raised.value.status, raised.value.field) == (400, "hostnames.0")


@pytest.mark.parametrize("wild", ["", "*."])
@pytest.mark.parametrize("name", OWNED)
def test_a_name_below_a_public_suffix_and_one_of_no_public_network_are(
    name: str, wild: str
) -> None:
    [listed] = fill_form(SiteChange, {"hostnames": [wild + name]}).hostnames
    assert listed == wild + name.encode("idna").decode("ascii")


def test_no_label_turns_the_suffix_rule_off() -> None:
    suffixes = ("com", "co.uk", "github.io")
    labels = ("a", "x", "www", "xn--a-1fa", "0", "a" * 63)
    assert not any(is_shared(f"{label}.{suffix}") for label in labels for suffix in suffixes)


def test_the_list_of_public_suffixes_is_not_read_before_a_hostname_is_looked_at() -> None:
    asked = (
        "import sys, chalicelib.collect.collector, chalicelib.report.reports;"
        "import chalicelib.admin.administration;"
        "sys.exit('publicsuffixlist' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
