from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.admin.administration import Administration
from chalicelib.model.principal import Principal
from chalicelib.model.site import Site
from tests.access.conftest import DAY, OWNER, START, Deployment, principal_of, refused

OF_ALPHA = Principal("admin", ("alpha",), "Ana", id="a")
VISITOR = "0b9d2c6a-6a53-4a9e-9c44-0d4e5a1f7b10"
ADDRESSES = "excluded_addresses"
GAMMA = {"id": "gamma", "name": "Gamma", "hostnames": ["Gamma.Example", "*.gamma.example"]}


def test_a_new_site_is_known_everywhere_and_has_a_history_from_now_on(
    administration: Administration, deployment: Deployment
) -> None:
    made = administration.create_site(OWNER, {**GAMMA, "time_zone": "Asia/Shanghai"})
    assert made["hostnames"] == ("gamma.example", "*.gamma.example")
    expected = Site(
        "gamma", "Gamma", ("gamma.example", "*.gamma.example"), time_zone="Asia/Shanghai"
    )
    assert deployment.instance().sites.get("gamma") == expected
    assert deployment.opened == ["gamma"]


def test_a_change_keeps_what_it_does_not_name_also_after_a_change_elsewhere(
    administration: Administration, deployment: Deployment
) -> None:
    elsewhere = deployment.instance()
    elsewhere.sites.get("alpha")
    administration.change_site(OF_ALPHA, "alpha", {"excluded_paths": ["/admin*"]})
    elsewhere.change_site(OF_ALPHA, "alpha", {"honour_dnt": True})
    changed = administration.site(OF_ALPHA, "alpha")
    assert (changed["excluded_paths"], changed["honour_dnt"]) == (("/admin*",), True)
    assert changed["hostnames"] == ("alpha.example",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "other"}, "id"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"hostnames": ["https://alpha.example"]}, "hostnames.0"),
        ({"hostnames": ["alpha.example:8080"]}, "hostnames.0"),
        ({"hostnames": ["fine.example", "a b"]}, "hostnames.1"),
        ({"hostnames": [""]}, "hostnames.0"),
        ({"hostnames": ["x" * 64 + ".ü"]}, "hostnames.0"),
        ({"identity": "cookie"}, "identity"),
        ({"honour_gpc": "yes"}, "honour_gpc"),
        ({"honour_gpc": 1}, "honour_gpc"),
        ({"excluded_paths": ["admin"]}, "excluded_paths.0"),
        ({"excluded_visitors": [VISITOR]}, "excluded_visitors"),
        ({"kept_query_parameters": ["a=b"]}, "kept_query_parameters.0"),
        ({"shards": 0}, "shards"),
        ({"retention_days": 35}, "retention_days"),
        ({"retention_days": -1}, "retention_days"),
        ({"name": None}, "name"),
        ({"name": "\u202e"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_is_400_with_its_name_and_changes_nothing(
    administration: Administration, change: dict[str, Any], field: str
) -> None:
    before = administration.site(OWNER, "alpha")
    with refused(400, field):
        administration.change_site(OWNER, "alpha", change)
    assert administration.site(OWNER, "alpha") == before


def test_shards_never_shrink_for_readers_look_into_the_largest_number_only(
    administration: Administration,
) -> None:
    administration.change_site(OWNER, "alpha", {"shards": 4})
    with refused(400, "shards"):
        administration.change_site(OWNER, "alpha", {"shards": 3})


def test_a_hostname_belongs_to_one_site(administration: Administration) -> None:
    with refused(409, "hostnames"):
        administration.change_site(OWNER, "beta", {"hostnames": ["alpha.example"]})
    with refused(409, "hostnames"):
        administration.create_site(OWNER, {**GAMMA, "hostnames": ["alpha.example"]})
    with refused(409, "id"):
        administration.create_site(OWNER, {**GAMMA, "id": "alpha"})


def test_only_who_administers_the_deployment_makes_and_deletes_sites(
    administration: Administration,
) -> None:
    with refused(403):
        administration.create_site(OF_ALPHA, GAMMA)
    with refused(403):
        administration.delete_site(OF_ALPHA, "alpha")


def test_a_deleted_site_leaves_no_token_that_a_new_site_of_its_name_would_open(
    administration: Administration,
) -> None:
    alone = {"name": "alone", "role": "viewer", "sites": ["alpha"]}
    secrets = [
        administration.create_token(OWNER, alone)["secret"],
        administration.create_share(OWNER, "alpha", {"name": "Board"})["secret"],
    ]
    both = administration.create_token(OWNER, {**alone, "sites": ["alpha", "beta"]})["secret"]
    administration.delete_site(OWNER, "alpha")
    assert principal_of(administration, both).sites == ("beta",)
    for secret in secrets:
        with refused(401):
            principal_of(administration, secret)
    with refused(409, "id"):  # until its data is gone
        administration.create_site(OWNER, {**GAMMA, "id": "alpha"})


def test_a_share_link_reads_one_site_through_its_locked_filters_until_its_end(
    administration: Administration, deployment: Deployment
) -> None:
    form = {"name": "Agency", "filters": ["country:is:DE"], "expires_at": START + DAY}
    made = administration.create_share(OF_ALPHA, "alpha", form)
    found = principal_of(administration, made["secret"])
    assert found == Principal("share", ("alpha",), "Agency", ("country:is:DE",), made["id"])
    [listed] = administration.list_shares(OF_ALPHA, "alpha")["shares"]
    assert listed["filters"] == ["country:is:DE"]
    assert administration.list_tokens(OWNER)["tokens"] == []
    deployment.now += DAY
    with refused(401):
        principal_of(administration, made["secret"])


def test_a_revoked_share_link_is_gone_and_another_sites_is_not_found(
    administration: Administration,
) -> None:
    made = administration.create_share(OWNER, "alpha", {"name": "Board"})
    with refused(404):
        administration.revoke_share(OWNER, "beta", made["id"])
    with refused(404):
        administration.revoke_token(OWNER, made["id"])
    administration.revoke_share(OF_ALPHA, "alpha", made["id"])
    with refused(401):
        principal_of(administration, made["secret"])


@pytest.mark.parametrize("text", ["country", "country:is", "planet:is:Mars", "country:like:D", ""])
def test_a_share_link_with_a_filter_that_means_nothing_is_refused(
    administration: Administration, text: str
) -> None:
    with refused(400, "filters.0"):
        administration.create_share(OWNER, "alpha", {"name": "x", "filters": [text]})


def test_the_log_tells_who_did_what_and_when_newest_first(
    administration: Administration, deployment: Deployment
) -> None:
    administration.change_site(OF_ALPHA, "alpha", {"name": "New name"})
    deployment.now += 1
    made = administration.create_share(OF_ALPHA, "alpha", {"name": "Board"})
    deployment.now += 1
    administration.revoke_share(OF_ALPHA, "alpha", made["id"])
    deployment.now += 1
    administration.create_site(OWNER, GAMMA)
    entries = administration.log(OF_ALPHA, [("site", "alpha")])["entries"]
    assert [(entry["at"], entry["action"], entry["by"]["name"]) for entry in entries] == [
        (START + 2, "share.revoke", "Ana"),
        (START + 1, "share.create", "Ana"),
        (START, "site.change", "Ana"),
    ]
    assert entries[2]["details"] == {"changed": {"name": "New name"}}
    assert len(administration.log(OWNER, [])["entries"]) == 4
    older = administration.log(OWNER, [("before", str(START + 2)), ("limit", "1")])["entries"]
    assert [entry["action"] for entry in older] == ["share.create"]
    with refused(403):
        administration.log(OF_ALPHA, [])


def test_the_log_names_a_changed_list_and_holds_nothing_of_what_is_in_it(
    administration: Administration, deployment: Deployment
) -> None:
    change = {ADDRESSES: ["203.0.113.9"], "retention_days": 400}
    site = administration.change_site(OWNER, "alpha", change)
    [entry] = administration.log(OWNER, [("site", "alpha")])["entries"]
    assert entry["details"] == {"changed": {ADDRESSES: 1, "retention_days": 400}}
    kept = [str(item) for item in deployment.items() if item["pk"]["S"] == "audit"]
    assert not any(secret in item for item in kept for secret in site[ADDRESSES])


def test_the_log_is_read_on_through_pages_of_other_sites_entries(
    administration: Administration, deployment: Deployment
) -> None:
    administration.change_site(OWNER, "alpha", {"name": "first"})
    for _ in range(250):
        deployment.now += 1
        administration.audit.note(OWNER, "noise", "beta")
    [entry] = administration.log(OWNER, [("site", "alpha")])["entries"]
    assert entry["action"] == "site.change"


@dataclass
class Meanwhile:
    """A client with which something else happens between an entry in the log and its action."""

    client: Any
    happens: Callable[[], object]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def put_item(self, **given: Any) -> Any:
        if given["Item"]["pk"]["S"] == "audit":
            self.happens()
        return self.client.put_item(**given)


def test_of_two_sites_created_with_one_id_at_once_the_first_stays(
    administration: Administration, deployment: Deployment
) -> None:
    other = {**GAMMA, "name": "Other", "hostnames": ["other.example"]}
    slow = Meanwhile(deployment.client, lambda: administration.create_site(OWNER, other))
    with refused(409, "id"):
        Deployment(slow, deployment.table).instance().create_site(OWNER, GAMMA)
    assert administration.site(OWNER, "gamma")["name"] == "Other"


def test_a_site_made_elsewhere_a_moment_ago_is_taken(
    administration: Administration, deployment: Deployment
) -> None:
    elsewhere = deployment.instance()
    elsewhere.sites.all()
    administration.create_site(OWNER, GAMMA)
    with refused(409, "id"):
        elsewhere.create_site(OWNER, {**GAMMA, "hostnames": ["other.example"]})


def test_of_two_changes_at_once_the_second_is_told_and_undoes_nothing(
    administration: Administration, deployment: Deployment
) -> None:
    first = {"excluded_paths": ["/admin*"]}
    slow = Meanwhile(deployment.client, lambda: administration.change_site(OWNER, "alpha", first))
    second = Deployment(slow, deployment.table).instance()
    with refused(409, "site"):
        second.change_site(OWNER, "alpha", {"honour_dnt": True})
    site = administration.site(OWNER, "alpha")
    assert (site["excluded_paths"], site["honour_dnt"]) == (("/admin*",), False)


def test_a_change_does_not_bring_back_a_site_deleted_at_once(
    administration: Administration, deployment: Deployment
) -> None:
    slow = Meanwhile(deployment.client, lambda: administration.delete_site(OWNER, "alpha"))
    with refused(409, "site"):
        Deployment(slow, deployment.table).instance().change_site(OWNER, "alpha", {"name": "A"})
    assert administration.sites.get_fresh("alpha") is None


def test_an_action_whose_entry_can_not_be_written_does_not_happen(
    administration: Administration, deployment: Deployment
) -> None:
    class RefusingEntries:
        def __getattr__(self, name: str) -> Any:
            return getattr(deployment.client, name)

        def put_item(self, **given: Any) -> Any:
            if given["Item"]["pk"]["S"] == "audit":
                return deployment.client.put_item(**{**given, "TableName": "no-such-table"})
            return deployment.client.put_item(**given)

    broken = Deployment(RefusingEntries(), deployment.table).instance()
    with refused(503):
        broken.create_token(OWNER, {"name": "x", "role": "viewer", "sites": ["alpha"]})
    with refused(503):
        broken.change_site(OWNER, "alpha", {"name": "changed"})
    assert administration.list_tokens(OWNER)["tokens"] == []
    assert administration.site(OWNER, "alpha")["name"] == "Alpha"
