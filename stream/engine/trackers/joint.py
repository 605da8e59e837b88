"""State that is kept by raw id, under names such as an element, and said by person: a user with linked anonymous ids.

What a person says is a function of the rows of its ids under one name. Before any of them changes, what they said is
kept; at the settlement it is taken back, and what they say now is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from stream.engine.tables import Rows
from stream.engine.timers import Timers
from stream.engine.trackers.links import Links, PersonKey

Row = TypeVar("Row")
Said = TypeVar("Said")

JointKey = tuple[PersonKey, str]
"""A raw id, and the name of what is kept of it."""

HELD: Final = 94 * 86_400
"""Seconds: no window reaches back further, nor does any that another one is compared with."""
_DAY: Final = 86_400


class Follower(Protocol):
    """What is said by person, and so is told before ids are linked anew."""

    def join(self, persons: Iterable[PersonKey]) -> None:
        """Let persons be about to become others."""


class Joint(Generic[Row, Said]):
    """Rows by raw id and name; what they say is told by the classes for each kind of them."""

    def __init__(self, links: Links, rows: Rows[JointKey, Row]) -> None:
        self.rows: Final = rows
        self._links: Final = links
        self._names: Final[dict[PersonKey, set[str]]] = {}
        self._before: Final[dict[JointKey, Said]] = {}
        self._expiring: Final = Timers[JointKey]()
        for (key, name), row in rows.items():
            self._names.setdefault(key, set()).add(name)
            self._await_expiry((key, name), row)

    def said(self, name: str, rows: Sequence[Row]) -> Said:
        """Return what a person over these rows says."""
        raise NotImplementedError

    def say(self, name: str, said: Said, sign: int) -> None:
        """Say (sign 1) or take back (sign −1)."""
        raise NotImplementedError

    def last(self, row: Row) -> int | None:  # noqa: ARG002 - of most kinds of rows
        """Return the last second that a row knows of; None of one that says something however long ago it was."""
        return None

    def touch(self, key: PersonKey, name: str) -> Row | None:
        """Return the row of a raw id that is about to change, None if there is none yet."""
        person = self._links.person(key)
        if (person, name) not in self._before:
            self._before[person, name] = self._said_by(person, name)
        return self.rows.get((key, name))

    def put(self, key: PersonKey, name: str, row: Row) -> None:
        """Write the row of a raw id after it was touched."""
        if (key, name) not in self.rows:
            self._names.setdefault(key, set()).add(name)
            self._await_expiry((key, name), row)
        self.rows[key, name] = row

    def tidy(self, second: int) -> None:
        """Let go of the rows that are out of every window at a second, once all that changed was written."""
        for place in self._expiring.due(second):
            row = self.rows[place]
            last = self.last(row)
            if last is not None and last + HELD < second:
                self._forget(*place)
            else:
                self._await_expiry(place, row)

    def join(self, persons: Iterable[PersonKey]) -> None:
        """Let persons be about to become others: their ids are linked anew."""
        persons = list(persons)
        names = {name for person in persons for key in self._links.members(person) for name in self._names.get(key, ())}
        for person in persons:
            for name in names:
                self.touch(person, name)

    def settle(self) -> None:
        """Write what changed."""
        for (_, name), said in self._before.items():
            self.say(name, said, -1)
        for person, name in {(self._links.person(person), name) for person, name in self._before}:
            self.say(name, self._said_by(person, name), 1)
        self._before.clear()

    def restore(self) -> None:
        """Say everything that the rows say."""
        for person, name in {(self._links.person(key), name) for key, name in self.rows}:
            self.say(name, self._said_by(person, name), 1)

    def _await_expiry(self, place: JointKey, row: Row) -> None:
        last = self.last(row)
        if last is not None:
            self._expiring.set(((last + HELD) // _DAY + 1) * _DAY, place)

    def _forget(self, key: PersonKey, name: str) -> None:
        """Let go of the row of a raw id; what it said is the panes' own, and they are let go of, too."""
        del self.rows[key, name]
        names = self._names[key]
        names.discard(name)
        if not names:
            del self._names[key]

    def _said_by(self, person: PersonKey, name: str) -> Said:
        rows = [self.rows.get((key, name)) for key in self._links.members(person)]
        return self.said(name, [row for row in rows if row is not None])
