"""Billing: an account's subscriptions and money, and what they say.

A row changes a few times a month, so an account says everything anew whenever it is touched or one of its instants has
passed; the difference goes to the panes. What depends on nothing but the row and `as_of` needs no care for order.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from stream.engine import events
from stream.engine.definitions import Definitions, MrrSection
from stream.engine.money import Rates
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.segments import text_of
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers.campaigns import CampaignFacts, touch_of
from stream.engine.trackers.cohorts import CohortFacts
from stream.engine.trackers.costs import Cost, CostTracker
from stream.engine.trackers.leads import Text
from stream.engine.trackers.movements import Bookkeeper, Holding, Ledger
from stream.engine.trackers.mrr import MrrFacts
from stream.engine.trackers.payments import DISPUTE_HOLD, PAYMENT_HOLD, Payment, Return, order, payment_of, return_of
from stream.engine.trackers.renewals import Folded, RenewalFacts
from stream.engine.trackers.revenue import RevenueFacts
from stream.engine.trackers.subscriptions import State, Timeline, dimension_of, state_of, worth
from stream.engine.trackers.trials import TrialFacts
from stream.engine.units import MICRO
from stream.engine.waiting import Applied

KEPT: Final = 63 * 86_400 * MICRO
"""µs: no window at `as_of` reaches back further than two long months."""


class BillingAccount(Struct, array_like=True, gc=False):
    """The subscriptions and the money of one account; `begin` (µs) and `paid_before` stand for what was folded."""

    subscriptions: dict[str, list[State]] = {}
    payments: dict[str, list[Payment]] = {}
    refunds: dict[str, list[Return]] = {}
    disputes: dict[str, list[Return]] = {}
    begin: int = -(1 << 62)
    paid_before: bool = False
    folded: dict[str, Folded] = {}
    tried: bool = False
    """Whether its first trial is among what was folded."""
    campaign: Text | None = None
    """The first one that its billing names; rows of earlier versions lack it."""


TABLE: Final = declare("billing", str, BillingAccount)


class Standing:
    """What an account's row means at one `as_of`: its timelines and its ledger."""

    def __init__(self, row: BillingAccount, tracker: BillingTracker, policy: MrrSection, as_of: int) -> None:
        self.row: Final = row
        self.as_of: Final = as_of * MICRO
        """µs."""
        self.holding: Final = tracker.holding
        self.timelines: Final = {name: Timeline(states, policy) for name, states in row.subscriptions.items()}
        self.ledger: Final[Ledger] = tracker.books.ledger(
            self.timelines, row.begin, self.as_of, paid_before=row.paid_before
        )


