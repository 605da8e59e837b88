"""What an account's subscriptions say: MRR and its movements, churn of the cohort, trials, scheduled ends.

*Churn of the cohort.* An account counts in `churn_rate` of a window that starts at s if it was paying at s and has a
churned movement in the window. With the spells in which it paid, `(in, out]`, a churned movement c makes it count for
every start in the spells since the churned movement before c. So each of those spells says +1 at its end and −1 at its
beginning, in rolling windows; in a local day, week or month it is known at once whether c falls into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from stream.engine.calendar import GRAINS
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

MRR: Final = Counter("mrr")
PAYING_ACCOUNTS: Final = Counter("paying_accounts")
FREE_ACCOUNTS: Final = Counter("free_accounts")
TRIAL_ACCOUNTS: Final = Counter("trial_accounts")
TRIAL_MRR: Final = Counter("trial_mrr")
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
COHORT_CHURNED: Final = Counter("cohort_churned_accounts", L)

_LONG_AGO: Final = -(1 << 62)


class MrrFacts:
    """What a standing's ledger and subscriptions say."""

    def __init__(self, panes: Panes, books: Bookkeeper, rates: Rates, policy: MrrSection) -> None:
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._books: Final = books
        self._rates: Final = rates
        self._policy: Final = policy
        self.rate_changes: Final = rates.changes
        for counter in (*MOVED.values(), *CLASSED.values(), CHURNED_INVOLUNTARY, FX, JOINED, LEFT, COHORT_CHURNED):
            panes.facts_of(counter)

    def notices(self, subscriptions: Iterable[Sequence[State]]) -> set[int]:
        """Return the instants (µs) from which an end is near enough to be announced."""
        ends = {state.end for states in subscriptions for state in states if state.end is not None}
        return {end - notice for end in ends for notice in NOTICES.values()}

    def say(self, standing: Standing, sayings: Sayings) -> None:
        """Say all of it at the standing's `as_of`."""
        for movement in standing.ledger.movements:
            self._say_movement(movement, sayings)
        for change in standing.ledger.rate_changes:
            for segment, micro in change.change.items():
                sayings.dated(FX, change.at // MICRO, self._member(segment), micro)
        before = self._books.value(self._books.position(standing.timelines, standing.row.begin - 1), standing.row.begin)
        for segment in {segment for m in standing.ledger.movements for segment in (*m.before, *m.after)}:
            self._say_spells(segment, before.get(segment, 0) > 0, standing.ledger.movements, sayings)
        self._say_now(standing, sayings)

    def _say_movement(self, movement: Movement, sayings: Sayings) -> None:
        second = movement.at // MICRO
        for segment in movement.before.keys() | movement.after.keys():
            before, after = movement.before.get(segment, 0), movement.after.get(segment, 0)
            if before == after:
                continue
            kind = movement.kind
            if kind not in CLASSED:
                kind = "expansion" if after > before else "contraction"
            member = self._member(segment)
            sayings.dated(MOVED[kind], second, member, abs(after - before))
            if kind in CLASSED:
                sayings.dated(CLASSED[kind], second, member, 1)
            if movement.involuntary:
                sayings.dated(CHURNED_INVOLUNTARY, second, member, before - after)
            sayings.dated(JOINED, second, member, int(after > 0 and not before))
            sayings.dated(LEFT, second, member, int(before > 0 and not after))

    def _say_spells(self, segment: int, paying: bool, movements: Sequence[Movement], sayings: Sayings) -> None:
        """Say for which starts of a window the account is one of the cohort that churned."""
        member = self._member(segment)
        since = _LONG_AGO
        spells: list[tuple[int, int]] = []
        for movement in movements:
            before, after = movement.before.get(segment, 0) > 0, movement.after.get(segment, 0) > 0
            if before and paying and not after:
                spells.append((since, movement.at))
            if after and not paying:
                since = movement.at
            paying = after
            if movement.kind == "churned" and before:
                for begin, end in spells:
                    self._say_spell(member, begin // MICRO, end // MICRO, movement.at // MICRO, sayings)
                spells = []

    def _say_spell(self, member: int, begin: int, end: int, churned: int, sayings: Sayings) -> None:
        sayings.moving(COHORT_CHURNED, end, member, 1)
        if begin > _LONG_AGO // MICRO:
            sayings.moving(COHORT_CHURNED, begin, member, -1)
        for grain, ordinal in zip(GRAINS, self._calendar.periods(churned), strict=True):
            if begin < self._calendar.start(grain, ordinal) <= end:
                sayings.period(COHORT_CHURNED, grain, ordinal, member, 1)

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
        trials: set[int] = set()
        for timeline in standing.timelines.values():
            state = timeline.at(at)
            if state is None or (state.end is not None and at >= state.end):
                continue
            holding = standing.holding(state, at)
            segments = (ALL, *holding.segments)
            if timeline.in_trial(at) is not None:
                trials.update(segments)
                self._say_worth(TRIAL_MRR, holding, at, sayings)
            elif state.status == "active":
                free.update(segments)
            elif state.status == "past_due":
                self._say_worth(PAST_DUE_MRR, holding, at, sayings)
        for counter, segments_of in ((FREE_ACCOUNTS, free), (TRIAL_ACCOUNTS, trials)):
            for segment in segments_of:
                if not worth.get(segment):
                    sayings.gauge(counter, self._member(segment), 1)

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
