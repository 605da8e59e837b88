"""Cohorts: what became of the accounts that paid at a window's start (catalogue part 2, sections 2.3 and 3.2).

What an account adds to these values depends, at one `as_of`, on nothing but the window's start s, and is nothing for
every start after its last movement. All values are therefore told as what is *different* from a window in which nothing
moved.

*Rolling windows.* As a function of s it is a step function: it steps where s passes a movement or a change of rates. A
step is said as a fact dated there, of what holds for starts up to it less what holds for those after it; the facts from
s on then add up to what holds for s, for every window at once.
*Calendar windows.* Of every local day, week and month with a movement in it, what the account adds is said as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from stream.engine.calendar import GRAINS
from stream.engine.counters import Counter
from stream.engine.money import Rates
from stream.engine.panes import Panes
from stream.engine.sayings import Sayings
from stream.engine.trackers.movements import Bookkeeper, Ledger, Movement, Parts
from stream.engine.units import MICRO
from stream.engine.windows import L

if TYPE_CHECKING:
    from stream.engine.trackers.billing import Standing

CHURNED: Final = Counter("cohort_churned_accounts", L)
"""Of the cohort: with a churned movement."""
LOST: Final = Counter("cohort_lost_mrr", L)
"""Churned and contraction MRR of the cohort."""
EXPANDED: Final = Counter("cohort_expansion_mrr", L)
LEFT_ANY: Final = Counter("different_churned_accounts", L)
"""Of the cohort or not: with a churned movement."""
JOINED_INSIDE: Final = Counter("joined_accounts", L)
"""Not of the cohort: with a new or reactivation movement."""
CHANGED: Final = Counter("cohort_changed_mrr", L)
"""Closing less opening MRR of the cohort, both at the rates just before the start; signed."""
SHRUNK: Final = Counter("cohort_shrunk_mrr", L)
"""The same of those whose MRR is less, positive."""
GONE: Final = Counter("cohort_gone_accounts", L)
"""Of the cohort: without MRR at the end."""

MONTHLY: Final = (CHANGED, SHRUNK, GONE)
"""Counters that, of calendar windows, months alone have."""
_COUNTERS: Final = (CHURNED, LOST, EXPANDED, LEFT_ANY, JOINED_INSIDE, *MONTHLY)

Said = dict[Counter, int]


class _Moved(Struct):
    """What movements add up to in one segment."""

    lost: int = 0
    expanded: int = 0
    churned: bool = False
    joined: bool = False

    def add(self, movement: Movement, segment: int) -> None:
        kind, change = movement.kind_in(segment), movement.change(segment)
        if kind in ("churned", "contraction"):
            self.lost -= change
        elif kind == "expansion":
            self.expanded += change
        self.churned = self.churned or kind == "churned"
        self.joined = self.joined or kind in ("new", "reactivation")

    def of_cohort(self, opening: int, closing: int) -> Said:
        """Return what an account adds that had MRR at the start, or had none."""
        said = {LEFT_ANY: int(self.churned)}
        if not opening:
            return said | {JOINED_INSIDE: int(self.joined)}
        return said | {
            CHURNED: int(self.churned),
            LOST: self.lost,
            EXPANDED: self.expanded,
            CHANGED: closing - opening,
            SHRUNK: max(0, opening - closing),
            GONE: int(not closing),
        }


class CohortFacts:
    """What a standing's ledger says of windows that look at the accounts of their start."""

    def __init__(self, panes: Panes, books: Bookkeeper, rates: Rates) -> None:
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._books: Final = books
        self._rates: Final = rates
        for counter in _COUNTERS:
            panes.facts_of(counter)

    def say(self, standing: Standing, sayings: Sayings) -> None:
        """Say all of it at the standing's `as_of`."""
        ledger = standing.ledger
        if not ledger.movements:
            return
        segments = {segment for m in ledger.movements for segment in (*m.before, *m.after)}
        self._say_rolling(ledger, segments, sayings)
        self._say_periods(ledger, segments, sayings)

    def _say_rolling(self, ledger: Ledger, segments: Iterable[int], sayings: Sayings) -> None:
        seconds = [movement.at // MICRO for movement in ledger.movements]
        rates = (at // MICRO for at in self._rates.changes)
        steps = sorted({*seconds, *(second for second in rates if seconds[0] < second < seconds[-1])})
        moved = defaultdict[int, _Moved](_Moved)
        later: dict[int, Said] = {}
        entered = len(seconds)
        for step in reversed(steps):
            while entered and seconds[entered - 1] >= step:
                entered -= 1
                for segment in segments:
                    moved[segment].add(ledger.movements[entered], segment)
            opening, closing = self._ends(ledger, entered, len(seconds), step)
            for segment in segments:
                said = moved[segment].of_cohort(opening.get(segment, 0), closing.get(segment, 0))
                after, member = later.get(segment, {}), self._member(segment)
                for counter in said.keys() | after.keys():
                    sayings.moving(counter, step, member, said.get(counter, 0) - after.get(counter, 0))
                later[segment] = said

    def _say_periods(self, ledger: Ledger, segments: Iterable[int], sayings: Sayings) -> None:
        for grain, ordinal, first, end in self._periods(ledger.movements):
            opening, closing = self._ends(ledger, first, end, self._calendar.start(grain, ordinal))
            for segment in segments:
                moved = _Moved()
                for movement in ledger.movements[first:end]:
                    moved.add(movement, segment)
                said = moved.of_cohort(opening.get(segment, 0), closing.get(segment, 0))
                for counter, count in said.items():
                    if grain == "month" or counter not in MONTHLY:
                        sayings.period(counter, grain, ordinal, self._member(segment), count)

    def _periods(self, movements: Sequence[Movement]) -> Iterator[tuple[str, int, int, int]]:
        """Yield (grain, ordinal, first, end) of the local periods with movements: those in `[first, end)`."""
        for place, grain in enumerate(GRAINS):
            found = [self._calendar.periods(movement.at // MICRO)[place] for movement in movements]
            first = 0
            for index, ordinal in enumerate(found):
                if index + 1 == len(found) or found[index + 1] != ordinal:
                    yield grain, ordinal, first, index + 1
                    first = index + 1

    def _ends(self, ledger: Ledger, first: int, end: int, start: int) -> tuple[Parts, Parts]:
        """Return what is there before the first movement and after the last, at the rates just before a start (s)."""
        at = start * MICRO - 1
        return self._books.value(ledger.positions[first], at), self._books.value(ledger.positions[end], at)

    def _member(self, segment: int) -> int:
        return self._segments.membership((segment,))
