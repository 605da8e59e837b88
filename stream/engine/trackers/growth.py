"""Growth: the leads of a partition, and what was spent on them.

A lead's row changes a few times in its life, so it says everything anew whenever it is touched or a trial's time is
over; the difference goes to the panes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine.definitions import Definitions
from stream.engine.events import LeadChanged, SpendRecorded
from stream.engine.money import Rates
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.tables import Rows
from stream.engine.timers import Timers
from stream.engine.trackers.campaigns import CampaignFacts
from stream.engine.trackers.leads import LEAD_HOLD, Lead, leads_of, life_of, put
from stream.engine.trackers.pipeline import LeadFacts
from stream.engine.trackers.spend import SpendFacts
from stream.engine.units import MICRO
from stream.engine.waiting import Applied

_DAY: Final = 86_400


class GrowthTracker:
    """The leads and the spending of one partition."""

    def __init__(
        self,
        panes: Panes,
        rows: Rows[str, Lead],
        definitions: Definitions,
        rates: Rates,
        campaigns: CampaignFacts,
    ) -> None:
        self.rows: Final = rows
        self._dimensions: Final = panes.segments.dimensions
        self._grace: Final = definitions.lateness.grace.growth * MICRO
        self._leads: Final = LeadFacts(panes, definitions.growth, campaigns)
        self._spend: Final = SpendFacts(panes, rates, campaigns)
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[str]()
        self._before: dict[str, Saying] = {}
        self._as_of = 0

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply growth events that are no duplicates and no tests."""
        for at, _, event, _ in batch:
            if isinstance(event, LeadChanged):
                put(self._touch(event.lead_id), life_of(event, at, self._dimensions))
            elif isinstance(event, SpendRecorded):
                self._spend.say(event, at)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); `watermark` (µs) says how far back events can still come."""
        for key in self._timers.due(as_of):
            if key in self.rows:
                self._touch(key)
        self._as_of = as_of
        for key, before in self._before.items():
            lead = self.rows[key]
            self._fold(lead, watermark)
            self._sayings.change(before, self._say(key, lead))
            if lead:
                self.rows[key] = lead
                self._await(key, lead)
            else:
                del self.rows[key]
        self._before.clear()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        self._as_of = as_of
        for key, lead in self.rows.items():
            self._sayings.change({}, self._say(key, lead))
            self._await(key, lead)

    def _touch(self, key: str) -> Lead:
        lead = self.rows.get(key)
        if lead is None:
            lead = self.rows[key] = []
            self._before[key] = {}
        elif key not in self._before:
            self._before[key] = self._say(key, lead)
        return lead

    def _say(self, key: str, lead: Lead) -> Saying:
        for life in leads_of(lead):
            self._leads.say(key, life, self._sayings, self._as_of)
        return self._sayings.take()

    def _await(self, key: str, lead: Lead) -> None:
        """Set a timer for the next second at which the lead says something else, or can be let go of."""
        instants = []
        for life in leads_of(lead):
            decided_by = None if life.decided else self._leads.decided_by(life)
            if decided_by is not None and decided_by > self._as_of:
                instants.append(decided_by)
            if life.decided:  # where the watermark is behind by then, it is looked at again a day later
                instants.append(max((life.latest + LEAD_HOLD + self._grace) // MICRO + _DAY, self._as_of + _DAY))
        if instants:
            self._timers.set(min(instants), key)

    def _fold(self, lead: Lead, watermark: int) -> None:
        """Forget the decided leads that no event can belong to any more: no window holds what they said."""
        horizon = watermark - self._grace - LEAD_HOLD
        if lead and lead[0].latest < horizon:
            gone = [one.latest for one in leads_of(lead) if one.decided and one.latest < horizon]
            lead[:] = [life for life in lead if not gone or life.latest > gone[-1]]
