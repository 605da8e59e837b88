"""What a lead says: stages at their first time, the way through the funnel, its trial, and whether it is still open."""

from __future__ import annotations

from typing import Final

from stream.engine.counters import Counter, packed
from stream.engine.definitions import GrowthSection
from stream.engine.panes import Panes
from stream.engine.quantiles import cell_of
from stream.engine.sayings import Sayings
from stream.engine.trackers.campaigns import CampaignFacts
from stream.engine.trackers.leads import STAGES, Life
from stream.engine.units import MICRO
from stream.engine.windows import H, L

AT_STAGE: Final = {
    stage: Counter(name, H)
    for stage, name in zip(
        STAGES, ("visitors", "leads", "qualified_leads", "signups", "trials_started", "conversions"), strict=True
    )
}
LOST_LEADS: Final = Counter("lost_leads", H)
WENT: Final = {
    ("visited", "converted"): Counter("visitors_converted", L),
    ("visited", "signed_up"): Counter("visitors_signed_up", L),
    ("created", "converted"): Counter("leads_converted", L),
    ("trial_started", "converted"): Counter("trials_converted", L),
}
"""Who came from one stage to another, dated at the first of the two."""
FUNNEL: Final = Counter("funnel", L)
"""By stage: the leads that reached it, dated when they entered."""
TRIALS_DECIDED: Final = Counter("trials_decided", L)
SALES_CYCLES: Final = Counter("sales_cycles", L, ("sales_cycles", "sales_cycle_ms"))
SALES_CYCLE_CELLS: Final = Counter("sales_cycle_cell", L)
REFERRALS: Final = Counter("referrals", L)
OPEN_PIPELINE: Final = Counter("open_pipeline")
OPEN_CREATED: Final = Counter("open_pipeline_created_ms")
"""Σ of the instants at which the open leads were created."""
COHORTS: Final = {name: Counter(f"trial_cohort_{name}") for name in ("started", "converted", "lost", "mature")}
"""By local month (12 × year + month − 1) of the trial's start."""

_MS: Final = 1_000


class LeadFacts:
    """What the leads of one partition say."""

    def __init__(self, panes: Panes, growth: GrowthSection, campaigns: CampaignFacts) -> None:
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._campaigns: Final = campaigns
        self._length: Final = growth.trial_length * MICRO
        self._grace: Final = growth.trial_grace * MICRO
        dated = (*AT_STAGE.values(), LOST_LEADS, *WENT.values(), FUNNEL, TRIALS_DECIDED, SALES_CYCLES)
        for counter in (*dated, SALES_CYCLE_CELLS, REFERRALS):
            panes.facts_of(counter)

    def say(self, name: str, lead: Life, sayings: Sayings, as_of: int) -> None:
        """Say all that a lead says at `as_of` (seconds)."""
        member = self._segments.membership_of([lead.value(dimension) for dimension in self._segments.dimensions])
        for stage, at in lead.first.items():
            sayings.dated(AT_STAGE[stage], at // MICRO, member, 1)
        lost = lead.lost_at
        if lost is not None:
            sayings.dated(LOST_LEADS, lost // MICRO, member, 1)
        for (start, end), counter in WENT.items():
            if lead.went(start, end):
                sayings.dated(counter, lead.first[start] // MICRO, member, 1)
        self._say_funnel(lead, member, sayings)
        self._say_trial(lead, member, sayings, as_of)
        self._say_sale(name, lead, member, sayings)
        self._campaigns.say_lead(lead, sayings)

    def decided_by(self, lead: Life) -> int | None:
        """Return the second from which the trial of a lead is decided by time alone; None without a trial."""
        started = lead.first.get("trial_started")
        if started is None:
            return None
        end = started + self._length if lead.trial_ends is None else lead.trial_ends[3]
        return (end + self._grace) // MICRO + 1

    def _say_funnel(self, lead: Life, member: int, sayings: Sayings) -> None:
        if not lead.first:
            return
        entered = min(lead.first.values()) // MICRO
        furthest = max(map(STAGES.index, lead.first))
        for stage in STAGES[: furthest + 1]:
            sayings.dated(FUNNEL, entered, member, 1, stage)

    def _say_trial(self, lead: Life, member: int, sayings: Sayings, as_of: int) -> None:
        started, decided_by = lead.first.get("trial_started"), self.decided_by(lead)
        if started is None or decided_by is None:
            return
        second = started // MICRO
        converted, lost = lead.went("trial_started", "converted"), lead.lost_at is not None
        decided = converted or lost or as_of >= decided_by
        sayings.dated(TRIALS_DECIDED, second, member, decided)
        month = self._calendar.periods(second).month
        for name, counted in (("started", True), ("converted", converted), ("lost", lost), ("mature", decided)):
            sayings.gauge(COHORTS[name], member, counted, month)

    def _say_sale(self, name: str, lead: Life, member: int, sayings: Sayings) -> None:
        created, converted = lead.first.get("created"), lead.first.get("converted")
        signed_up = lead.first.get("signed_up")
        if created is not None and converted is not None and created <= converted:
            cycle = converted // _MS - created // _MS
            sayings.dated(SALES_CYCLES, converted // MICRO, member, packed(1, cycle))
            sayings.dated(SALES_CYCLE_CELLS, converted // MICRO, member, 1, cell_of(cycle, longest=None))
        if created is not None and not lead.decided:
            sayings.gauge(OPEN_PIPELINE, member, 1)
            sayings.gauge(OPEN_CREATED, member, created // _MS)
        itself = (name, None if lead.account is None else lead.account[3])
        if signed_up is not None and lead.referrer is not None and lead.referrer[3] not in itself:
            sayings.dated(REFERRALS, signed_up // MICRO, member, 1)
