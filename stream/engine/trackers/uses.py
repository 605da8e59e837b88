"""Feature uses: how often a feature is used, and by how many different people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.engine.counters import Counter, LabelledCells
from stream.engine.panes import Panes
from stream.engine.segments import COMBINATION_BITS
from stream.engine.trackers.marks import latest_by_membership
from stream.engine.windows import L

USES: Final = Counter("uses", L)
ADOPTERS: Final = Counter("adopters", L)
ADOPTERS_ELIGIBLE: Final = Counter("adopters_eligible", L)
SLOT: Final = 300
"""Seconds: no window of these counters has finer panes, so uses are dated by the slot they are in."""
SHIFT: Final = COMBINATION_BITS
COMBINATION: Final = (1 << SHIFT) - 1

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
        if not (one ^ use) & COMBINATION:
            uses[index] = max(one, use)
            break
    else:
        uses.append(use)
    return uses[0] if len(uses) == 1 else uses


class UseFacts:
    """What last uses say: adopters of each feature, and those among them whose plan has it."""

    def __init__(self, panes: Panes, plans: Mapping[str, frozenset[str]]) -> None:
        self._segments: Final = panes.segments
        self.plans: Final = plans
        self.moving: Final = panes.facts_of(ADOPTERS).moving
        self.settled: Final = panes.facts_of(USES).settled
        panes.facts_of(ADOPTERS_ELIGIBLE)
        self.cells: Final = LabelledCells(panes.cells, USES, ADOPTERS)
        """By feature and membership: the cells of its uses and of its adopters."""
        self._eligible: Final = LabelledCells(panes.cells, ADOPTERS_ELIGIBLE)

    def say(self, feature: str, last: LastUse, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) that a person used a feature."""
        cells, plans = self.cells[feature], self.plans.get(feature)
        if isinstance(last, int) and plans is None:  # nearly every use
            member = self._segments.combination_members[last & COMBINATION]
            self.moving[(last >> SHIFT) * SLOT][cells[member][1]] += sign
            return
        uses = [(one & COMBINATION, (one >> SHIFT) * SLOT) for one in ([last] if isinstance(last, int) else last)]
        for member, second in latest_by_membership(uses, self._segments).items():
            self.moving[second][cells[member][1]] += sign
        if plans is not None:
            eligible = [use for use in uses if self._segments.plan_of(use[0]) in plans]
            for member, second in latest_by_membership(eligible, self._segments).items():
                self.moving[second][self._eligible[feature][member][0]] += sign
