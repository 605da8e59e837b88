"""Renewals: which paid periods ended, and whether the next one was begun (catalogue part 2, section 3.3).

A state that counts with MRR makes its subscription due at the end of its period P. The case says nothing before P has
passed; then all its facts are dated P, so that a renewal made early or late belongs to the day on which it was due. The
cases of one account on one local date are one, except where they are weighted by their MRR.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from stream.engine.counters import Counter
from stream.engine.definitions import MrrSection
from stream.engine.panes import Panes
from stream.engine.sayings import Sayings
from stream.engine.segments import ALL
from stream.engine.trackers.movements import Bookkeeper, Holding, Parts
from stream.engine.trackers.subscriptions import State, Timeline
from stream.engine.units import MICRO
from stream.engine.windows import L

if TYPE_CHECKING:
    from stream.engine.trackers.billing import Standing

DUE, RENEWED, PENDING = range(3)
CASES: Final = {
    DUE: Counter("renewals_due", L),
    RENEWED: Counter("renewals_renewed", L),
    PENDING: Counter("renewals_pending", L),
}
WORTH: Final = {
    DUE: Counter("renewal_mrr_due", L),
    RENEWED: Counter("renewal_mrr_renewed", L),
    PENDING: Counter("renewal_mrr_pending", L),
}


class Folded(Struct, array_like=True, gc=False):
    """What the forgotten states of a subscription say of its renewals; instants in µs."""

    due: dict[int, bool] = {}
    """By the end of a period that they named: whether it was renewed by then."""
    ended: int | None = None
    """When the subscription ended, if that is forgotten; then the last state before that, and whether it counted."""
    last: State | None = None
    counted: bool = False


class Case(NamedTuple):
    """A subscription that was due at `due` (µs): renewed, pending or (`DUE` alone) not renewed."""

    due: int
    outcome: int
    before: Holding
    at: int
    """The instant (µs) that `before` is of: just before it was due, or before it ended."""


class Periods:
    """The paid periods of one subscription, from the states that are kept and what the others left behind."""

    def __init__(self, timeline: Timeline, folded: Folded | None, pays: Callable[[State, int], bool]) -> None:
        self._timeline: Final = timeline
        self._folded: Final = folded or Folded({})
        self._naming: Final = [
            index
            for index, state in enumerate(timeline.states)
            if state.current_period_end is not None
            and state.at < state.current_period_end
            and timeline.counted(state.at) is state
            and pays(state, state.at)
        ]

    def instants(self) -> set[int]:
        """Return the ends of periods (µs) that are, or were, to be renewed."""
        states = self._timeline.states
        return {*self._folded.due, *(end for i in self._naming if (end := states[i].current_period_end) is not None)}

    def standing(self, until: int | None = None) -> dict[int, int]:
        """Return the periods' ends that no later state withdrew, with the last state that names each; −1: forgotten.

        With `until`, the states from that one on are not looked at.
        """
        states = self._timeline.states
        naming = [index for index in self._naming if until is None or index < until]
        named = dict.fromkeys(self._folded.due, -1)
        for index in naming:
            named[states[index].current_period_end or 0] = index
        return {
            due: last
            for due, last in named.items()
            if not any(
                index > last and states[index].at < due and (states[index].current_period_end or 0) < due
                for index in naming
            )
        }

    def renewed(self, due: int, last: int, grace: int, until: int | None = None) -> bool:
        """Say whether an active state with a later end followed the last one that named a period's end, in time."""
        if last < 0 and self._folded.due.get(due):
            return True
        return any(
            state.status == "active"
            and state.current_period_end is not None
            and state.current_period_end > due
            and state.at <= due + grace
            and self._timeline.at(state.at) is state
            for state in self._timeline.states[last + 1 : until]
        )

    def ended(self, instant: int) -> int | None:
        """Return since when (µs) the subscription has ended, as of an instant; None if it has not."""
        states = self._timeline.states
        index = sum(state.at <= instant for state in states) - 1
        since = None if index < 0 else _ended(states[index], instant)
        while since is not None and index > 0 and since == states[index].at:
            index -= 1
            if states[index].at == since:
                continue
            earlier = _ended(states[index], since - 1)
            if earlier is None:
                return since
            since = earlier
        if since is not None and self._folded.ended is not None and since == states[0].at:
            return self._folded.ended
        return since

    def before(self, instant: int) -> tuple[State | None, bool, int]:
        """Return the state in force just before an instant, or before the end that came earlier; whether it counts."""
        ended = self.ended(instant - 1)
        at = instant - 1 if ended is None else ended - 1
        if ended is not None and ended == self._folded.ended:
            return self._folded.last, self._folded.counted, at
        return self._timeline.at(at), self._timeline.counted(at) is not None, at

    def fold(self, kept: int, begin: int, grace: int) -> Folded:
        """Return what the states before the `kept`th say, of periods that end at `begin` (µs) or later."""
        states = self._timeline.states
        standing = self.standing(until=kept)
        folded = Folded({due: self.renewed(due, last, grace, kept) for due, last in standing.items() if due >= begin})
        ended = self.ended(states[kept].at)
        if ended is not None and ended <= states[kept].at:
            folded.ended = ended
            folded.last, folded.counted, _ = self.before(states[kept].at + 1)
        return folded


