"""Sayings: all that an entity says at one `as_of`, so that what it said before can be taken back.

For entities whose rows change rarely: they say everything anew, and only the difference reaches the panes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, cast

from stream.engine.counters import Counter
from stream.engine.panes import Panes

_DATED, _MOVING, _PERIOD, _GAUGE = range(4)
Saying = dict[tuple[int, object, int], int]
"""(How it is dated, when, cell) → integer."""


class Sayings:
    """Collects what one entity says, for a partition's panes."""

    def __init__(self, panes: Panes) -> None:
        self._panes: Final = panes
        self._said: defaultdict[tuple[int, object, int], int] = defaultdict(int)

    def dated(self, counter: Counter, second: int, member: int, count: int, label: object = None) -> None:
        """Say that something counts at a second, in rolling and calendar windows."""
        self._put(_DATED, counter, second, member, count, label)

    def moving(self, counter: Counter, second: int, member: int, count: int, label: object = None) -> None:
        """Say that something counts at a second, in rolling windows only."""
        self._put(_MOVING, counter, second, member, count, label)

    def period(self, counter: Counter, grain: str, ordinal: int, member: int, count: int, label: object = None) -> None:
        """Say that something counts in a local day, week or month."""
        self._put(_PERIOD, counter, (grain, ordinal), member, count, label)

    def gauge(self, counter: Counter, member: int, count: int, label: object = None) -> None:
        """Say that something holds now."""
        self._put(_GAUGE, counter, None, member, count, label)

    def take(self) -> Saying:
        """Return what was said since the last call."""
        said = dict(self._said)
        self._said.clear()
        return said

    def change(self, before: Saying, after: Saying) -> None:
        """Write the difference between two sayings of an entity to the panes."""
        for key in before.keys() | after.keys():
            difference = after.get(key, 0) - before.get(key, 0)
            if difference:
                self._write(*key, difference)

    def _put(self, how: int, counter: Counter, when: object, member: int, count: int, label: object) -> None:
        if count:
            cell = self._panes.cells.number(counter, member, label)
            self._said[how, when if how in (_PERIOD, _GAUGE) else (counter.rolling, when), cell] += count

    def _write(self, how: int, when: object, cell: int, count: int) -> None:
        if how == _GAUGE:
            self._panes.period_facts.gauges[cell] += count
        elif how == _PERIOD:
            self._panes.period_facts.periods[cast("tuple[str, int]", when)][cell] += count
        else:
            rolling, second = cast("tuple[tuple[str, ...], int]", when)
            facts = self._panes.facts_for(rolling)
            (facts.dated if how == _DATED else facts.moving)[second][cell] += count
