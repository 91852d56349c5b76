"""What bounds a sender: budgets, what a site takes in, what is too much for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.collect.arrival import Arrival
from chalicelib.collect.budgets import Budgets, Exceeded, Excess, Load
from chalicelib.collect.intake import Intake
from chalicelib.collect.outcomes import Kept
from chalicelib.model.limits import MAX_VISITORS
from chalicelib.model.site import Site
from chalicelib.store.registry.refusals import UNKNOWN_SITE, Refusals


class Unlimited:
    """No limits at all, for load tools."""

    def spend(self, arrival: Arrival, load: Load) -> None:
        """Take from the address's budget. Raises `Exceeded` where it is used up."""

    def refuse_many_visitors(self, arrival: Arrival, kept: Sequence[Kept]) -> None:
        """Raises `Exceeded` where a beacon speaks of more visitors than a browser has."""

    def admit(
        self, arrival: Arrival, sites: Mapping[str, Site], weights: Mapping[str, int]
    ) -> None:
        """Take what is to be stored, by site, from what sites take in. Raises `Exceeded` where
        that is used up."""

    def is_excess(self, kept: Kept, at_ms: int) -> bool:  # noqa: ARG002
        """Whether a visitor or session has sent more than a person could."""
        return False

    def count_excess(self, kept: Kept, at_ms: int) -> None:
        """Count an event that was new: a retry is nobody's excess."""

    def write_refusals(self) -> None:
        """Write what was refused, now and then."""


@dataclass(slots=True)
class Limits(Unlimited):
    """The limits of one instance, and the count of what was refused."""

    refusals: Refusals
    intake: Intake
    budgets: Budgets = field(default_factory=Budgets)
    excess: Excess = field(default_factory=Excess)

    def spend(self, arrival: Arrival, load: Load) -> None:
        try:
            self.budgets.take_of_address(arrival.address, load, arrival.at_ms)
        except Exceeded as exceeded:
            self.refusals.note(UNKNOWN_SITE, exceeded.unit)
            raise

    def refuse_many_visitors(self, arrival: Arrival, kept: Sequence[Kept]) -> None:
        if len({hit.visitor_id for hit in kept}) <= MAX_VISITORS:
            return
        for site in {hit.site.id for hit in kept}:
            self.refusals.note(site, "visitors")
        raise Exceeded("visitors", "one beacon", arrival.at_ms)

    def admit(
        self, arrival: Arrival, sites: Mapping[str, Site], weights: Mapping[str, int]
    ) -> None:
        for site, weight in weights.items():
            try:
                self.intake.take(sites[site], weight, arrival.at_ms)
            except Exceeded as exceeded:
                self.refusals.note(site, exceeded.unit)
                raise

    def is_excess(self, kept: Kept, at_ms: int) -> bool:
        return self.excess.is_reached(kept.site, kept.visitor_id, kept.session_id, at_ms)

    def count_excess(self, kept: Kept, at_ms: int) -> None:
        self.excess.add(kept.site, kept.visitor_id, kept.session_id, at_ms)

    def write_refusals(self) -> None:
        self.refusals.write()
