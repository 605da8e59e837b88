"""What a person says: one row, or a user's row with those of the anonymous ids that are linked to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stream.engine.calendar import Periods
from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.tables import declare
from stream.engine.trackers.links import PersonKey
from stream.engine.trackers.marks import Activity, ActivityFacts, Mark, copied
from stream.engine.trackers.sessions import Said, Session, SessionFacts
from stream.engine.trackers.uses import LastUse, UseFacts, latest
from stream.engine.windows import R

ACTIVE_USERS: Final = Counter("active_users", R)
NEW_USERS: Final = Counter("new_users", R)


class Person(Activity, array_like=True, gc=False):
    """One raw id: its activity, the sessions that can still change, its last use of each feature."""

    sessions: list[Session] = []
    uses: dict[str, LastUse] = {}
    touched: bool = False
    """Whether what it said is kept since the last settlement."""


TABLE: Final = declare("people", PersonKey, Person)


class Saying(NamedTuple):
    """What a person says at one `as_of`, uses apart."""

    first: int
    marks: list[Mark]
    sessions: list[Said]


def merged_marks(rows: Sequence[Activity]) -> list[Mark]:
    """Return one mark for each combination, from the marks of several rows; the rows stay as they are."""
    merged: dict[int, Mark] = {}
    for row in rows:
        for mark in row.marks():
            there = merged.get(mark.combination)
            if there is None:
                merged[mark.combination] = copied(mark)
            else:
                _merge(there, mark)
    return list(merged.values())


def merged_use(rows: Sequence[Person], feature: str) -> LastUse | None:
    """Return the last use of a feature over several rows."""
    last: LastUse | None = None
    for row in rows:
        uses = row.uses.get(feature)
        if uses is not None:
            for use in [uses] if isinstance(uses, int) else uses:
                last = latest(last, use)
    return last


class PersonFacts:
    """What people say to the panes."""

    def __init__(self, panes: Panes, gap: int, plans: Mapping[str, frozenset[str]]) -> None:
        self.sessions: Final = SessionFacts(panes, gap)
        self.uses: Final = UseFacts(panes, plans)
        self.activity: Final = ActivityFacts(panes, ACTIVE_USERS, NEW_USERS)
        self._segments: Final = panes.segments
        self._eligible: Final = [
            (plans[feature], ActivityFacts(panes, Counter(f"eligible_{number}", R)))
            for number, feature in enumerate(sorted(plans))
        ]

    def say(self, saying: Saying, now: Periods, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) what a person says."""
        self.say_activity(saying, now, sign)
        for said in saying.sessions:
            self.sessions.say(said, sign)

    def say_activity(self, saying: Saying, now: Periods, sign: int) -> None:
        """Say or take back when a person was active."""
        if not saying.marks:
            return
        self.activity.say(saying.marks, saying.first, now, sign)
        for plans, facts in self._eligible:
            marks = [mark for mark in saying.marks if self._segments.plan_of(mark.combination) in plans]
            if marks:
                facts.say(marks, saying.first, now, sign)

    def change(self, before: Saying, row: Person, now: Periods) -> None:
        """Write the difference between when one row said that it was active and when it says so now."""
        old = before.marks[0] if len(before.marks) == 1 else None
        if (
            old is not None
            and row.others is None
            and old.days == row.days
            and old.day == row.day
            and before.first == row.first
            and not self._eligible
        ):
            if old.last != row.last:
                self.activity.move(row.combination, old.last, row.last)
        else:
            self.say_activity(before, now, -1)
            self.say_activity(Saying(row.first, row.marks(), []), now, 1)


def _merge(mark: Mark, other: Mark) -> None:
    mark.last = max(mark.last, other.last)
    for newest, bitmap in (("day", "days"), ("week", "weeks"), ("month", "months")):
        ahead = getattr(other, newest) - getattr(mark, newest)
        bits, others = getattr(mark, bitmap), getattr(other, bitmap)
        if ahead > 0:
            setattr(mark, newest, getattr(other, newest))
            setattr(mark, bitmap, bits << ahead | others)
        else:
            setattr(mark, bitmap, bits | others << -ahead)
