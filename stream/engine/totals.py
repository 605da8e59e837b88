"""Window totals: what every counter adds up to, by segment and window, at one `as_of`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from stream.engine.counters import Cells
from stream.engine.segments import ALL, ALL_NAME

Total = dict[str, int]
"""The counters of one segment and window by key (`sessions`, `uses:export`); what is 0 is not there."""


class Totals:
    """The totals of one partition, and which of them changed since they were last taken.

    `all` is brought up to date by every flush. The other segments are taken less often; until then what changed waits
    by cell, where most of it cancels out.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells: Final = cells
        self._totals: dict[int, dict[str, Total]] = {ALL: {}}
        self._changed: set[tuple[int, str]] = set()
        self._waiting: dict[str, defaultdict[int, int]] = {}

    def add(self, changes: Mapping[str, Mapping[int, int]]) -> None:
        """Add what flushed facts change."""
        keys, owners = self._cells.keys, self._cells.owners
        for window, change in changes.items():
            waiting = self._waiting.get(window)
            if waiting is None:
                waiting = self._waiting[window] = defaultdict(int)
            total = self._totals[ALL].setdefault(window, {})
            changed = False
            for cell, count in change.items():
                if not count:
                    continue
                waiting[cell] += count
                if owners[cell][0] != ALL:
                    continue
                changed = True
                key = keys[cell]
                now = total.get(key, 0) + count
                if now:
                    total[key] = now
                else:
                    del total[key]
            if changed:
                self._changed.add((ALL, window))

    def of(self, segment: int, window: str) -> Mapping[str, int]:
        """Return the total of a segment and window as it is now."""
        if segment != ALL:
            self._spread()
        return self._totals.get(segment, {}).get(window, {})

    def by_window(self, segment: str) -> Mapping[str, Total]:
        """Return the totals of a segment, by its name, as they are now."""
        if segment == ALL_NAME:
            return self._totals[ALL]
        self._spread()
        number = self._cells.segments.number(segment)
        return {} if number is None else self._totals.get(number, {})

    def take_changed(self, *, every_segment: bool) -> Iterator[tuple[int, str, Total]]:
        """Yield the totals that changed since they were last taken, of `all` or of every segment."""
        if every_segment:
            self._spread()
        due = sorted(item for item in self._changed if every_segment or item[0] == ALL)
        self._changed.difference_update(due)
        for segment, window in due:
            yield segment, window, self._totals[segment][window]

    def changed(self) -> bool:
        """Say whether any total changed since it was last taken."""
        return bool(self._changed) or any(self._waiting.values())

    def _spread(self) -> None:
        """Bring the segments other than `all` up to date."""
        keys, owners, totals = self._cells.keys, self._cells.owners, self._totals
        for window, waiting in self._waiting.items():
            for cell, count in waiting.items():
                if not count:
                    continue
                key = keys[cell]
                for segment in owners[cell]:
                    if segment == ALL:
                        continue
                    windows = totals.get(segment)
                    if windows is None:
                        windows = totals[segment] = {}
                    total = windows.get(window)
                    if total is None:
                        total = windows[window] = {}
                    now = total.get(key, 0) + count
                    if now:
                        total[key] = now
                    else:
                        del total[key]
                    self._changed.add((segment, window))
            waiting.clear()
