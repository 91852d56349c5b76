"""Regression cases as data: devices and bots by User-Agent, sources and channels by referrer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.enrich.attribution import attribute_session
from chalicelib.enrich.channel import RULES
from chalicelib.enrich.device import Agent, read_agent
from chalicelib.enrich.page import read_page

CASES = Path(__file__).parent.parent / "cases"
AGENT_KEYS = {"ua", "device", "browser", "version", "os", "os_version", "in_app", "source", "bot"}
REFERRER_KEYS = {"referrer", "url", "spam", "source", "medium", "channel", "evidence"}
OWN = frozenset(["example.com"])


def cases(name: str, keys: set[str]) -> list[dict[str, Any]]:
    """The cases of a file; a key that no test reads is an error."""
    found: list[dict[str, Any]] = yaml.safe_load((CASES / name).read_text("utf-8"))
    assert not [case for case in found if set(case) - keys]
    return found


def said(found: Agent) -> dict[str, Any]:
    return {
        "device": found.device,
        "browser": found.browser,
        "version": found.browser_version,
        "os": found.os,
        "os_version": found.os_version,
        "in_app": found.in_app.name if found.in_app else None,
        "source": found.in_app.source if found.in_app else None,
        "bot": found.bot.reason if found.bot else None,
    }


AGENTS = cases("user_agents.yaml", AGENT_KEYS)
REFERRERS = cases("referrers.yaml", REFERRER_KEYS)


@pytest.mark.parametrize("case", AGENTS, ids=lambda case: case["ua"][:60])
def test_a_user_agent_gives_device_browser_system_app_and_bot(case: Mapping[str, Any]) -> None:
    expected = {"in_app": None, "source": None, "bot": None, **case}
    found = {"ua": case["ua"], **said(read_agent({"user-agent": case["ua"]}))}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "case", REFERRERS, ids=lambda c: f"{c.get('referrer', '')} {c.get('url', '')[20:]}"
)
def test_an_entry_gives_source_medium_channel_and_evidence(case: Mapping[str, Any]) -> None:
    entry = read_page(case.get("url", "https://example.com/"))
    found = attribute_session(entry, case.get("referrer", ""), None, OWN)
    assert found.referrer.is_spam == case.get("spam", False)
    given = {name: getattr(found, name) for name in ("source", "medium", "channel", "evidence")}
    assert given == {name: case[name] for name in given}


def test_every_rule_of_the_channel_table_has_a_case() -> None:
    tried = {case["evidence"].rpartition(">")[2] for case in REFERRERS}
    assert tried == {rule.name for rule in RULES}


def test_every_step_of_attribution_has_a_case() -> None:
    steps = {case["evidence"].partition(":")[0].partition(">")[0] for case in REFERRERS}
    assert steps == {"utm", "click", "referrer", "link", "direct"}
    assert {case["in_app"] for case in AGENTS if "in_app" in case} >= {"WeChat", "TikTok"}
