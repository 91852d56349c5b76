"""Where a session came from: the steps in their order, and which of them decided by what.

UTM source and ad click ids, then the in-app browser, then the referrer, then links that name
their network without proving an ad, else direct.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from chalicelib.enrich.campaign import Campaign, read_campaign
from chalicelib.enrich.channel import DIRECT, NONE, NOT_SET, find_channel
from chalicelib.enrich.device import InApp
from chalicelib.enrich.page import Page
from chalicelib.enrich.referrer import Referrer, read_referrer


@dataclass(frozen=True, slots=True)
class Attribution:
    """Source, medium and channel; `evidence` is `step:proof>rule of the channel table`."""

    source: str
    medium: str
    channel: str
    campaign: Campaign
    referrer: Referrer
    evidence: str


@dataclass(frozen=True, slots=True)
class _Origin:
    source: str
    medium: str
    evidence: str


@lru_cache(maxsize=256)  # the events of a beacon share their entry, the lines of an import too
def attribute_session(
    entry: Page, referrer_text: str, in_app: InApp | None, own_hosts: frozenset[str]
) -> Attribution:
    """The attribution of a session that began at `entry` with that `document.referrer`."""
    tags = read_campaign(entry.query)
    sender = read_referrer(referrer_text, own_hosts)
    origin = _apply_tags(tags, _find_origin(tags, in_app, sender))
    rule = find_channel(origin.source, origin.medium, tags.campaign)
    evidence = f"{origin.evidence}>{rule.name}"
    return Attribution(origin.source, origin.medium, rule.channel, tags, sender, evidence)


def _find_origin(tags: Campaign, in_app: InApp | None, sender: Referrer) -> _Origin:
    click = tags.click
    if tags.source:
        medium = click.medium if click and click.is_advertisement else ""
        return _Origin(tags.source, medium, "utm:utm_source")
    if click and click.is_advertisement:
        return _Origin(click.source, click.medium, f"click:{click.parameter}")
    if in_app:
        return _Origin(in_app.source, in_app.medium, f"in_app:{in_app.token}")
    if sender.source:
        return _Origin(sender.source, sender.medium, f"referrer:{sender.evidence}")
    if click:
        return _Origin(click.source, click.medium, f"link:{click.parameter}")
    return _Origin(DIRECT, NONE, "direct")


def _apply_tags(tags: Campaign, origin: _Origin) -> _Origin:
    """`origin` with the medium that the tags state, `(not set)` where nothing states one."""
    if tags.medium:
        source = NOT_SET if origin.source == DIRECT else origin.source
        return _Origin(source, tags.medium, origin.evidence)
    return origin if origin.medium else _Origin(origin.source, NOT_SET, origin.evidence)
