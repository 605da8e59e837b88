"""History: when the first usage event ever was, so that nothing is compared with a time before it."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Final

from stream.engine import counters
from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.segments import ALL
from stream.engine.tables import Rows, declare
from stream.engine.waiting import Applied

TABLE: Final = declare("firsts", str, int)
"""Family → the time of its first event (µs)."""
FIRST_USAGE: Final = Counter(counters.FIRST_USAGE)
_USAGE: Final = "usage"
_time: Final = itemgetter(0)


class History:
    """The first usage event of one partition."""

    def __init__(self, panes: Panes, rows: Rows[str, int]) -> None:
        self._rows: Final = rows
        self._first: int | None = rows.get(_USAGE)
        self._gauges: Final = panes.period_facts.gauges
        self._cell: Final = panes.cells.number(FIRST_USAGE, panes.segments.membership((ALL,)))

    def note(self, events: Iterable[Applied]) -> None:
        """Take note of usage events that count."""
        first = min(map(_time, events), default=None)
        if first is not None and (self._first is None or first < self._first):
            self._gauges[self._cell] += first - (self._first or 0)
            self._first = self._rows[_USAGE] = first

    def restore(self) -> None:
        """Say what the row says."""
        self._gauges[self._cell] += self._first or 0
