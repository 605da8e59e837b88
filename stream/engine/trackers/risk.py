"""MRR at risk: which paying accounts may leave, why, and what they pay.

It is a list to work from, not a forecast. An account's part comes from its billing and from its use, which are on one
partition; whichever of the two changes, or an instant that time alone brings, makes it be judged again.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from msgspec import Struct

from stream.engine.counters import Counter
from stream.engine.definitions import Definitions
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.segments import ALL
from stream.engine.timers import Timers
from stream.engine.trackers.accounts import Account, Accounts
from stream.engine.trackers.billing import BillingTracker, Standing
from stream.engine.trackers.feedback import FeedbackTracker
from stream.engine.trackers.health import FULL, Health, band_of, health_of, share
from stream.engine.trackers.movements import Parts
from stream.engine.trackers.opportunities import Found, Opportunities
from stream.engine.trackers.seats import seats_removed
from stream.engine.trackers.signals import (
    AT_RISK,
    POINTS,
    Signal,
    Use,
    UseSignals,
    cancel_scheduled,
    open_failures,
    payment_failed,
)
from stream.engine.trackers.subscriptions import State
from stream.engine.trackers.voices import heard, helped
from stream.engine.units import MICRO

ACCOUNTS_AT_RISK: Final = Counter("accounts_at_risk")
MRR_AT_RISK: Final = Counter("mrr_at_risk")
CHURN_SIGNALS: Final = Counter("churn_signals")
HEALTH_SCORES: Final = Counter("health_scores")
"""Σ of the scores of the paying accounts that have one."""
HEALTH_SCORED: Final = Counter("health_scored")
HEALTH_BANDS: Final = Counter("health_bands")
OPPORTUNITIES: Final = Counter("opportunities")

MRR_COMPARED: Final = 28 * 86_400 * MICRO
"""µs: MRR is held against what it was so long ago."""

GONE_AFTER: Final = 90 * 86_400
"""Seconds without any event after which readers are told of an account without MRR no more."""

_NEVER: Final = 1 << 62


class AccountStatus(Struct, frozen=True, gc=False):
    """What readers are told of an account; money in micro-units of the reporting currency."""

    account_id: str
    mrr: int
    mrr_at_risk: int
    status: str
    plan: str
    signals: tuple[Signal, ...]
    health: int | None = None
    health_components: tuple[tuple[str, int, int], ...] = ()
    """Name, value in millionths, weight."""
    opportunities: tuple[Signal, ...] = ()


class _Billed(NamedTuple):
    """What billing says of an account's future: signals, components of health, and when (µs) time alone changes it."""

    signals: list[Signal]
    known: dict[str, Fraction | None]
    next: list[int]


