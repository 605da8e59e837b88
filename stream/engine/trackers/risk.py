"""MRR at risk: which paying accounts may leave, why, and what they pay.

It is a list to work from, not a forecast. An account's part comes from its billing and from its use, which are on one
partition; whichever of the two changes, or an instant that time alone brings, makes it be judged again.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from stream.engine.counters import Counter
from stream.engine.definitions import Definitions
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.segments import ALL
from stream.engine.timers import Timers
from stream.engine.trackers.accounts import Accounts
from stream.engine.trackers.billing import BillingTracker, Standing
from stream.engine.trackers.movements import Parts
from stream.engine.trackers.signals import AT_RISK, POINTS, Signal, UseSignals, cancel_scheduled, payment_failed
from stream.engine.units import MICRO

ACCOUNTS_AT_RISK: Final = Counter("accounts_at_risk")
MRR_AT_RISK: Final = Counter("mrr_at_risk")
CHURN_SIGNALS: Final = Counter("churn_signals")

_NEVER: Final = 1 << 62


class AccountStatus(Struct, frozen=True, gc=False):
    """What readers are told of an account; money in micro-units of the reporting currency."""

    account_id: str
    mrr: int
    mrr_at_risk: int
    status: str
    plan: str
    signals: tuple[Signal, ...]


class RiskTracker:
    """Judges the accounts of one partition."""

    def __init__(self, panes: Panes, accounts: Accounts, billing: BillingTracker, definitions: Definitions) -> None:
        self._accounts: Final = accounts
        self._billing: Final = billing
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._use: Final = UseSignals(definitions.signals, panes.calendar)
        self._failed_for: Final = definitions.signals.payment_failed_for * MICRO
        self._grace: Final = definitions.lateness.grace.usage * MICRO
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[str]()
        self._said: dict[str, Saying] = {}
        self._statuses: dict[str, AccountStatus] = {}
        self._sleeping: set[str] = set()
        self.changed: Final[dict[str, AccountStatus]] = {}
        """What readers were not told yet."""

    def settle(self, as_of: int, watermark: int) -> None:
        """Judge again whoever may have changed by `as_of` (seconds); `watermark` (µs) is that of usage."""
        certain = min(as_of, (watermark - self._grace) // MICRO)
        day = None if certain < 0 else self._calendar.periods(certain).day
        today = self._calendar.start("day", self._calendar.periods(as_of).day) * MICRO
        due = set(self._timers.due(as_of))
        for key in due | self._billing.touched | self._accounts.seen:
            row = self._accounts.rows.get(key)
            if row is None:
                self._judge(key, as_of)
                continue
            # uses of the current day are judged after midnight; those of complete days change what was judged
            past = key in self._accounts.past_changed or row.last_use < today
            changed = key in self._billing.touched or past
            if changed or key in due or key not in self._said or key in self._sleeping:
                self._judge(key, as_of)
            if day is not None and (row.judged is None or row.judged < day):
                self._use.fold(row, day)
                self._accounts.rows[key] = row

    def restore(self, as_of: int) -> None:
        """Judge everyone, as of the checkpoint that the rows are from."""
        for key in {*self._accounts.rows, *self._billing.rows}:
            self._judge(key, as_of)

    def _judge(self, key: str, as_of: int) -> None:
        row = self._accounts.rows.get(key)
        billing = self._billing.rows.get(key)
        signals: list[Signal] = []
        coming = _NEVER
        if row is not None:
            signals, coming = self._use.of(row, as_of)
        standing = None if billing is None else self._billing.standing(billing, as_of)
        worth: Parts = {}
        if standing is not None and billing is not None:
            at = standing.as_of - 1
            worth = self._billing.books.value(standing.ledger.position, at)
            told = (
                cancel_scheduled(standing.timelines.values(), at),
                payment_failed(billing.payments.values(), standing.timelines.values(), at, self._failed_for),
            )
            signals = [*(signal for signal in told if signal is not None), *signals]
            coming = min([coming, *(s.until for s in signals if s.until is not None and s.until >= standing.as_of)])
        risk = self._risk(standing, worth, signals)
        self._say(key, worth, risk, signals)
        self._tell(key, standing, worth, risk, signals)
        (self._sleeping.add if any(s.name == "dormant" for s in signals) else self._sleeping.discard)(key)
        if coming < _NEVER:
            self._timers.set(coming // MICRO + 1, key)

    def _risk(self, standing: Standing | None, worth: Parts, signals: list[Signal]) -> Parts:
        """Return the MRR at risk by segment: all of it, or that of the subscriptions with a scheduled end."""
        if standing is None or not worth:
            return {}
        if sum(POINTS[signal.name] for signal in signals if signal.name != "cancel_scheduled") >= AT_RISK:
            return worth
        ending = [holding for holding in standing.ledger.position if holding.state.end is not None]
        return self._billing.books.value(ending, standing.as_of - 1)

    def _say(self, key: str, worth: Parts, risk: Parts, signals: list[Signal]) -> None:
        for segment in worth:
            member = self._segments.membership((segment,))
            self._sayings.gauge(MRR_AT_RISK, member, risk.get(segment, 0))
            self._sayings.gauge(ACCOUNTS_AT_RISK, member, int(risk.get(segment, 0) > 0))
            for signal in signals:
                self._sayings.gauge(CHURN_SIGNALS, member, 1, signal.name)
        said = self._sayings.take()
        self._sayings.change(self._said.get(key, {}), said)
        self._said[key] = said

    def _tell(self, key: str, standing: Standing | None, worth: Parts, risk: Parts, signals: list[Signal]) -> None:
        mrr = worth.get(ALL, 0)
        status = AccountStatus(
            key, mrr, risk.get(ALL, 0), _status(standing, mrr), _plan(standing, self._billing), tuple(signals)
        )
        if self._statuses.get(key) != status:
            self._statuses[key] = self.changed[key] = status


def _status(standing: Standing | None, mrr: int) -> str:
    """Return the first that applies: past due, paying, trial, churned, free."""
    if standing is None:
        return "free"
    at = standing.as_of - 1
    states = [timeline.at(at) for timeline in standing.timelines.values()]
    in_force = [state for state in states if state is not None and (state.end is None or at < state.end)]
    if any(state.status == "past_due" for state in in_force):
        return "past_due"
    if mrr:
        return "paying"
    if any(timeline.in_trial(at) for timeline in standing.timelines.values()):
        return "trial"
    paid = standing.row.paid_before or any(movement.after.get(ALL) for movement in standing.ledger.movements)
    return "churned" if paid else "free"


def _plan(standing: Standing | None, billing: BillingTracker) -> str:
    """Return the plan of the subscription that is worth most, else of the latest one."""
    if standing is None:
        return ""
    at = standing.as_of - 1
    worth = [
        (billing.books.value([holding], at).get(ALL, 0), holding.state.order(), holding.state.plan)
        for holding in standing.ledger.position
    ]
    if not worth:
        states = [state for timeline in standing.timelines.values() if (state := timeline.at(at)) is not None]
        worth = [(0, state.order(), state.plan) for state in states]
    return max(worth, key=lambda one: one[:2])[2] or "" if worth else ""
