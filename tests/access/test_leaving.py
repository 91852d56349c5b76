"""Tokens leave a deleted site while somebody else changes them: every order of the calls."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from chalicelib.model.principal import Principal
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.tokens import USE_NOTED_MS, Tokens
from tests.harness.fake_aws import ConditionalCheckFailedException, FakeAws

HASH, OTHER = "a" * 64, "b" * 64
NOW = 1_760_000_000_000
SITES = [("alpha",), ("alpha", "beta")]
Act = Callable[[Tokens], object]
ACTS: dict[str, Act] = {
    "revoke": lambda tokens: tokens.revoke(HASH[:16]),
    "issue again": lambda tokens: tokens.add(HASH, Principal("viewer", ("beta", "alpha"), "new")),
    "note a use": lambda tokens: tokens.find(HASH),
    "leave": lambda tokens: tokens.leave("alpha"),
}
State = dict[str, tuple[str, tuple[str, ...], int]]


def deployment(sites: tuple[str, ...]) -> FakeAws:
    """A registry with a token of these sites, and one that nobody touches."""
    aws = FakeAws(lambda: NOW)
    for token_hash, of in ((HASH, sites), (OTHER, ("beta",))):
        Tokens(Documents(aws, "registry"), lambda: NOW).add(
            token_hash, Principal("viewer", of, "old")
        )
    return aws


def instance(aws: FakeAws) -> Tokens:
    """A function's tokens, two hours after they were made."""
    return Tokens(Documents(aws, "registry"), lambda: NOW + 2 * USE_NOTED_MS)


def state(aws: FakeAws) -> State:
    """By hash, the name, sites and last use of every token."""
    return {
        token.principal.id: (token.principal.name, token.principal.sites, token.last_used_at_ms)
        for token in instance(aws).all()
    }


def serial(aws: FakeAws, *acts: Act) -> State:
    world = deepcopy(aws)
    for act in acts:
        act(instance(world))
    return state(world)


def interleaved(sites: tuple[str, ...], outer: Act, inner: Act) -> list[State]:
    """What is left where `inner` happens between two calls of `outer`, before each of them."""
    left, at = [], 0
    while True:
        aws = deployment(sites)
        start = len(aws.calls) + at

        def happen(number: int, _name: str, aws: FakeAws = aws, start: int = start) -> None:
            if number == start:
                aws.before = lambda _number, _name: None
                inner(instance(aws))

        aws.before = happen
        outer(instance(aws))
        if aws.before is happen:  # it has no such call
            return left
        left.append(state(aws))
        at += 1


@pytest.mark.parametrize("sites", SITES)
@pytest.mark.parametrize("name", ["revoke", "issue again", "note a use"])
def test_whatever_happens_while_tokens_leave_a_site_is_as_if_one_came_after_the_other(
    sites: tuple[str, ...], name: str
) -> None:
    leave, act = ACTS["leave"], ACTS[name]
    aws = deployment(sites)
    allowed = [serial(aws, leave, act), serial(aws, act, leave), serial(aws, leave)]
    if name != "note a use":  # a note that came too late is not taken
        allowed.pop()
    left = [*interleaved(sites, leave, act), *interleaved(sites, act, leave)]
    assert len(left) >= 3
    assert [found for found in left if found not in allowed] == []


@pytest.mark.parametrize("sites", SITES)
def test_tokens_left_a_site_though_the_answer_of_any_write_was_lost(sites: tuple[str, ...]) -> None:
    expected = serial(deployment(sites), ACTS["leave"])
    for at in range(6):
        aws = deployment(sites)
        seen: list[str] = []

        def lose(_number: int, name: str, seen: list[str] = seen, at: int = at) -> None:
            if name != "Query":
                seen.append(name)
                if len(seen) == at + 1 and name != "GetItem":
                    raise ConditionalCheckFailedException  # what the second attempt is told

        aws.after = lose
        instance(aws).leave("alpha")
        aws.after = lambda _number, _name: None
        assert state(aws) == expected
