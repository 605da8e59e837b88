"""Trials, as billing tells of them: which accounts that tried went on to pay (catalogue part 2, section 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.sayings import Sayings
from stream.engine.segments import ALL
from stream.engine.trackers.movements import Bookkeeper
from stream.engine.trackers.subscriptions import State
from stream.engine.units import MICRO
from stream.engine.windows import L

if TYPE_CHECKING:
    from stream.engine.trackers.billing import Standing

TRIALS: Final = Counter("billing_trials", L)
CONVERTED: Final = Counter("billing_trials_converted", L)


class TrialFacts:
    """What a standing's account says of its first trial, dated at its beginning."""

    def __init__(self, panes: Panes, books: Bookkeeper) -> None:
        self._segments: Final = panes.segments
        self._books: Final = books
        panes.facts_of(TRIALS)
        panes.facts_of(CONVERTED)

    def say(self, standing: Standing, sayings: Sayings) -> None:
        """Say all of it at the standing's `as_of`."""
        trials = [s for timeline in standing.timelines.values() for s in timeline.states if s.status == "trialing"]
        if not trials or standing.row.tried:
            return
        first = min(trials, key=State.order)
        converted = self._converted(standing, first.at)
        for segment in (ALL, *standing.holding(first, first.at).segments):
            member = self._segments.membership((segment,))
            sayings.dated(TRIALS, first.at // MICRO, member, 1)
            sayings.dated(CONVERTED, first.at // MICRO, member, int(converted))

    def _converted(self, standing: Standing, since: int) -> bool:
        """Say whether the account had MRR at any instant after one."""
        timelines = standing.timelines
        changes = {i for timeline in timelines.values() for i in timeline.instants()}
        instants = [since + 1, *(instant for instant in changes if instant > since)]
        return any(
            self._books.value(self._books.position(timelines, instant), instant)
            for instant in instants
            if instant < standing.as_of
        )
