"""What an account's subscriptions say: MRR and its movements, trials, scheduled ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from stream.engine.counters import Counter
from stream.engine.definitions import MrrSection
from stream.engine.money import Rates
from stream.engine.panes import Panes
from stream.engine.sayings import Sayings
from stream.engine.segments import ALL
from stream.engine.trackers.movements import Bookkeeper, Holding, Movement, Parts
from stream.engine.trackers.subscriptions import State
from stream.engine.units import MICRO
from stream.engine.windows import L

if TYPE_CHECKING:
    from stream.engine.trackers.billing import Standing

DAY: Final = 86_400 * MICRO
NOTICES: Final = {"scheduled_churn_mrr_next_7d": 7 * DAY, "scheduled_churn_mrr_next_30d": 30 * DAY}
TRIAL_NOTICE: Final = 7 * DAY

_NEVER: Final = 1 << 62

MRR: Final = Counter("mrr")
PAYING_ACCOUNTS: Final = Counter("paying_accounts")
LEDGER_MRR: Final = Counter("ledger_mrr")
"""MRR again, as what all movements and new rates add up to."""
LEDGER_ACCOUNTS: Final = Counter("ledger_accounts")
FREE_ACCOUNTS: Final = Counter("free_accounts")
TRIAL_ACCOUNTS: Final = Counter("trial_accounts")
TRIAL_MRR: Final = Counter("trial_mrr")
TRIALS_ENDING: Final = Counter("trials_ending_next_7d")
PAST_DUE_MRR: Final = Counter("past_due_mrr")
SCHEDULED_CHURN_MRR: Final = Counter("scheduled_churn_mrr")
METERED_SUBSCRIPTIONS: Final = Counter("metered_subscriptions")

MOVED: Final = {
    "new": Counter("new_mrr", L),
    "expansion": Counter("expansion_mrr", L),
    "reactivation": Counter("reactivation_mrr", L),
    "contraction": Counter("contraction_mrr", L),
    "churned": Counter("churned_mrr", L),
}
CHURNED_INVOLUNTARY: Final = Counter("churned_mrr_involuntary", L)
FX: Final = Counter("fx_mrr", L)
CLASSED: Final = {
    "new": Counter("new_accounts", L),
    "reactivation": Counter("reactivated_accounts", L),
    "churned": Counter("churned_accounts", L),
}
JOINED: Final = Counter("accounts_joined", L)
LEFT: Final = Counter("accounts_left", L)


class MrrFacts:
    """What a standing's ledger and subscriptions say."""

    def __init__(self, panes: Panes, books: Bookkeeper, rates: Rates, policy: MrrSection) -> None:
        self._segments: Final = panes.segments
        self._books: Final = books
        self._rates: Final = rates
        self._policy: Final = policy
        self.rate_changes: Final = rates.changes
        for counter in (*MOVED.values(), *CLASSED.values(), CHURNED_INVOLUNTARY, FX, JOINED, LEFT):
            panes.facts_of(counter)

    def notices(self, subscriptions: Iterable[Sequence[State]]) -> set[int]:
        """Return the instants (µs) from which the end of a subscription or trial is near enough to be told."""
        found: set[int] = set()
        for state in (state for states in subscriptions for state in states):
            if state.end is not None:
                found.update(state.end - notice for notice in NOTICES.values())
            if state.trial_end is not None:
                found.add(state.trial_end - TRIAL_NOTICE)
        return found

    def say(self, standing: Standing, sayings: Sayings) -> None:
        """Say all of it at the standing's `as_of`."""
        for movement in standing.ledger.movements:
            self._say_movement(movement, sayings)
        for change in standing.ledger.rate_changes:
            for segment, micro in change.change.items():
                sayings.dated(FX, change.at // MICRO, self._member(segment), micro)
        self._say_ledger(standing, sayings)
        self._say_now(standing, sayings)

    def _say_movement(self, movement: Movement, sayings: Sayings) -> None:
        second = movement.at // MICRO
        for segment in movement.before.keys() | movement.after.keys():
            kind = movement.kind_in(segment)
            if kind is None:
                continue
            before, after = movement.before.get(segment, 0), movement.after.get(segment, 0)
            member = self._member(segment)
            sayings.dated(MOVED[kind], second, member, abs(after - before))
            if kind in CLASSED:
                sayings.dated(CLASSED[kind], second, member, 1)
            if movement.involuntary:
                sayings.dated(CHURNED_INVOLUNTARY, second, member, before - after)
            sayings.dated(JOINED, second, member, int(after > 0 and not before))
            sayings.dated(LEFT, second, member, int(before > 0 and not after))

    def _say_ledger(self, standing: Standing, sayings: Sayings) -> None:
        """Say what the movements add up to, so that it can be held against what there is."""
        ledger = standing.ledger
        for segment, micro in self._books.value(ledger.positions[0], standing.row.begin - 1).items():
            sayings.gauge(LEDGER_MRR, self._member(segment), micro)
            sayings.gauge(LEDGER_ACCOUNTS, self._member(segment), 1)
        for movement in ledger.movements:
            for segment in movement.before.keys() | movement.after.keys():
                before, after = movement.before.get(segment, 0), movement.after.get(segment, 0)
                sayings.gauge(LEDGER_MRR, self._member(segment), after - before)
                sayings.gauge(LEDGER_ACCOUNTS, self._member(segment), (after > 0) - (before > 0))
        for change in ledger.rate_changes:
            for segment, micro in change.change.items():
                sayings.gauge(LEDGER_MRR, self._member(segment), micro)

    def _say_now(self, standing: Standing, sayings: Sayings) -> None:
        """Say the gauges: what holds just before `as_of`."""
        at = standing.as_of - 1
        worth = self._books.value(standing.ledger.position, at)
        for segment, micro in worth.items():
            sayings.gauge(MRR, self._member(segment), micro)
            sayings.gauge(PAYING_ACCOUNTS, self._member(segment), 1)
        for holding in standing.ledger.position:
            self._say_unrated(MRR, holding, at, sayings)
            end = holding.state.end
            if end is not None:
                self._say_worth(SCHEDULED_CHURN_MRR, holding, at, sayings)
                for name, notice in NOTICES.items():
                    if end < standing.as_of + notice:
                        self._say_worth(Counter(name), holding, at, sayings)
            if any(item.usage == "metered" for item in holding.state.items):
                for segment in (ALL, *holding.segments):
                    sayings.gauge(METERED_SUBSCRIPTIONS, self._member(segment), 1)
        self._say_others(standing, worth, at, sayings)

    def _say_others(self, standing: Standing, worth: Parts, at: int, sayings: Sayings) -> None:
        """Say what the subscriptions that are in trial, past due or free are."""
        free: set[int] = set()
        trials: dict[int, int] = {}
        """When (µs) the first of the account's trials in a segment ends."""
        for timeline in standing.timelines.values():
            state = timeline.at(at)
            if state is None or (state.end is not None and at >= state.end):
                continue
            holding = standing.holding(state, at)
            segments = (ALL, *holding.segments)
            if timeline.in_trial(at) is not None:
                ends = _NEVER if state.trial_end is None else state.trial_end
                trials |= {segment: min(ends, trials.get(segment, _NEVER)) for segment in segments}
                self._say_worth(TRIAL_MRR, holding, at, sayings)
            elif state.status == "active":
                free.update(segments)
            elif state.status == "past_due":
                self._say_worth(PAST_DUE_MRR, holding, at, sayings)
        for counter, segments_of in ((FREE_ACCOUNTS, free), (TRIAL_ACCOUNTS, trials)):
            for segment in segments_of:
                if not worth.get(segment):
                    sayings.gauge(counter, self._member(segment), 1)
        for segment, ends in trials.items():
            if not worth.get(segment) and ends < standing.as_of + TRIAL_NOTICE:
                sayings.gauge(TRIALS_ENDING, self._member(segment), 1)

    def _say_worth(self, counter: Counter, holding: Holding, at: int, sayings: Sayings) -> None:
        for segment, micro in self._books.value([holding], at).items():
            sayings.gauge(counter, self._member(segment), micro)
        self._say_unrated(counter, holding, at, sayings)

    def _say_unrated(self, counter: Counter, holding: Holding, at: int, sayings: Sayings) -> None:
        """Say which currencies a missing rate keeps out of a gauge."""
        for currency in holding.native:
            if self._rates.rate(currency, at) is None:
                for segment in (ALL, *holding.segments):
                    sayings.gauge(Counter(f"{counter.name}_unrated"), self._member(segment), 1, currency)

    def _member(self, segment: int) -> int:
        return self._segments.membership((segment,))
