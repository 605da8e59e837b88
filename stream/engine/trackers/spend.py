"""Spend: flows, converted at their own time for good, where the event itself says that they belong."""

from __future__ import annotations

from typing import Final

from stream.engine.counters import Counter
from stream.engine.events import SpendRecorded
from stream.engine.money import Rates, to_micro
from stream.engine.panes import Panes
from stream.engine.segments import ALL, text_of
from stream.engine.trackers import campaigns
from stream.engine.trackers.campaigns import CampaignFacts
from stream.engine.units import MICRO
from stream.engine.windows import L

SPEND: Final = Counter("spend", L)
SPEND_UNRATED: Final = Counter("spend_unrated", L)
"""By currency: how much of it a missing rate keeps out, in facts."""


class SpendFacts:
    """What spending says; nothing can change that, so it is said once."""

    def __init__(self, panes: Panes, rates: Rates, by_campaign: CampaignFacts) -> None:
        self._panes: Final = panes
        self._segments: Final = panes.segments
        self._rates: Final = rates
        self._campaigns: Final = by_campaign
        self._all: Final = panes.segments.membership((ALL,))
        for counter in (SPEND, SPEND_UNRATED):
            panes.facts_of(counter)

    def say(self, event: SpendRecorded, at: int) -> None:
        """Say what was spent at an instant (µs)."""
        own = {"channel": event.channel, "campaign": event.campaign}
        attributes = event.attributes or {}

        def value(name: str) -> str | None:
            return text_of(own.get(name)) or text_of(attributes.get(name))

        member = self._segments.membership_of([value(name) for name in self._segments.dimensions])
        campaign = value("campaign")
        micro = self._rates.convert(to_micro(event.amount, event.currency), event.currency, at)
        if micro is None:
            self._put(SPEND_UNRATED, at, member, 1, event.currency)
            if campaign is not None:
                self._put(campaigns.UNRATED, at, self._all, 1, event.currency)
            return
        self._put(SPEND, at, member, micro)
        if campaign is not None:
            self._put(campaigns.SPEND, at, self._all, micro, self._campaigns.name(campaign))

    def _put(self, counter: Counter, at: int, member: int, count: int, label: str | None = None) -> None:
        cell = self._panes.cells.number(counter, member, label)
        self._panes.facts_of(counter).settled[self._panes.dating.of(at // MICRO)][cell] += count