class BillingTracker:
    """The billing accounts of one partition."""

    def __init__(
        self,
        panes: Panes,
        rows: Rows[str, BillingAccount],
        costs: Rows[tuple[str, int], list[Cost]],
        definitions: Definitions,
        rates: Rates,
        campaigns: CampaignFacts,
    ) -> None:
        self.rows: Final = rows
        self.touched: Final[set[str]] = set()
        """The accounts whose rows changed, or one of whose instants passed, by the last settlement."""
        self._definitions: Final = definitions
        self._segments: Final = panes.segments
        self.books: Final = Bookkeeper(rates, definitions.mrr, self._hold)
        self._mrr: Final = MrrFacts(panes, self.books, rates, definitions.mrr)
        self._cohorts: Final = CohortFacts(panes, self.books, rates)
        self._renewals: Final = RenewalFacts(panes, self.books, definitions.mrr)
        self._trials: Final = TrialFacts(panes, self.books)
        self._revenue: Final = RevenueFacts(panes, rates)
        self._campaigns: Final = campaigns
        self._costs: Final = CostTracker(panes, costs, rates, definitions.lateness.grace.billing * MICRO)
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[str]()
        self._before: dict[str, Saying] = {}
        self._as_of = 0

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply billing events that are no duplicates and no tests."""
        for at, _, event, _ in batch:
            if isinstance(event, events.Billing):
                self._attribute(event, at)
            if isinstance(event, events.CostRecorded):
                self._costs.record(event, at)
                continue
            row = self._touch(event.account_id)
            if isinstance(event, events.SubscriptionChanged):
                state = state_of(event, at, self._definitions.mrr)
                insort(row.subscriptions.setdefault(event.subscription_id, []), state, key=State.order)
                self._costs.doubt(event.account_id, at)
            elif isinstance(event, (events.PaymentSucceeded, events.PaymentFailed)):
                insort(row.payments.setdefault(event.payment_id, []), payment_of(event, at), key=order)
            elif isinstance(event, events.Refunded):
                insort(row.refunds.setdefault(event.refund_id, []), return_of(event, at), key=order)
            elif isinstance(event, events.DisputeChanged):
                insort(row.disputes.setdefault(event.dispute_id, []), return_of(event, at), key=order)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); `watermark` (µs) says how far back events can still come."""
        for key in self._timers.due(as_of):
            self._touch(key)
        self._as_of = as_of
        self._costs.settle(self.timelines_of)
        self._costs.fold(watermark)
        self.touched.clear()
        self.touched.update(self._before)
        for key, before in self._before.items():
            row = self.rows[key]
            self._fold(row, watermark)
            standing = self.standing(row, as_of)
            self._sayings.change(before, self._say(standing))
            self.rows[key] = row
            self._await(key, standing)
        self._before.clear()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        self._as_of = as_of
        for key, row in self.rows.items():
            standing = self.standing(row, as_of)
            self._sayings.change({}, self._say(standing))
            self._await(key, standing)

    def standing(self, row: BillingAccount, as_of: int) -> Standing:
        """Return what a row means at an `as_of` (seconds)."""
        return Standing(row, self, self._definitions.mrr, as_of)

    def timelines_of(self, account: str) -> dict[str, Timeline]:
        """Return an account's subscriptions by id; none where it has no billing."""
        row = self.rows.get(account)
        policy = self._definitions.mrr
        return {} if row is None else {name: Timeline(states, policy) for name, states in row.subscriptions.items()}

    def _touch(self, key: str) -> BillingAccount:
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = BillingAccount({}, {}, {}, {}, folded={})
            self._before[key] = {}
        elif key not in self._before:
            self._before[key] = self._say(self.standing(row, self._as_of))
        return row

    def _attribute(self, event: events.Billing, at: int) -> None:
        """Let an account be of the campaign that the first of its events names."""
        touch = touch_of(event, at)
        if touch is not None and event.account_id is not None:
            row = self._touch(event.account_id)
            row.campaign = touch if row.campaign is None else min(row.campaign, touch)

    def _say(self, standing: Standing) -> Saying:
        self._mrr.say(standing, self._sayings)
        self._cohorts.say(standing, self._sayings)
        self._renewals.say(standing, self._sayings)
        self._trials.say(standing, self._sayings)
        self._revenue.say(standing, self._sayings)
        self._campaigns.say_account(standing, self._sayings)
        return self._sayings.take()

    def _hold(self, timeline: Timeline, instant: int) -> Holding | None:
        state = timeline.counted(instant)
        return None if state is None else self.holding(state, instant)

    def holding(self, state: State, instant: int) -> Holding:
        """Return what a state is worth at an instant (µs), and where."""
        found = []
        for dimension in self._segments.dimensions:
            value = text_of(dimension_of(state, dimension))
            segment = None if value is None else self._segments.segment(dimension, value)
            if segment is not None:
                found.append(segment)
        return Holding(state, worth(state, instant, self._definitions.mrr), tuple(found))

    def _await(self, key: str, standing: Standing) -> None:
        """Set a timer for the next instant at which the row says something else."""
        instants = {instant for timeline in standing.timelines.values() for instant in timeline.instants()}
        instants |= self._mrr.notices(standing.row.subscriptions.values())
        instants |= self._renewals.instants(standing)
        if standing.row.subscriptions:
            instants.update(self._mrr.rate_changes)
        coming = min((instant for instant in instants if instant >= standing.as_of), default=None)
        if coming is not None:
            self._timers.set(coming // MICRO + 1, key)

    def _fold(self, row: BillingAccount, watermark: int) -> None:
        """Forget what no window, no late event and no rule can ask for any more."""
        grace = self._definitions.lateness.grace.billing * MICRO
        horizon = watermark - max(KEPT, grace)
        oldest = min((states[0].at for states in row.subscriptions.values()), default=horizon)
        if oldest < horizon:
            self._fold_states(row, horizon)
        payments_until = watermark - grace - PAYMENT_HOLD
        row.payments = {name: told for name, told in row.payments.items() if told[-1].at >= payments_until}
        row.refunds = {name: told for name, told in row.refunds.items() if told[-1].at >= payments_until}
        disputes_until = watermark - grace - DISPUTE_HOLD
        row.disputes = {name: told for name, told in row.disputes.items() if told[-1].at >= disputes_until}

    def _fold_states(self, row: BillingAccount, horizon: int) -> None:
        standing = self.standing(row, horizon // MICRO)
        netting = max(self._definitions.mrr.netting * MICRO, 1)
        # a netting window that is open at the horizon is kept whole: its opening decides where the next ones begin
        opened = [movement.at for movement in standing.ledger.movements if movement.at + netting > horizon]
        begin = min([horizon, *opened])
        if begin <= row.begin:
            return
        folded = [movement for movement in standing.ledger.movements if movement.at < begin]
        row.paid_before = row.paid_before or any(movement.after.get(0) for movement in folded)
        row.begin = begin
        for name, timeline in standing.timelines.items():
            states = row.subscriptions[name]
            in_force = max((index for index, state in enumerate(states) if state.at < begin), default=0)
            if in_force > 0:
                periods = self._renewals.periods(standing, name)
                row.folded[name] = periods.fold(in_force, begin, self._renewals.grace)
                row.tried = row.tried or any(state.status == "trialing" for state in states[:in_force])
                states[in_force].counted_before = timeline.counted_before(in_force)
                del states[:in_force]
