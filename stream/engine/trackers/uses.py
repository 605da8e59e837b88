"""Feature uses: how often a feature is used, and by how many different people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.engine.counters import Counter, LabelledCells
from stream.engine.panes import Panes
from stream.engine.trackers.marks import latest_by_membership
from stream.engine.windows import L

USES: Final = Counter("uses", L)
ADOPTERS: Final = Counter("adopters", L)
ADOPTERS_ELIGIBLE: Final = Counter("adopters_eligible", L)
FEATURES_KEPT: Final = 1_000
"""Names of features that a partition keeps; what comes after them is counted in none."""

SLOT: Final = 300
"""Seconds: no window of these counters has finer panes, so uses are dated by the slot they are in."""
SHIFT: Final = 20
_COMBINATION: Final = (1 << SHIFT) - 1

LastUse = int | list[int]
"""The slot in which a person last used a feature, and the combination, packed; a list if under several."""


def packed(second: int, combination: int) -> int:
    """Return a use as it is kept."""
    return second // SLOT << SHIFT | combination


def latest(last: LastUse | None, use: int) -> LastUse:
    """Return the last use after one more.

    >>> latest(latest(None, packed(600, 3)), packed(400, 3)) == packed(600, 3)
    True
    """
    if last is None:
        return use
    uses = [last] if isinstance(last, int) else list(last)
    for index, one in enumerate(uses):
        if not (one ^ use) & _COMBINATION:
            uses[index] = max(one, use)
            break
    else:
        uses.append(use)
    return uses[0] if len(uses) == 1 else uses


class UseFacts:
    """What last uses say: adopters of each feature, and those among them whose plan has it."""

    def __init__(self, panes: Panes, plans: Mapping[str, frozenset[str]]) -> None:
        self._segments: Final = panes.segments
        self._plans: Final = plans
        self._moving: Final = panes.facts_of(ADOPTERS).moving
        self._settled: Final = panes.facts_of(USES).settled
        panes.facts_of(ADOPTERS_ELIGIBLE)
        self._uses: Final = LabelledCells(panes.cells, USES)
        self._adopters: Final = LabelledCells(panes.cells, ADOPTERS)
        self._eligible: Final = LabelledCells(panes.cells, ADOPTERS_ELIGIBLE)

    def count(self, feature: str, member: int, second: int) -> None:
        """Count a use of a feature."""
        self._settled[second // SLOT * SLOT][self._uses.number(feature, member)] += 1

    def move(self, feature: str, before: int | None, after: int) -> bool:
        """Say that the last use under a combination, the only one, is another; False if that is not all there is to say."""
        if feature in self._plans:
            return False
        cell = self._adopters.number(feature, self._segments.combination_members[after & _COMBINATION])
        if before is not None:
            self._moving[(before >> SHIFT) * SLOT][cell] -= 1
        self._moving[(after >> SHIFT) * SLOT][cell] += 1
        return True

    def say(self, feature: str, last: LastUse, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) that a person used a feature."""
        uses = [(one & _COMBINATION, (one >> SHIFT) * SLOT) for one in ([last] if isinstance(last, int) else last)]
        self._say(self._adopters, feature, uses, sign)
        plans = self._plans.get(feature)
        if plans is not None:
            eligible = [use for use in uses if self._segments.plan_of(use[0]) in plans]
            self._say(self._eligible, feature, eligible, sign)

    def _say(self, cells: LabelledCells, feature: str, uses: list[tuple[int, int]], sign: int) -> None:
        for member, second in latest_by_membership(uses, self._segments).items():
            self._moving[second][cells.number(feature, member)] += sign
