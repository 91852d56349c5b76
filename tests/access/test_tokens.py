from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.admin import access
from chalicelib.admin.administration import Administration
from chalicelib.model.principal import Principal
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.tokens import CACHED_MS, Tokens
from tests.access.conftest import DAY, MINUTE, OWNER, START, Deployment, principal_of, refused

VIEWER = {"name": "Ana's report", "role": "viewer", "sites": ["alpha"]}


def test_a_new_token_works_at_once_on_every_instance_and_says_who_it_is(
    administration: Administration, deployment: Deployment
) -> None:
    made = administration.create_token(OWNER, VIEWER)
    for instance in (administration, deployment.instance()):
        found = principal_of(instance, made["secret"])
        assert found == Principal("viewer", ("alpha",), "Ana's report", id=made["id"])


def test_two_tokens_never_share_a_secret_and_have_192_random_bits() -> None:
    secrets = {access.new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(secret.removeprefix("footfall_")) for secret in secrets} == {32}  # 6 bits each


def test_a_secret_is_stored_and_listed_nowhere(
    administration: Administration, deployment: Deployment
) -> None:
    secret = administration.create_token(OWNER, VIEWER)["secret"]
    share = administration.create_share(OWNER, "alpha", {"name": "Board"})["secret"]
    principal_of(administration, secret)
    kept = json.dumps(deployment.items(), default=str)
    listed = json.dumps(
        [administration.list_tokens(OWNER), administration.list_shares(OWNER, "alpha")]
    )
    log = json.dumps(administration.log(OWNER, []))
    for text in (kept, listed, log):
        assert secret not in text
        assert share not in text
        assert access.token_hash(secret) not in listed + log


@pytest.mark.parametrize("passed", [CACHED_MS, -DAY])
def test_a_revoked_token_stops_within_a_minute_also_where_it_was_just_used_or_the_clock_set_back(
    administration: Administration, deployment: Deployment, passed: int
) -> None:
    made = administration.create_token(OWNER, VIEWER)
    elsewhere = deployment.instance()
    principal_of(elsewhere, made["secret"])
    administration.revoke_token(OWNER, made["id"])
    with refused(401):
        principal_of(administration, made["secret"])
    deployment.now += passed
    with refused(401):
        principal_of(elsewhere, made["secret"])
    assert CACHED_MS <= MINUTE


def test_a_token_ends_at_its_moment_also_where_it_is_remembered(
    administration: Administration, deployment: Deployment
) -> None:
    made = administration.create_token(OWNER, {**VIEWER, "expires_at": START + 10_000})
    principal_of(administration, made["secret"])
    deployment.now = START + 9_999
    principal_of(administration, made["secret"])
    deployment.now = START + 10_000
    with refused(401):
        principal_of(administration, made["secret"])


def test_the_list_tells_the_last_use_at_the_cost_of_one_write_an_hour(
    administration: Administration, deployment: Deployment
) -> None:
    made = administration.create_token(OWNER, VIEWER)
    writes: list[Any] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            if name == "put_item":
                writes.append(name)
            return getattr(deployment.client, name)

    instances = [
        Tokens(Documents(Counting(), deployment.table), lambda: deployment.now) for _ in range(3)
    ]
    for minute in range(0, 120, 5):
        deployment.now = START + 10 + minute * MINUTE
        for tokens in instances:
            assert tokens.find(access.token_hash(made["secret"]))
    assert len(writes) == 2
    [listed] = administration.list_tokens(OWNER)["tokens"]
    assert listed["last_used_at"] == START + 10 + 60 * MINUTE


def test_noting_a_use_does_not_bring_a_revoked_token_back(
    administration: Administration, deployment: Deployment
) -> None:
    made = administration.create_token(OWNER, VIEWER)

    class RevokingBeforeTheNote:
        def __getattr__(self, name: str) -> Any:
            if name == "put_item":
                administration.revoke_token(OWNER, made["id"])
            return getattr(deployment.client, name)

    slow = Tokens(Documents(RevokingBeforeTheNote(), deployment.table), lambda: deployment.now)
    slow.find(access.token_hash(made["secret"]))
    assert administration.list_tokens(OWNER)["tokens"] == []


def test_a_registry_that_does_not_answer_lets_nobody_in(deployment: Deployment) -> None:
    lost = Tokens(Documents(deployment.client, "no-such-table"), lambda: START)
    with refused(503):
        access.authenticate("Bearer anything", lost.find)


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "bearer\ttoken", "Token abc",
        "Bearer пароль", "Bearer \x00", "Bearer a b", "Bearer ١٢٣", "Bearer " + "a" * 257,
        "Bearer \ud800", "Bearer null", "Bearer true", "Bearer {}", "Bearer ../../token",
    ],
)  # fmt: skip
def test_what_is_no_token_is_401(administration: Administration, header: str) -> None:
    with refused(401):
        access.authenticate(header, administration.tokens.find)


def test_a_token_changed_in_any_one_place_is_401(administration: Administration) -> None:
    secret = administration.create_token(OWNER, VIEWER)["secret"]
    other = administration.create_token(OWNER, {**VIEWER, "name": "other"})
    changed = [
        *(secret[:at] for at in range(len(secret))),
        *(secret[at:] for at in range(1, len(secret))),
        *(secret[:at] + "-" + secret[at + 1 :] for at in range(len(secret)) if secret[at] != "-"),
        *(secret[:at] + other["secret"][at:] for at in range(10, len(secret) - 1)),
        secret.swapcase(), secret + "=", secret[::-1], access.token_hash(secret), other["id"],
    ]  # fmt: skip
    for wrong in changed:
        if wrong not in (secret, other["secret"]):
            with refused(401):
                principal_of(administration, wrong)
    assert len(changed) > 100


def test_an_administrator_of_one_site_gives_no_more_than_he_has(
    administration: Administration,
) -> None:
    of_alpha = Principal("admin", ("alpha",), id="a")
    made = administration.create_token(of_alpha, VIEWER)
    for sites in (["beta"], ["*"], ["alpha", "beta"], ["gamma"]):
        with refused(403):
            administration.create_token(of_alpha, {**VIEWER, "sites": sites})
    everywhere = administration.create_token(OWNER, {**VIEWER, "sites": ["*"]})
    both = administration.create_token(OWNER, {**VIEWER, "sites": ["alpha", "beta"]})
    assert [t["id"] for t in administration.list_tokens(of_alpha)["tokens"]] == [made["id"]]
    for beyond in (everywhere, both):
        with refused(404):
            administration.revoke_token(of_alpha, beyond["id"])
    administration.revoke_token(of_alpha, made["id"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": "share"}, "role"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"sites": []}, "sites"),
        ({"sites": "alpha"}, "sites"),
        ({"sites": ["alpha#x"]}, "sites.0"),
        ({"sites": [None]}, "sites.0"),
        ({"expires_at": START}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": True}, "expires_at"),
        ({"expires_at": 10**40}, "expires_at"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_bad_field_is_named(
    administration: Administration, change: dict[str, Any], field: str
) -> None:
    with refused(400, field):
        administration.create_token(OWNER, {**VIEWER, **change})


@pytest.mark.parametrize("body", [None, [], "x", 1, {}])
def test_a_body_that_is_no_form_is_400(administration: Administration, body: Any) -> None:
    with refused(400):
        administration.create_token(OWNER, body)
