"""Campaigns: what was spent on each, and what came of it (catalogue part 2, section 2.4).

Leads and accounts are on different partitions and are not joined. Whom a campaign won is told by leads, what it earned
by billing: an account is of the campaign that the first of its billing events names, for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.engine.counters import Counter
from stream.engine.events import Billing
from stream.engine.money import Rates
from stream.engine.names import Names
from stream.engine.panes import Panes
from stream.engine.sayings import Sayings
from stream.engine.segments import ALL, text_of
from stream.engine.trackers.held import held
from stream.engine.trackers.leads import Life, Text
from stream.engine.trackers.payments import PAYMENT_HOLD, success_of
from stream.engine.trackers.subscriptions import carried
from stream.engine.units import MICRO
from stream.engine.windows import L

if TYPE_CHECKING:
    from stream.engine.trackers.billing import Standing

SPEND: Final = Counter("campaign_spend", L)
LEADS: Final = Counter("campaign_leads", L)
CONVERSIONS: Final = Counter("campaign_conversions", L)
NEW_ACCOUNTS: Final = Counter("campaign_new_accounts", L)
REVENUE: Final = Counter("campaign_revenue", L)
NEW_MRR: Final = Counter("campaign_new_mrr", L)
UNRATED: Final = Counter("campaign_unrated", L)
"""By currency: how much of spend and revenue a missing rate keeps out, in facts."""
ACCOUNTS: Final = Counter("campaign_accounts")
"""Accounts whose billing names a campaign, ever."""


def touch_of(event: Billing, at: int) -> Text | None:
    """Return the campaign that a billing event names, after what such events are ordered by; `at` in µs."""
    campaign = text_of(carried(event.attributes, "campaign"))
    return None if campaign is None else (at, event.source, event.id, campaign)


class CampaignFacts:
    """What leads and accounts say of campaigns: in `all`, by the campaign's name."""

    def __init__(self, panes: Panes, names: Names, rates: Rates) -> None:
        self._names: Final = names
        self._rates: Final = rates
        self._member: Final = panes.segments.membership((ALL,))
        for counter in (SPEND, LEADS, CONVERSIONS, NEW_ACCOUNTS, REVENUE, NEW_MRR, UNRATED):
            panes.facts_of(counter)

    def name(self, campaign: str) -> str:
        """Return what a campaign counts under."""
        return self._names.of(campaign)

    def say_lead(self, lead: Life, sayings: Sayings) -> None:
        """Say that a lead counts for its campaign."""
        campaign = lead.value("campaign")
        if campaign is None:
            return
        for stage, counter in (("created", LEADS), ("converted", CONVERSIONS)):
            at = lead.first.get(stage)
            if at is not None:
                sayings.dated(counter, at // MICRO, self._member, 1, self.name(campaign))

    def say_account(self, standing: Standing, sayings: Sayings) -> None:
        """Say what an account brought the campaign that brought it."""
        touch = standing.row.campaign
        if touch is None:
            return
        name = self.name(touch[3])
        sayings.gauge(ACCOUNTS, self._member, 1)
        for movement in standing.ledger.movements:
            if movement.kind == "new":
                sayings.dated(NEW_ACCOUNTS, movement.at // MICRO, self._member, 1, name)
                sayings.dated(NEW_MRR, movement.at // MICRO, self._member, movement.change(ALL), name)
        for told in standing.row.payments.values():
            for group in held(told, PAYMENT_HOLD):
                success = success_of(group)
                if success is None:
                    continue
                micro = self._rates.convert(success.net, success.currency, success.at)
                if micro is None:
                    sayings.dated(UNRATED, success.at // MICRO, self._member, 1, success.currency)
                else:
                    sayings.dated(REVENUE, success.at // MICRO, self._member, micro, name)
