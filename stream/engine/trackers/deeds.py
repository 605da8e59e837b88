"""Deeds: what people are counted for apart from being active, such as a failure that they met, or a download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.engine.calendar import Periods
from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.tables import Rows, declare
from stream.engine.trackers.joint import Joint, JointKey
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.trackers.marks import Activity, ActivityFacts, Mark
from stream.engine.trackers.persons import merged_marks
from stream.engine.windows import L, R

AFFECTED_USERS: Final = Counter("affected_users", R)
DOWNLOADERS: Final = Counter("downloaders", L)
FAILURE: Final = "failure"
DOWNLOAD: Final = "download"

TABLE: Final = declare("deeds", JointKey, Activity)


class Deeds(Joint[Activity, list[Mark]]):
    """The deeds of the people of one partition."""

    def __init__(self, panes: Panes, links: Links, rows: Rows[JointKey, Activity]) -> None:
        super().__init__(links, rows)
        self._calendar: Final = panes.calendar
        self._facts: Final = {
            FAILURE: ActivityFacts(panes, AFFECTED_USERS),
            DOWNLOAD: ActivityFacts(panes, DOWNLOADERS),
        }
        self._now = self._calendar.periods(0)

    def do(self, key: PersonKey, name: str, combination: int, second: int, periods: Periods) -> None:
        """Let a raw id do something."""
        row = self.touch(key, name)
        if row is None:
            day, week, month = periods
            row = Activity(combination, second, day, 1, week, 1, month, 1, second)
        else:
            row.see(combination, second, periods)
        self.put(key, name, row)

    def settle_by(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds)."""
        self._now = self._calendar.periods(as_of)
        self.settle()
        self.tidy(as_of)

    def restore_by(self, as_of: int) -> None:
        """Say everything that the rows say, as of `as_of` (seconds)."""
        self._now = self._calendar.periods(as_of)
        self.restore()

    def last(self, row: Activity) -> int:
        """Return the last second in which a raw id did it."""
        return max(mark.last for mark in row.marks())

    def said(self, name: str, rows: Sequence[Activity]) -> list[Mark]:  # noqa: ARG002 - all are alike
        """Return the marks of a person."""
        return merged_marks(rows)

    def say(self, name: str, said: list[Mark], sign: int) -> None:
        """Say (sign 1) or take back (sign −1) when a person did something."""
        if said:
            self._facts[name].say(said, 0, self._now, sign)
