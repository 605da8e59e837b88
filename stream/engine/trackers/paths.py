"""Paths: the pages of sessions that have no id of their own, which their path tells apart.

They stand in their session's row, and say for themselves how long they were looked at: what happens on one page of a
session costs the same, however many others there are. Of people over several rows it is said with all of the session.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from stream.engine.trackers.links import PersonKey
from stream.engine.trackers.pages import PageFacts, Run, Visit, joined
from stream.engine.trackers.sessions import Session, SessionFacts


class PathPages:
    """The pages without an id of the people over one row.

    Args:
        facts: what sessions say, and their pages.
        grouped: the raw ids that are not one person each.
    """

    def __init__(self, facts: SessionFacts, grouped: Collection[PersonKey]) -> None:
        self._looked_at: Final = facts.looked_at
        self._facts: Final[PageFacts] = facts.pages
        self._grouped: Final = grouped
        self._before: Final[list[tuple[Session, str, list[Visit]]]] = []

    def look(self, key: PersonKey, session: Session, path: str, at: int, combination: int) -> None:
        """View a page of a touched session at `at` (µs)."""
        runs = self._touched(key, session, path)
        if runs and runs[-1].seen is not None and runs[-1].goes_on(at, combination):
            runs[-1].last = at
        else:
            self._put(key, session, path, Run.of_view(at, combination))

    def ping(self, key: PersonKey, session: Session, path: str, at: int, combination: int) -> None:
        """Ping a page of a touched session at `at` (µs)."""
        runs, beat = self._touched(key, session, path), at // self._facts.heartbeat
        if runs and runs[-1].goes_on(at, combination):
            runs[-1].beat(at, beat)
        else:
            self._put(key, session, path, Run.of_ping(at, combination, beat))

    def settle(self) -> None:
        """Write what changed."""
        for session, path, before in self._before:
            runs = (session.pages or {})[path]
            for run in runs:
                run.touched = False
            after = self._facts.said(runs)
            if before != after:
                self._facts.say(before, -1)
                self._facts.say(after, 1)
        self._before.clear()

    def _touched(self, key: PersonKey, session: Session, path: str) -> list[Run] | None:
        """Return the runs of a page that is about to change; keep what they said."""
        runs = None if session.pages is None else session.pages.get(path)
        if (runs is None or not runs[-1].touched) and key not in self._grouped:
            self._before.append((session, path, [] if runs is None else self._facts.said(runs)))
            for run in runs or ():
                run.touched = True
        return runs

    def _put(self, key: PersonKey, session: Session, path: str, event: Run) -> None:
        if session.pages is None:
            session.pages = {}
        runs = session.pages[path] = joined([*session.pages.get(path, ()), event])
        alone = key not in self._grouped
        for run in runs:
            run.touched = alone

    def say(self, sessions: Iterable[Session], sign: int) -> None:
        """Say (sign 1) or take back (sign −1) all that the pages of sessions say."""
        self.settle()
        for session in sessions:
            if session.pages:
                self._facts.say(self._looked_at(session), sign)
