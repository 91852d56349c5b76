"""What a hit says of its session: the attributes that all beacons of a session should share."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.enrich.attribution import Attribution, attribute
from chalicelib.enrich.device import Agent
from chalicelib.enrich.page import page
from chalicelib.enrich.parse import Hit
from chalicelib.enrich.place import estimated_place, language, viewer_place
from chalicelib.model import Attributes, Site


def attributes(
    hit: Hit, site: Site, agent: Agent, headers: Mapping[str, str], from_edge: bool
) -> Attributes:
    """A hit's attributes; what the session began with (`entry`) decides over the hit's own page."""
    began = hit.entry or hit
    came = attribute(page(began.url), began.referrer, agent.in_app, site.own_hosts)
    tag = language(hit.language or "", headers.get("accept-language", ""))
    place = viewer_place(headers) if from_edge else estimated_place(hit.time_zone or "", tag)
    if not place.country:
        place = estimated_place(hit.time_zone or "", tag)
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
