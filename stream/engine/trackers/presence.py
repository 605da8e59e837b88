"""Presence: who is there right now, and in how many sessions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.trackers.links import PersonKey

OPEN_SESSIONS: Final = Counter("open_sessions")
CONCURRENT_USERS: Final = Counter("concurrent_users")


class PresenceFacts:
    """What open sessions say; what each person had said is remembered while they have one."""

    def __init__(self, panes: Panes) -> None:
        self._segments: Final = panes.segments
        self._gauges: Final = panes.period_facts.gauges
        self._cells: Final = CellsOf(panes.cells, OPEN_SESSIONS, CONCURRENT_USERS)
        self._said: Final[dict[PersonKey, list[int]]] = {}

    def put(self, person: PersonKey, members: list[int]) -> None:
        """Let a person have open sessions with these memberships, and no others."""
        before = self._said.get(person)
        if members == (before or []):
            return
        if before:
            self._say(before, -1)
        if members:
            self._say(members, 1)
            self._said[person] = members
        else:
            del self._said[person]

    def _say(self, members: Iterable[int], sign: int) -> None:
        together: int | None = None
        for member in members:
            self._gauges[self._cells[member][0]] += sign
            together = member if together is None else self._segments.union(together, member)
        if together is not None:
            self._gauges[self._cells[together][1]] += sign
