"""People: who was active when, in which sessions, using what.

A row stands for one raw id. A user with linked anonymous ids is one person over several rows: whatever the rows had
said apart is taken back, and what they say together is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from stream.engine.calendar import Periods
from stream.engine.panes import Panes
from stream.engine.tables import Rows
from stream.engine.timers import Timers
from stream.engine.trackers.joint import Follower
from stream.engine.trackers.links import Link, Links, PersonKey, user_of
from stream.engine.trackers.marks import Mark, copied
from stream.engine.trackers.pages import PageFacts
from stream.engine.trackers.paths import PathPages
from stream.engine.trackers.persons import Person, PersonFacts, Saying, merged_marks, merged_use, merged_uses, person_of
from stream.engine.trackers.sessions import Joined, Said, Session, extend, joined, limit_of, near
from stream.engine.trackers.uses import LastUse, latest
from stream.engine.units import MICRO

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
        pages: what says how long pages are looked at.
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
        pages: PageFacts,
    ) -> None:
        self.rows: Final = rows
        self._links: Final = links
        self.gap: Final = gap * MICRO
        self._grace: Final = grace * MICRO
        self._calendar: Final = panes.calendar
        self.facts: Final = PersonFacts(panes, self.gap, plans, pages)
        self._closing: Final = Timers[PersonKey]()
        self._expiring: Final = Timers[PersonKey]()
        self.followers: Final[list[Follower]] = []
        """What else is said by person: it is told before ids are linked anew."""
        self.grouped: Final[set[PersonKey]] = set()
        """The raw ids that are, or were, one person with another one."""
        self.pages: Final = PathPages(self.facts.sessions, self.grouped)
        self._before: dict[PersonKey, Saying] = {}
        self._sessions_before: list[tuple[Session, Said | None]] = []
        self.uses_before: dict[PersonKey, dict[str, LastUse | None]] = {}
        self._retired: list[Said] = []
        self._as_of = 0
        for key, link in links.items():
            self.grouped.update((key, user_of(key, link)))

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
        sessions = row.sessions
        if sessions and (last := sessions[-1]).key == client_key and at >= last.last:
            found = [last] if at < last.last + limit_of(client_key, self.gap) else []
        else:
            found = near(sessions, client_key, at, self.gap)
        for session in found:
            self._touch_session(key, session)
        joins = len(found) > 1 and key not in self.grouped
        if joins:
            self.pages.say(found, -1)
        session = extend(sessions, found, client_key, at, combination)
        if joins:
            self.pages.say([session], 1)
        if not found and key not in self.grouped:
            self._sessions_before.append((session, None))
        session.touched = True
        if not session.timer:
            self._await_close(key, session)
        return session

    def use(self, key: PersonKey, row: Person, feature: str, use: int) -> None:
        """Let a touched row use a feature; `use` is packed. What that says is written at the settlement."""
        after = latest(row.uses.get(feature), use)
        if after == row.uses.get(feature):
            return
        person = self._links.person(key)
        before = self.uses_before.setdefault(person, {})
        if feature not in before:
            before[feature] = self._use_of(person, feature)
        row.uses[feature] = after

    def link(self, anonymous: PersonKey, link: Link) -> None:
        """Let an anonymous id belong to a user, unless an earlier link says otherwise."""
        if not self._links.supersedes(anonymous, link):
            return
        self._settle_sessions(self._as_of)  # from here on their sessions are those of one person
        persons = [self._links.person(anonymous), ("user", anonymous[1], link.user_id)]
        features = {feature for person in persons for row in self._rows_of(person) for feature in row.uses}
        for person in persons:
            self._touch_group(person)
            before = self.uses_before.setdefault(person, {})
            for feature in features - before.keys():
                before[feature] = self._use_of(person, feature)
        for follower in self.followers:
            follower.join(persons)
        self._links.put(anonymous, link)
        self.grouped.update((anonymous, persons[-1]))

    # --- time

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds), and let go of sessions that no event can reach any more.

        Args:
            as_of: the second that the next snapshot is of.
            watermark: µs; no usage event more than the grace before it will be accepted.
        """
        self.pages.settle()
        self._close(as_of)
        self._expire(as_of, watermark)
        now = self._calendar.periods(as_of)
        self._as_of = as_of
        self.facts.turn(as_of, now, self._everybody())
        grouped, rows = self.grouped, self.rows
        several: set[PersonKey] = set()
        for person, before in self._before.items():
            row = rows.get(person)
            if person in grouped or row is None:
                self.facts.say(before, now, -1)
                several.add(self._links.person(person))
                continue
            self.facts.change(before, row, now)
            row.touched = False
            rows[person] = row
        for person in several:
            self._settle_group(person, now)
        self._settle_sessions(as_of)
        for retired in self._retired:
            self.facts.sessions.say(retired, 1, settled=True)
        self._settle_uses()
        presence, under_way = self.facts.presence, self.facts.sessions.under_way
        for person in self._before:
            row = rows.get(person)
            if person in grouped or row is None:
                self._settle_presence(self._links.person(person), person, as_of)
            else:
                presence.put(person, under_way(row.sessions, as_of))
        self._before.clear()
        self._retired.clear()

    def _settle_group(self, person: PersonKey, now: Periods) -> None:
        """Say what a person over several rows says."""
        self.facts.say(self._saying_of(person), now, 1)
        for member in self._links.members(person):
            row = self.rows.get(member)
            if row is not None:
                row.touched = False
                for session in row.sessions:
                    session.touched = False
                self.rows[member] = row

    def _settle_presence(self, person: PersonKey, before: PersonKey, as_of: int) -> None:
        """Say which sessions of a person are open; `before` is who it was, if that is another one now."""
        if person in self.grouped:
            sessions = [whole.session for whole in self._joined(person)]
        else:
            row = self.rows.get(person)
            sessions = [] if row is None else row.sessions
        self.facts.presence.put(person, self.facts.sessions.under_way(sessions, as_of))
        if before != person:
            self.facts.presence.put(before, [])

    def _everybody(self) -> Iterator[list[Mark]]:
        """Yield the marks of every person as they were said at the last settlement."""
        for before in self._before.values():
            if before.marks:
                yield before.marks
        for key, row in self.rows.items():
            if key not in self._before and key not in self.grouped:
                yield row.marks()
        for person in {self._links.person(key) for key in self.grouped} - self._before.keys():
            marks = merged_marks(self._rows_of(person))
            if marks:
                yield marks

    def _settle_sessions(self, as_of: int) -> None:
        """Write what became of the sessions that were touched, those of people over one row."""
        self.pages.settle()
        said, say = self.facts.sessions.said, self.facts.sessions.say
        for session, before in self._sessions_before:
            session.touched = False
            after = None if session.ended else said(session, as_of, alone=True)
            if before != after:
                if before is not None:
                    say(before, -1)
                if after is not None:
                    say(after, 1)
        self._sessions_before.clear()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        self._as_of = as_of
        now = self._calendar.periods(as_of)
        self.facts.start(as_of)
        several: set[PersonKey] = set()
        for key, row in self.rows.items():
            row.touched = False
            for session in row.sessions:
                session.touched = False
                self._await_close(key, session)
            if key in self.grouped:
                several.add(self._links.person(key))
                continue
            for session in row.sessions:
                self.facts.sessions.say(self.facts.sessions.said(session, as_of), 1)
            self._restore_rest(key, row.uses, as_of)
        self.facts.say_everybody((row for key, row in self.rows.items() if key not in self.grouped), now)
        for person in several:
            self.facts.say(self._saying_of(person), now, 1)
            self._restore_rest(person, merged_uses(self._rows_of(person)), as_of)

    def _restore_rest(self, person: PersonKey, uses: Mapping[str, LastUse], as_of: int) -> None:
        """Say what a person says of features, and of the present."""
        for feature, last in uses.items():
            self.facts.uses.say(feature, last, 1)
        self._settle_presence(person, person, as_of)

    # --- inside

    def _touch(self, key: PersonKey) -> None:
        if key in self.grouped:
            person = self._links.person(key)
            if person not in self._before:
                self._before[person] = self._saying_of(person)
        elif key not in self._before:
            row = self.rows.get(key)
            if row is None:
                self._before[key] = _SILENCE
            else:
                marks = [copied(row)] if row.others is None else [copied(mark) for mark in row.marks()]
                self._before[key] = Saying(row.first, marks, [])

    def _touch_group(self, person: PersonKey) -> None:
        """Keep what a person said, sessions included, since it will be, or is, one over several rows."""
        self._touch(person)
        if person not in self.grouped and person in self.rows:
            before = self._before[person]
            sessions = [self.facts.sessions.said(session, self._as_of) for session in self.rows[person].sessions]
            self._before[person] = before._replace(sessions=sessions)

    def _touch_session(self, key: PersonKey, session: Session) -> None:
        """Keep what a session said; of people over several rows, all of it is kept with the person."""
        if not session.touched and key not in self.grouped:
            session.touched = True
            self._sessions_before.append((session, self.facts.sessions.said(session, self._as_of, alone=True)))

    def _rows_of(self, person: PersonKey) -> list[Person]:
        if person not in self.grouped:
            row = self.rows.get(person)
            return [] if row is None else [row]
        return [self.rows[key] for key in self._links.members(person) if key in self.rows]

    def _saying_of(self, person: PersonKey) -> Saying:
        """Return what a person says as of the last settlement; of one over one row, the sessions say it themselves."""
        rows = self._rows_of(person)
        if not rows:
            return _SILENCE
        first, marks = min(row.first for row in rows), merged_marks(rows)
        if person not in self.grouped:
            return Saying(first, marks, [])
        sessions = [self.facts.sessions.said(whole.session, self._as_of) for whole in self._joined(person)]
        return Saying(first, marks, sessions)

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
        for person, before in self.uses_before.items():
            target = self._links.person(person)
            for feature, last in before.items():
                if last is not None:
                    self.facts.uses.say(feature, last, -1)
                touched.add((target, feature))
        for person, feature in touched:
            last = self._use_of(person, feature)
            if last is not None:
                self.facts.uses.say(feature, last, 1)
        self.uses_before.clear()

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
                    self._touch_session(key, session)
                    session.timer = 0
                    self._expiring.set(self._expires(session) // MICRO + 1, key)

    def _expires(self, session: Session) -> int:
        """Return the watermark (µs) from which neither an event nor a link can change a session."""
        return session.last + limit_of(session.key, self.gap) + 2 * self._grace

    def _expire(self, as_of: int, watermark: int) -> None:
        for key in self._expiring.due(watermark // MICRO):
            if key in self.grouped:
                person = self._links.person(key)
                for whole in self._joined(person):
                    if self._is_over(whole.session, as_of, watermark):
                        self._retire(person, whole, as_of)
                self._fold(person, watermark)
            elif key in self.rows:
                for session in [s for s in self.rows[key].sessions if self._is_over(s, as_of, watermark)]:
                    self._retire(key, Joined(session, [session]), as_of)

    def _is_over(self, session: Session, as_of: int, watermark: int) -> bool:
        """Say whether no event can change a session; closed it is too, unless `as_of` stands still."""
        return self._expires(session) <= watermark and session.last + self.gap <= as_of * MICRO

    def _retire(self, person: PersonKey, whole: Joined, as_of: int) -> None:
        """Let a session leave its rows; from now on its facts are the panes' own."""
        self._touch(person)
        self._retired.append(self.facts.sessions.said(whole.session, as_of))
        for part in whole.parts:
            if person not in self.grouped:
                self.pages.say([part], -1)
            self._touch_session(person, part)
            part.ended = True
        for row in self._rows_of(person):
            row.sessions[:] = [session for session in row.sessions if not session.ended]

    def _fold(self, person: PersonKey, watermark: int) -> None:
        """Make the rows of anonymous ids part of the user's own once their link stands for good."""
        for key in self._links.members(person)[1:]:
            row = self.rows.get(key)
            if row is None or row.sessions or self._links.linked_at(key) >= watermark - self._grace:
                continue
            self._touch(person)
            own = self.rows.get(person)
            if own is None:
                own = person_of(copied(row), row.first)
            rows = [own, row]
            marks = merged_marks(rows)
            folded = person_of(marks[0], min(own.first, row.first))
            folded.others = {mark.combination: mark for mark in marks[1:]} or None
            folded.sessions = own.sessions
            folded.uses = merged_uses(rows)
            del self.rows[key]
            self.rows[person] = folded