class RenewalFacts:
    """What a standing's subscriptions say of their renewals."""

    def __init__(self, panes: Panes, books: Bookkeeper, policy: MrrSection) -> None:
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._books: Final = books
        self.grace: Final = policy.renewal_grace * MICRO
        for counter in (*CASES.values(), *WORTH.values()):
            panes.facts_of(counter)

    def periods(self, standing: Standing, name: str) -> Periods:
        """Return the paid periods of a subscription."""

        def pays(state: State, at: int) -> bool:
            return bool(self._books.value([standing.holding(state, at)], at))

        return Periods(standing.timelines[name], standing.row.folded.get(name), pays)

    def instants(self, standing: Standing) -> set[int]:
        """Return the instants (µs) at which something becomes due, or its grace ends."""
        found = {instant for name in standing.timelines for instant in self.periods(standing, name).instants()}
        return found | {instant + self.grace for instant in found}

    def say(self, standing: Standing, sayings: Sayings) -> None:
        """Say all of it at the standing's `as_of`."""
        groups: dict[tuple[int, int], tuple[int, list[int]]] = {}
        for name in standing.timelines:
            for case in self._cases(standing, name):
                second = case.due // MICRO
                for segment in (ALL, *case.before.segments):
                    group = (segment, self._calendar.periods(second).day)
                    earliest, outcomes = groups.get(group, (second, []))
                    groups[group] = (min(earliest, second), [*outcomes, case.outcome])
                self._say(sayings, WORTH, second, self._books.value([case.before], case.at), case.outcome)
        for (segment, _), (second, outcomes) in groups.items():
            outcome = next((one for one in (RENEWED, PENDING) if one in outcomes), DUE)
            self._say(sayings, CASES, second, {segment: 1}, outcome)

    def _say(self, sayings: Sayings, counters: Mapping[int, Counter], second: int, counts: Parts, outcome: int) -> None:
        for segment, count in counts.items():
            member = self._segments.membership((segment,))
            for which in {DUE, outcome}:
                sayings.dated(counters[which], second, member, count)

    def _cases(self, standing: Standing, name: str) -> Iterator[Case]:
        periods = self.periods(standing, name)
        for due, last in periods.standing().items():
            if not standing.row.begin <= due < standing.as_of:
                continue
            if periods.renewed(due, last, self.grace):
                outcome = RENEWED
            elif periods.ended(due) is not None or due + self.grace < standing.as_of:
                outcome = DUE
            else:
                outcome = PENDING
            state, counted, at = periods.before(due)
            if state is None:
                continue
            before = standing.holding(state, at)
            yield Case(due, outcome, before if counted else before._replace(native={}), at)


def _ended(state: State, instant: int) -> int | None:
    """Return since when a state that is in force at an instant means that the subscription has ended."""
    if state.status == "unpaid":
        return state.at
    return state.end if state.end is not None and instant >= state.end else None
