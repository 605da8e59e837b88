"""People: who was active when, in which sessions, using what.

A row stands for one raw id. A user with linked anonymous ids is one person over several rows: whatever the rows had
said apart is taken back, and what they say together is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.engine.calendar import Periods
from stream.engine.panes import Panes
from stream.engine.tables import Rows
from stream.engine.timers import Timers
from stream.engine.trackers.links import Link, Links, PersonKey
from stream.engine.trackers.marks import Mark, copied
from stream.engine.trackers.persons import Person, PersonFacts, Saying, merged_marks, merged_use
from stream.engine.trackers.sessions import MICRO, Joined, Said, Session, find, joined, limit_of
from stream.engine.trackers.uses import LastUse, latest

_SILENCE: Final = Saying(0, [], [])


class People:
    """The people of one partition.

    Args:
        panes: where facts go.
        rows: a row for each raw id.
        links: which anonymous id belongs to which user.
        gap: seconds of silence that end a session without a client's id.
        grace: seconds that an event may be later than the watermark.
        plans: the plans that have a feature, for the features that not everyone has.
    """

    def __init__(
        self,
        panes: Panes,
        rows: Rows[PersonKey, Person],
        links: Links,
        *,
        gap: int,
        grace: int,
        plans: Mapping[str, frozenset[str]],
    ) -> None:
        self.rows: Final = rows
        self._links: Final = links
        self.gap: Final = gap * MICRO
        self._grace: Final = grace * MICRO
        self._calendar: Final = panes.calendar
        self.facts: Final = PersonFacts(panes, self.gap, plans)
        self._closing: Final = Timers[PersonKey]()
        self._expiring: Final = Timers[PersonKey]()
        self._before: dict[PersonKey, Saying] = {}
        self._uses_before: dict[PersonKey, dict[str, LastUse | None]] = {}
        self._retired: list[Said] = []
        self._as_of = 0

    # --- events

    def row(self, key: PersonKey, row: Person | None, combination: int, second: int, periods: Periods) -> Person:
        """Return the row of a raw id that is about to be active, new if there is none; keep what its person said."""
        self._touch(key)
        if row is None:
            day, week, month = periods
            row = Person(combination, second, day, 1, week, 1, month, 1, second, None, [], {})
            self.rows[key] = row
        row.touched = True
        return row

    def session(self, key: PersonKey, row: Person, client_key: str | None, at: int, combination: int) -> Session:
        """Return the session that an activity at `at` (µs) of a touched row belongs to, extended to it."""
        session = find(row.sessions, client_key, at, self.gap, combination)
        if not session.timer:
            self._await_close(key, session)
        return session

    def use(self, key: PersonKey, row: Person, feature: str, use: int) -> None:
        """Let a touched row use a feature; `use` is packed."""
        last = row.uses.get(feature)
        after = latest(last, use)
        if after == last:
            return
        person = self._links.person(key) if self._links else key
        alone = person == key and not self._links.several(key) and feature not in self._uses_before.get(key, ())
        if not (alone and isinstance(after, int) and not isinstance(last, list) and self.facts.uses.move(feature, last, after)):
            before = self._uses_before.setdefault(person, {})
            if feature not in before:
                before[feature] = self._use_of(person, feature)
        row.uses[feature] = after

    def link(self, anonymous: PersonKey, link: Link) -> None:
        """Let an anonymous id belong to a user, unless an earlier link says otherwise."""
        if not self._links.supersedes(anonymous, link):
            return
        persons = [self._links.person(anonymous), ("user", anonymous[1], link.user_id)]
        features = {feature for person in persons for row in self._rows_of(person) for feature in row.uses}
        for person in persons:
            self._touch(person)
            before = self._uses_before.setdefault(person, {})
            for feature in features - before.keys():
                before[feature] = self._use_of(person, feature)
        self._links.put(anonymous, link)

    # --- time

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds), and let go of sessions that no event can reach any more.

        Args:
            as_of: the second that the next snapshot is of.
            watermark: µs; no usage event more than the grace before it will be accepted.
        """
        self._close(as_of)
        self._expire(as_of, watermark)
        now = self._calendar.periods(as_of)
        self._as_of = as_of
        links = self._links
        several: set[PersonKey] = set()
        for person, before in self._before.items():
            target = links.person(person) if links else person
            if target != person or (links and links.several(person)):
                self.facts.say(before, now, -1)
                several.add(target)
                continue
            row = self.rows.get(person)
            if row is None:
                self.facts.say(before, now, -1)
            else:
                said = self.facts.sessions.said
                self.facts.change(before, row, [said(session, as_of) for session in row.sessions], now)
                row.touched = False
                self.rows[person] = row
        for person in several:
            self.facts.say(self._saying_of(person), now, 1)
            for member in links.members(person):
                row = self.rows.get(member)
                if row is not None:
                    row.touched = False
                    self.rows[member] = row
        for retired in self._retired:
            self.facts.sessions.say(retired, 1, settled=True)
        self._settle_uses()
        self._before.clear()
        self._retired.clear()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        self._as_of = as_of
        now = self._calendar.periods(as_of)
        for key, row in self.rows.items():
            for session in row.sessions:
                self._await_close(key, session)
        for person in {self._links.person(key) for key in self.rows}:
            self.facts.say(self._saying_of(person), now, 1)
            for feature in {feature for row in self._rows_of(person) for feature in row.uses}:
                last = self._use_of(person, feature)
                if last is not None:
                    self.facts.uses.say(feature, last, 1)

    # --- inside

    def _touch(self, key: PersonKey) -> None:
        person = self._links.person(key) if self._links else key
        if person not in self._before:
            self._before[person] = self._saying_of(person)

    def _rows_of(self, person: PersonKey) -> list[Person]:
        if not self._links:
            row = self.rows.get(person)
            return [] if row is None else [row]
        return [self.rows[key] for key in self._links.members(person) if key in self.rows]

    def _saying_of(self, person: PersonKey) -> Saying:
        """Return what a person says as of the last settlement."""
        rows = self._rows_of(person)
        if not rows:
            return _SILENCE
        if len(rows) == 1:
            return self._saying(rows)
        sessions = [self.facts.sessions.said(whole.session, self._as_of) for whole in self._joined(person)]
        return Saying(min(row.first for row in rows), merged_marks(rows), sessions)

    def _saying(self, rows: list[Person]) -> Saying:
        row = rows[0]
        said, as_of = self.facts.sessions.said, self._as_of
        marks: list[Mark] = [copied(mark) for mark in row.marks()]
        return Saying(row.first, marks, [said(session, as_of) for session in row.sessions])

    def _joined(self, person: PersonKey) -> list[Joined]:
        parts = [
            (session, self._links.linked_at(key))
            for key in self._links.members(person)
            if key in self.rows
            for session in self.rows[key].sessions
        ]
        return joined(parts, self.gap, self._grace)

    def _use_of(self, person: PersonKey, feature: str) -> LastUse | None:
        return merged_use(self._rows_of(person), feature)

    def _settle_uses(self) -> None:
        touched: set[tuple[PersonKey, str]] = set()
        for person, before in self._uses_before.items():
            target = self._links.person(person) if self._links else person
            for feature, last in before.items():
                if last is not None:
                    self.facts.uses.say(feature, last, -1)
                touched.add((target, feature))
        for person, feature in touched:
            last = self._use_of(person, feature)
            if last is not None:
                self.facts.uses.say(feature, last, 1)
        self._uses_before.clear()

    def _await_close(self, key: PersonKey, session: Session) -> None:
        session.timer = -(-(session.last + self.gap) // MICRO)
        self._closing.set(session.timer, key)

    def _close(self, as_of: int) -> None:
        """Touch whoever has a session that closed by `as_of`; look again later at those that went on."""
        for key in self._closing.due(as_of):
            row = self.rows.get(key)
            for session in () if row is None else row.sessions:
                if not 0 < session.timer <= as_of:
                    continue
                if session.last + self.gap > as_of * MICRO:
                    self._await_close(key, session)
                else:
                    self._touch(key)
                    session.timer = 0
                    self._expiring.set(self._expires(session) // MICRO + 1, key)

    def _expires(self, session: Session) -> int:
        """Return the watermark (µs) from which neither an event nor a link can change a session."""
        return session.last + limit_of(session.key, self.gap) + 2 * self._grace

    def _expire(self, as_of: int, watermark: int) -> None:
        for key in self._expiring.due(watermark // MICRO):
            person = self._links.person(key)
            if not self._rows_of(person):
                continue
            for whole in self._joined(person):
                # a later as_of has closed it in any case; one that stands still has not let the timer fire yet
                if self._expires(whole.session) <= watermark and whole.session.last + self.gap <= as_of * MICRO:
                    self._touch(person)
                    self._retired.append(self.facts.sessions.said(whole.session, as_of))
                    for member in self._links.members(person):
                        row = self.rows.get(member)
                        if row is not None:
                            row.sessions[:] = [s for s in row.sessions if all(s is not part for part in whole.parts)]
            self._fold(person, watermark)

    def _fold(self, person: PersonKey, watermark: int) -> None:
        """Make the rows of anonymous ids part of the user's own once their link stands for good."""
        for key in self._links.members(person)[1:]:
            row = self.rows.get(key)
            if row is None or row.sessions or self._links.linked_at(key) >= watermark - self._grace:
                continue
            self._touch(person)
            own = self.rows.get(person)
            if own is None:
                own = _person(copied(row), row.first)
            rows = [own, row]
            marks = merged_marks(rows)
            uses = {feature: merged_use(rows, feature) for one in rows for feature in one.uses}
            folded = _person(marks[0], min(own.first, row.first))
            folded.others = {mark.combination: mark for mark in marks[1:]} or None
            folded.sessions = own.sessions
            folded.uses = {feature: last for feature, last in uses.items() if last is not None}
            del self.rows[key]
            self.rows[person] = folded


def _person(mark: Mark, first: int) -> Person:
    """Return a row with one mark and nothing else."""
    return Person(
        mark.combination, mark.last, mark.day, mark.days, mark.week, mark.weeks, mark.month, mark.months, first, None, [], {}
    )
