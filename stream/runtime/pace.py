"""Which partitions stand still while others go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.engine.partition import Tick


class Pace:
    """Watches how far the partitions come.

    Args:
        stalled: seconds after which one that is behind and does not move stands still.
    """

    def __init__(self, stalled: float) -> None:
        self._stalled: Final = stalled
        self._moved: dict[int, tuple[int, float]] = {}

    def standing(self, ticks: Mapping[int, Tick | None], at: float) -> set[int]:
        """Return the partitions that stand still.

        Args:
            ticks: the newest tick of each partition.
            at: seconds of a clock that never goes back.
        """
        reached = {number: 0 if tick is None else tick.as_of for number, tick in ticks.items()}
        furthest = max(reached.values(), default=0)
        found = set()
        for number, as_of in reached.items():
            before, since = self._moved.get(number, (-1, at))
            if as_of != before or as_of == furthest:
                self._moved[number] = as_of, at
            elif at - since > self._stalled:
                found.add(number)
        return found
