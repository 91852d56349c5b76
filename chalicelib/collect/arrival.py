"""What all hits of a request share: who sends it, from where, when, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.enrich.device import read_agent
from chalicelib.enrich.place import NOWHERE, viewer_place
from chalicelib.enrich.viewer import Viewer, is_from_edge, viewer_address
from chalicelib.model.refusal import Request

READ_HEADERS = (
    "user-agent",
    "sec-ch-ua",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "sec-ch-ua-mobile",
    "accept-language",
    "cloudfront-viewer-country",
    "cloudfront-viewer-country-region",
    "cloudfront-viewer-city",
)
"""The headers of which something may be stored."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """`bytes` are those of the body and of the headers that are read."""

    headers: Mapping[str, str]
    viewer: Viewer
    address: str
    at_ms: int
    bytes: int

    @property
    def user_agent(self) -> str:
        """The header as it was sent."""
        return self.headers.get("user-agent", "")


def read_arrival(request: Request, edge_secret_sha256: str, at_ms: int) -> Arrival:
    """What a request that arrives at that moment says of its sender."""
    from_edge = is_from_edge(request.headers, edge_secret_sha256)
    address = viewer_address(request.headers, request.address, from_edge)
    place = viewer_place(request.headers) if from_edge else NOWHERE
    accepted = request.headers.get("accept-language", "")
    viewer = Viewer(read_agent(request.headers), place, accepted)
    size = len(request.body) + sum(len(request.headers.get(name, "")) for name in READ_HEADERS)
    return Arrival(request.headers, viewer, address, at_ms, size)
