"""What a person says: one row, or a user's row with those of the anonymous ids that are linked to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from stream.engine.calendar import Periods
from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.tables import declare
from stream.engine.trackers.habits import HabitFacts
from stream.engine.trackers.lifecycle import LifecycleFacts
from stream.engine.trackers.links import PersonKey
from stream.engine.trackers.marks import Activity, ActivityFacts, Mark, copied
from stream.engine.trackers.pages import PageFacts
from stream.engine.trackers.presence import PresenceFacts
from stream.engine.trackers.sessions import Said, Session, SessionFacts
from stream.engine.trackers.uses import LastUse, UseFacts, latest
from stream.engine.windows import RP, R

ACTIVE_USERS: Final = Counter("active_users", R)
NEW_USERS: Final = Counter("new_users", RP)


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


def merged_uses(rows: Sequence[Person]) -> dict[str, LastUse]:
    """Return the last use of every feature over several rows."""
    features = {feature for row in rows for feature in row.uses}
    return {feature: last for feature in features if (last := merged_use(rows, feature)) is not None}


class PersonFacts:
    """What people say to the panes."""

    def __init__(self, panes: Panes, gap: int, plans: Mapping[str, frozenset[str]], pages: PageFacts) -> None:
        self.sessions: Final = SessionFacts(panes, gap, pages)
        self.uses: Final = UseFacts(panes, plans)
        self.activity: Final = ActivityFacts(panes, ACTIVE_USERS, NEW_USERS)
        self.presence: Final = PresenceFacts(panes)
        self._life: Final = LifecycleFacts(panes)
        self._habits: Final = HabitFacts(panes)
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._eligible: Final = [
            (plans[feature], ActivityFacts(panes, Counter(f"eligible_{number}", R)))
            for number, feature in enumerate(sorted(plans))
        ]

    def start(self, as_of: int) -> None:
        """Begin at `as_of`, before anything is said."""
        self._habits.start(as_of)

    def turn(self, as_of: int, now: Periods, everybody: Iterable[Sequence[Mark]]) -> None:
        """Let days turn; `everybody` are the marks of all, as they were said last."""
        self._life.cohorts.turn(now)
        self._habits.turn(as_of, everybody)

    def say(self, saying: Saying, now: Periods, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) what a person says."""
        self.say_activity(saying, now, sign)
        for said in saying.sessions:
            self.sessions.say(said, sign)

    def say_activity(self, saying: Saying, now: Periods, sign: int) -> None:
        """Say or take back when a person was active."""
        if saying.marks:
            self._say_instants(saying.marks, saying.first, sign)
            self._say_periods(saying.marks, saying.first, now, sign)

    def say_everybody(self, rows: Iterable[Person], now: Periods) -> None:
        """Say when people were active, each of them in one row.

        Whoever was active in the same periods says the same of them: it is said once for all, which matters where
        there are many people, of whom most are rarely active.
        """
        alike: dict[tuple[Any, ...], list[Person]] = defaultdict(list)
        for row in rows:
            self._say_instants(row.marks(), row.first, 1)
            if row.others is None:
                born = self._calendar.periods(row.first)
                days, weeks, months = (row.day, row.days), (row.week, row.weeks), (row.month, row.months)
                alike[row.combination, born, days, weeks, months].append(row)
            else:
                self._say_periods(row.marks(), row.first, now, 1)
        for group in alike.values():
            self._say_periods(group[0].marks(), group[0].first, now, len(group))

    def _say_instants(self, marks: Sequence[Mark], first: int, sign: int) -> None:
        for facts, seen in self._seen(marks):
            facts.say_instants(seen, first, sign)

    def _say_periods(self, marks: Sequence[Mark], first: int, now: Periods, sign: int) -> None:
        for facts, seen in self._seen(marks):
            facts.say_periods(seen, first, now, sign)
        self._life.say(marks, first, now, sign)
        self._habits.say(marks, sign)

    def _seen(self, marks: Sequence[Mark]) -> Iterator[tuple[ActivityFacts, Sequence[Mark]]]:
        """Yield who counts a person as active, by which marks: all, or those of the plans that have a feature."""
        yield self.activity, marks
        for plans, facts in self._eligible:
            seen = [mark for mark in marks if self._segments.plan_of(mark.combination) in plans]
            if seen:
                yield facts, seen

    def change(self, before: Saying, row: Person, now: Periods) -> None:
        """Write the difference between when one row said that it was active and when it says so now."""
        marks = row.marks()
        if before.first != row.first or not _same_days(before.marks, marks):
            self.say_activity(before, now, -1)
            self.say_activity(Saying(row.first, marks, []), now, 1)
        elif len(marks) == 1 and not self._eligible:
            if before.marks[0].last != row.last:
                self.activity.move(row.combination, before.marks[0].last, row.last)
        else:
            for facts, seen in self._seen(before.marks):
                facts.say(seen, before.first, now, -1)
            for facts, seen in self._seen(marks):
                facts.say(seen, row.first, now, 1)


def _same_days(before: Sequence[Mark], after: Sequence[Mark]) -> bool:
    """Say whether the same days are active under the same combinations; a row keeps the order of its marks."""
    return len(before) == len(after) and all(
        old.days == new.days and old.day == new.day for old, new in zip(before, after, strict=True)
    )


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


def person_of(mark: Mark, first: int) -> Person:
    """Return a row with one mark and nothing else."""
    return Person(
        mark.combination,
        mark.last,
        mark.day,
        mark.days,
        mark.week,
        mark.weeks,
        mark.month,
        mark.months,
        first,
        None,
        [],
        {},
    )
