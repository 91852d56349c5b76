"""A hit made into an event, and what it says of its session: pure, for beacons and imports."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.enrich.attribution import Attribution, attribute
from chalicelib.enrich.data import data
from chalicelib.enrich.device import Agent
from chalicelib.enrich.limits import MAX_TITLE
from chalicelib.enrich.page import Page, page, with_kept_parameters
from chalicelib.enrich.parse import Hit
from chalicelib.enrich.place import NOWHERE, Place, estimated_place, language
from chalicelib.enrich.text import clean
from chalicelib.model import Attributes, Event, Site


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the carrier of a hit says of its visitor: a request's headers, or an import's line."""

    agent: Agent
    place: Place = NOWHERE
    accepted_language: str = ""


def enriched(hit: Hit, where: Page, site: Site, viewer: Viewer) -> tuple[Attributes, Event]:
    """What a hit on the page `where` says of its session, and the event it is.

    The event is not yet received: its time is minus its age.
    """
    event = Event(
        type=hit.event_type,
        at_ms=-hit.counted_age_ms,
        seq=hit.seq or 0,
        path=with_kept_parameters(where, site.kept_query_parameters),
        title=clean(hit.title, MAX_TITLE),
        data=data(hit.data),
    )
    return attributes(hit, where, site, viewer), event


def attributes(hit: Hit, where: Page, site: Site, viewer: Viewer) -> Attributes:
    """What the session began with (`entry`) decides over the hit's own page and referrer."""
    agent = viewer.agent
    began = page(hit.entry.url) if hit.entry else where
    sender = hit.entry.referrer if hit.entry else hit.referrer
    came = attribute(began, sender, agent.in_app, site.own_hosts)
    tag = language(hit.language or "", viewer.accepted_language)
    place = viewer.place if viewer.place.country else estimated_place(hit.time_zone or "", tag)
    return Attributes(
        source=came.source,
        medium=came.medium,
        campaign=came.campaign.campaign,
        campaign_id=came.campaign.id,
        term=came.campaign.term,
        content=came.campaign.content,
        channel=came.channel,
        referrer=came.referrer.shown,
        attributed_by=came.evidence,
        device=agent.device,
        browser=agent.browser,
        browser_version=agent.browser_version,
        os=agent.os,
        os_version=agent.os_version,
        country=place.country,
        region=place.region,
        city=place.city,
        placed_by=place.evidence,
        language=tag,
        screen=hit.screen or "",
        bot=_out_of_figures(agent, came),
    )


def _out_of_figures(agent: Agent, came: Attribution) -> str:
    if agent.bot:
        return f"bot:{agent.bot.reason}"
    return "spam_referrer" if came.referrer.is_spam else ""
