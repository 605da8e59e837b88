"""Habits: on how many of a window's days people were active.

A person is told in the cell of their number of active days, one cell a window. Activity on a day that had none moves
them one further. When a day enters or leaves a window, everybody who was active there moves, whether or not they did
anything: then all are looked at, once a local midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from stream.engine.counters import Counter, LabelledCells
from stream.engine.panes import Panes
from stream.engine.trackers.marks import Mark
from stream.engine.trackers.spans import DaySpan, spans

ACTIVE_DAYS: Final = Counter("active_days")
"""By window and number of days: `7d.3`."""


class HabitFacts:
    """What marks say of active days."""

    def __init__(self, panes: Panes) -> None:
        self._calendar: Final = panes.calendar
        self._segments: Final = panes.segments
        self._gauges: Final = panes.period_facts.habits
        self._cells: Final = LabelledCells(panes.cells, ACTIVE_DAYS)
        self._spans: Mapping[str, DaySpan] = {}

    def start(self, as_of: int) -> None:
        """Let windows mean the days that they mean at `as_of`, before anything is said."""
        self._spans = spans(self._calendar, as_of)

    def turn(self, as_of: int, everybody: Iterable[Sequence[Mark]]) -> None:
        """Let windows mean the days that they mean at `as_of`; move everybody, by the marks that they have said."""
        before, now = self._spans, spans(self._calendar, as_of)
        turned = [name for name, span in now.items() if before.get(name) != span]
        if not turned:
            return
        self._spans = now
        for marks in everybody:
            for name in turned:
                span = before.get(name)
                if span is None:
                    self._say(marks, name, now[name], 1)
                elif len(marks) != 1 or _active(marks[0], span) != _active(marks[0], now[name]):
                    self._say(marks, name, span, -1)
                    self._say(marks, name, now[name], 1)

    def say(self, marks: Sequence[Mark], sign: int) -> None:
        """Say (sign 1) or take back (sign −1) on how many days one person was active."""
        for name, span in self._spans.items():
            self._say(marks, name, span, sign)

    def _say(self, marks: Sequence[Mark], name: str, span: DaySpan, sign: int) -> None:
        members = self._segments.combination_members
        if len(marks) == 1:
            days = _active(marks[0], span).bit_count()
            if days:
                self._gauges[self._cells[f"{name}.{days}"][members[marks[0].combination]][0]] += sign
            return
        by_segment: dict[int, int] = {}
        for mark in marks:
            active = _active(mark, span)
            if active:
                for segment in self._segments.members[members[mark.combination]]:
                    by_segment[segment] = by_segment.get(segment, 0) | active
        by_days: dict[int, list[int]] = {}
        for segment, active in by_segment.items():
            by_days.setdefault(active.bit_count(), []).append(segment)
        for days, segments in by_days.items():
            self._gauges[self._cells[f"{name}.{days}"][self._segments.membership(segments)][0]] += sign


def _active(mark: Mark, span: DaySpan) -> int:
    """Return the days of a span with activity, as bits."""
    if span.days <= 0:
        return 0
    ahead = mark.day - (span.first + span.days - 1)
    bitmap = mark.days >> ahead if ahead >= 0 else mark.days << -ahead
    return bitmap & ((1 << span.days) - 1)
