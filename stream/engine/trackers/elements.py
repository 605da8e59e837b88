"""Elements: who was shown what, and who clicked on it.

A pair is a person and an element. It says one fact at its last impression, and one at the earlier of its last
impression and its last click: both lie in a window exactly if the latter does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.tables import Rows, declare
from stream.engine.trackers.joint import Joint, JointKey
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.windows import H

PAIRS_SHOWN: Final = Counter("pairs_shown", H)
PAIRS_CLICKED: Final = Counter("pairs_clicked", H)


class Pair(Struct, array_like=True, gc=False):
    """The last impressions and clicks of one raw id on one element: seconds by combination."""

    shown: dict[int, int] = {}
    clicked: dict[int, int] = {}


TABLE: Final = declare("pairs", JointKey, Pair)

BySegment = dict[int, int]


class Elements(Joint[Pair, tuple[BySegment, BySegment]]):
    """The pairs of one partition."""

    def __init__(self, panes: Panes, links: Links, rows: Rows[JointKey, Pair]) -> None:
        super().__init__(links, rows)
        self._segments: Final = panes.segments
        self._dating: Final = panes.dating
        self._moving: Final = panes.facts_of(PAIRS_SHOWN).moving
        panes.facts_of(PAIRS_CLICKED)
        self._cells: Final = CellsOf(panes.cells, PAIRS_SHOWN, PAIRS_CLICKED)

    def see(self, key: PersonKey, element: str, combination: int, second: int, *, click: bool) -> None:
        """Let a raw id be shown an element, or click on it."""
        pair = self.touch(key, element) or Pair()
        lasts = pair.clicked if click else pair.shown
        lasts[combination] = max(lasts.get(combination, second), second)
        self.put(key, element, pair)

    def last(self, row: Pair) -> int:
        """Return the last second of an impression or a click."""
        return max((*row.shown.values(), *row.clicked.values()))

    def said(self, name: str, rows: Sequence[Pair]) -> tuple[BySegment, BySegment]:  # noqa: ARG002 - all are alike
        """Return the last impression, and the earlier of last impression and last click, by segment."""
        shown = self._by_segment([row.shown for row in rows])
        clicked = self._by_segment([row.clicked for row in rows])
        return shown, {segment: min(shown[segment], last) for segment, last in clicked.items() if segment in shown}

    def say(self, name: str, said: tuple[BySegment, BySegment], sign: int) -> None:  # noqa: ARG002 - all are alike
        """Say (sign 1) or take back (sign −1) what a pair says."""
        for place, lasts in enumerate(said):
            by_second: dict[int, list[int]] = {}
            for segment, second in lasts.items():
                by_second.setdefault(second, []).append(segment)
            for second, segments in by_second.items():
                member = self._segments.membership(segments)
                self._moving[self._dating.of(second)][self._cells[member][place]] += sign

    def _by_segment(self, lasts: Sequence[Mapping[int, int]]) -> BySegment:
        found: BySegment = {}
        for by_combination in lasts:
            for combination, second in by_combination.items():
                for segment in self._segments.members[self._segments.combination_members[combination]]:
                    found[segment] = max(found.get(segment, second), second)
        return found