class RiskTracker:
    """Judges the accounts of one partition."""

    def __init__(
        self,
        panes: Panes,
        accounts: Accounts,
        billing: BillingTracker,
        feedback: FeedbackTracker,
        opportunities: Opportunities,
        definitions: Definitions,
    ) -> None:
        self._accounts: Final = accounts
        self._billing: Final = billing
        self._answers: Final = feedback.answers
        self._support: Final = feedback.support
        self._opportunities: Final = opportunities
        self._settings: Final = definitions.signals
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._use: Final = UseSignals(definitions.signals, panes.calendar)
        self._grace: Final = definitions.lateness.grace.usage * MICRO
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[str]()
        self._said: dict[str, Saying] = {}
        self._statuses: dict[str, AccountStatus] = {}
        self._sleeping: set[str] = set()
        self.changed: Final[dict[str, AccountStatus | None]] = {}
        """What readers were not told yet; None of an account that is gone."""

    def settle(self, as_of: int, watermark: int) -> None:
        """Judge again whoever may have changed by `as_of` (seconds); `watermark` (µs) is that of usage."""
        certain = (watermark - self._grace) // MICRO
        day = None if certain < 0 else self._calendar.periods(certain).day
        today = self._calendar.start("day", self._calendar.periods(as_of).day) * MICRO
        due = {*self._timers.due(as_of), *self._opportunities.moved(as_of)}
        told = self._billing.touched | self._answers.touched | self._support.touched
        for key in due | told | self._accounts.seen:
            row = self._accounts.rows.get(key)
            if row is None:
                self._judge(key, as_of)
                continue
            # uses of the current day are judged after midnight; those of complete days change what was judged
            past = key in self._accounts.past_changed or row.last_use < today
            changed = key in told or past
            if changed or key in due or key not in self._statuses or key in self._sleeping:
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
        now = as_of * MICRO
        use = Use([], _NEVER) if row is None else self._use.of(row, as_of)
        said = heard(self._answers.latest_of(key), now - 1, self._settings)
        asked = helped((ticket for _, ticket in self._support.of(key)), now - 1, self._settings)
        signals = [*use.signals, *(signal for signal in (said.signal, asked.signal) if signal is not None)]
        known = {"usage": use.share, "satisfaction": said.health, "support": asked.health}
        coming = [use.next, *said.next, *asked.next]
        standing = None if billing is None else self._billing.standing(billing, as_of)
        worth: Parts = {}
        if standing is not None:
            worth = self._billing.books.value(standing.ledger.position, now - 1)
            billed = self._billed(standing, worth)
            signals = [*billed.signals, *signals]
            known |= billed.known
            coming += billed.next
        health = health_of(known)
        found = Found([], []) if row is None else self._opportunities.of(key, row, standing, as_of)
        coming += found.next
        risk = self._risk(standing, worth, signals)
        self._say(worth, risk, signals, health)
        self._say_opportunities(standing, worth, found)
        self._change(key)
        if row is not None and not _pays(standing):
            if as_of - row.last_second >= GONE_AFTER:
                self._forget(key, row)
                return
            coming.append((row.last_second + GONE_AFTER) * MICRO - 1)
        self._tell(key, standing, worth, risk, signals, health, found)
        if row is not None and not row.told:
            row.told = True
            self._accounts.rows[key] = row
        (self._sleeping.add if any(s.name == "dormant" for s in signals) else self._sleeping.discard)(key)
        upcoming = min((instant for instant in coming if now <= instant < _NEVER), default=None)
        if upcoming is not None:
            self._timers.set(upcoming // MICRO + 1, key)

    def _forget(self, key: str, row: Account) -> None:
        """Let an account be gone: only an event, or an instant of its billing, makes it be judged again."""
        self._sleeping.discard(key)
        if not self._said[key]:
            del self._said[key]
        if self._statuses.pop(key, None) is not None or row.told:
            self.changed[key] = None
            row.told = False
            self._accounts.rows[key] = row

    def _billed(self, standing: Standing, worth: Parts) -> _Billed:
        """Return what an account's billing says of its future."""
        at, timelines, settings = standing.as_of - 1, standing.timelines.values(), self._settings
        books = self._billing.books

        def pays(instant: int) -> bool:
            return bool(books.value(books.position(standing.timelines, instant), instant))

        failures = open_failures(standing.row.payments.values(), settings.payment_failed_for * MICRO)
        held_for = settings.seats_removed_for * MICRO
        told = (
            cancel_scheduled(timelines, at),
            payment_failed(failures, timelines, at),
            seats_removed(timelines, at, pays, settings.seats_removed_share, held_for),
        )
        signals = [signal for signal in told if signal is not None]
        before = at - MRR_COMPARED
        earlier = books.value(books.position(standing.timelines, before), before).get(ALL, 0)
        failing = any(begin <= at < end for begin, end in failures)
        payment = 0 if _overdue(standing) else FULL // 2 if failing else FULL
        known = {"payment": Fraction(payment), "mrr": share(worth.get(ALL, 0), earlier)}
        changes = {instant for timeline in timelines for instant in timeline.instants()}
        changes.update(self._billing.books.rate_changes)
        coming = [signal.until for signal in signals if signal.until is not None]
        coming += [instant + span for instant in changes for span in (MRR_COMPARED, held_for)]
        return _Billed(signals, known, [*coming, *(end for _, end in failures)])

    def _risk(self, standing: Standing | None, worth: Parts, signals: list[Signal]) -> Parts:
        """Return the MRR at risk by segment: all of it, or that of the subscriptions with a scheduled end."""
        if standing is None or not worth:
            return {}
        if sum(POINTS[signal.name] for signal in signals if signal.name != "cancel_scheduled") >= AT_RISK:
            return worth
        ending = [holding for holding in standing.ledger.position if holding.state.end is not None]
        return self._billing.books.value(ending, standing.as_of - 1)

    def _say(self, worth: Parts, risk: Parts, signals: list[Signal], health: Health) -> None:
        for segment in worth:
            member = self._segments.membership((segment,))
            self._sayings.gauge(MRR_AT_RISK, member, risk.get(segment, 0))
            self._sayings.gauge(ACCOUNTS_AT_RISK, member, int(risk.get(segment, 0) > 0))
            for signal in signals:
                self._sayings.gauge(CHURN_SIGNALS, member, 1, signal.name)
            self._sayings.gauge(HEALTH_BANDS, member, 1, band_of(health.score))
            self._sayings.gauge(HEALTH_SCORES, member, health.score or 0)
            self._sayings.gauge(HEALTH_SCORED, member, int(health.score is not None))

    def _say_opportunities(self, standing: Standing | None, worth: Parts, found: Found) -> None:
        """Say the opportunities where MRR is, or, without any, where the states in force are."""
        if not found.signals:
            return
        segments = set(worth) or {ALL}
        if standing is not None and not worth:
            at = standing.as_of - 1
            segments.update(
                segment for state in _in_force(standing) for segment in self._billing.holding(state, at).segments
            )
        for segment in segments:
            member = self._segments.membership((segment,))
            for signal in found.signals:
                self._sayings.gauge(OPPORTUNITIES, member, 1, signal.name)

    def _change(self, key: str) -> None:
        said = self._sayings.take()
        self._sayings.change(self._said.get(key, {}), said)
        self._said[key] = said

    def _tell(
        self,
        key: str,
        standing: Standing | None,
        worth: Parts,
        risk: Parts,
        signals: list[Signal],
        health: Health,
        found: Found,
    ) -> None:
        mrr = worth.get(ALL, 0)
        status = AccountStatus(
            key,
            mrr,
            risk.get(ALL, 0),
            _status(standing, mrr),
            _plan(standing, self._billing),
            tuple(signals),
            health.score,
            health.components,
            tuple(found.signals),
        )
        if self._statuses.get(key) != status:
            self._statuses[key] = self.changed[key] = status


def _pays(standing: Standing | None) -> bool:
    """Say whether an account has MRR, in a currency without a rate, too."""
    return standing is not None and any(holding.native for holding in standing.ledger.position)


def _in_force(standing: Standing) -> list[State]:
    """Return the states that hold and have not ended."""
    at = standing.as_of - 1
    states = [timeline.at(at) for timeline in standing.timelines.values()]
    return [state for state in states if state is not None and (state.end is None or at < state.end)]


def _overdue(standing: Standing) -> bool:
    """Say whether a subscription is past due or unpaid."""
    return any(state.status in ("past_due", "unpaid") for state in _in_force(standing))


def _status(standing: Standing | None, mrr: int) -> str:
    """Return the first that applies: past due, paying, trial, churned, free."""
    if standing is None:
        return "free"
    at = standing.as_of - 1
    if any(state.status == "past_due" for state in _in_force(standing)):
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
