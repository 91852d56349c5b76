"""A hit made into an event, and what it says of its session: pure, for beacons and imports."""

from __future__ import annotations

from chalicelib.enrich.attribution import Attribution, attribute_session
from chalicelib.enrich.data import clean_data
from chalicelib.enrich.device import Agent
from chalicelib.enrich.page import Page, read_page, with_kept_parameters
from chalicelib.enrich.parse import Hit
from chalicelib.enrich.place import estimated_place
from chalicelib.enrich.viewer import Viewer, choose_language
from chalicelib.model.event import Attributes, Event
from chalicelib.model.limits import MAX_TITLE
from chalicelib.model.site import Site
from chalicelib.model.text import clean_text


def enrich_hit(hit: Hit, where: Page, site: Site, viewer: Viewer) -> tuple[Attributes, Event]:
    """What a hit on the page `where` says of its session, and the event it is.

    The event is not yet received: its time is minus its age.
    """
    event = Event(
        type=hit.event_type,
        at_ms=-hit.counted_age_ms,
        seq=hit.seq or 0,
        path=with_kept_parameters(where, site.kept_query_parameters),
        title=clean_text(hit.title, MAX_TITLE),
        data=clean_data(hit.data),
    )
    return describe_session(hit, where, site, viewer), event


def describe_session(hit: Hit, where: Page, site: Site, viewer: Viewer) -> Attributes:
    """What the session began with (`entry`) decides over the hit's own page and referrer."""
    agent = viewer.agent
    began = read_page(hit.entry.url) if hit.entry else where
    sender = hit.entry.referrer if hit.entry else hit.referrer
    came = attribute_session(began, sender, agent.in_app, site.own_hosts)
    tag = choose_language(hit.language or "", viewer.accepted_language)
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
        browser_version=name_version(agent.browser, agent.browser_version),
        os=agent.os,
        os_version=name_version(agent.os, agent.os_version),
        country=place.country,
        region=place.region,
        city=place.city,
        placed_by=place.evidence,
        language=tag,
        screen=hit.screen or "",
        hostname=where.host,
        identity="" if site.identity == "persistent" else site.identity,
        bot=_out_of_figures(agent, came),
    )


def name_version(name: str, version: str) -> str:
    """A version that says what it is of, unless it does so already: `Chrome 141`."""
    return f"{name} {version}" if version and not version.startswith(f"{name} ") else version


def _out_of_figures(agent: Agent, came: Attribution) -> str:
    if agent.bot:
        return f"bot:{agent.bot.reason}"
    return "spam_referrer" if came.referrer.is_spam else ""
