"""The channel of a session: the first rule of a table that holds.

The rules are those of Google Analytics 4's default channel group (help article 9756891) with its
AI Assistant channel, in its order; tests/cases/channels.yaml has a case for every line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.enrich.sources import Kind, kind_of_source

DIRECT, NONE, NOT_SET = "(direct)", "(none)", "(not set)"

_SHOP = re.compile(r"(?:[^a-df-z]|^)shop|shopping")
_DISPLAY = frozenset(("display", "banner", "expandable", "interstitial", "cpm"))
_SOCIAL = frozenset(
    ("social", "social-network", "social-media", "sm", "social network", "social media")
)
_EMAIL = frozenset(("email", "e-mail", "e_mail", "e mail"))
_REFERRAL = frozenset(("referral", "app", "link"))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the rules look at, all in lower case."""

    source: str
    medium: str
    campaign: str
    kind: Kind

    @property
    def is_paid(self) -> bool:
        """Whether the medium says that somebody paid for the click."""
        medium = self.medium
        return "cp" in medium or medium in ("ppc", "retargeting") or medium.startswith("paid")

    @property
    def is_shopping(self) -> bool:
        """Whether a shop sent it, or a campaign about one."""
        return self.kind == "shopping" or _SHOP.search(self.campaign) is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    name: str
    channel: str
    holds: Callable[[Traffic], bool]


RULES: tuple[Rule, ...] = (
    Rule("direct", "Direct", lambda t: t.source == DIRECT and t.medium in (NONE, NOT_SET)),
    Rule("cross_network", "Cross-network", lambda t: "cross-network" in t.campaign),
    Rule("paid_shopping", "Paid Shopping", lambda t: t.is_shopping and t.is_paid),
    Rule("paid_search", "Paid Search", lambda t: t.kind == "search" and t.is_paid),
    Rule("paid_social", "Paid Social", lambda t: t.kind == "social" and t.is_paid),
    Rule("paid_video", "Paid Video", lambda t: t.kind == "video" and t.is_paid),
    Rule("display", "Display", lambda t: t.medium in _DISPLAY),
    Rule("paid_other", "Paid Other", lambda t: t.is_paid),
    Rule("ai_medium", "AI Assistant", lambda t: t.medium == "ai-assistant"),
    Rule("ai_source", "AI Assistant", lambda t: t.kind == "ai"),
    Rule("organic_shopping", "Organic Shopping", lambda t: t.is_shopping),
    Rule("social_source", "Organic Social", lambda t: t.kind == "social"),
    Rule("social_medium", "Organic Social", lambda t: t.medium in _SOCIAL),
    Rule("video_source", "Organic Video", lambda t: t.kind == "video"),
    Rule("video_medium", "Organic Video", lambda t: "video" in t.medium),
    Rule("search_source", "Organic Search", lambda t: t.kind == "search"),
    Rule("search_medium", "Organic Search", lambda t: t.medium == "organic"),
    Rule("referral", "Referral", lambda t: t.medium in _REFERRAL),
    Rule("email_source", "Email", lambda t: t.source in _EMAIL),
    Rule("email_medium", "Email", lambda t: t.medium in _EMAIL),
    Rule("affiliates", "Affiliates", lambda t: t.medium == "affiliate"),
    Rule("audio", "Audio", lambda t: t.medium == "audio"),
    Rule("sms", "SMS", lambda t: "sms" in (t.source, t.medium)),
    Rule("push_medium", "Mobile Push Notifications", lambda t: t.medium.endswith("push")),
    Rule("push_mobile", "Mobile Push Notifications", lambda t: "mobile" in t.medium),
    Rule("push_notification", "Mobile Push Notifications", lambda t: "notification" in t.medium),
    Rule("push_firebase", "Mobile Push Notifications", lambda t: t.source == "firebase"),
    Rule("unassigned", "Unassigned", lambda _: True),
)


def find_channel(source: str, medium: str, campaign: str) -> Rule:
    """The first rule that holds for a session's source, medium and campaign name."""
    name = source.lower()
    traffic = Traffic(name, medium.lower(), campaign.lower(), kind_of_source(name))
    return next(rule for rule in RULES if rule.holds(traffic))
