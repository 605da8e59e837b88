"""Paths: the pages of sessions that have no id of their own, which their path tells apart.

They stand in their session's row, and say for themselves how long they were looked at: what happens on one page of a
session costs the same, however many others there are. Of people over several rows it is said with all of the session.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from stream.engine.trackers.links import PersonKey
from stream.engine.trackers.pages import PageFacts, Run, Visit, with_event
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

    def look(self, key: PersonKey, session: Session, path: str, event: Run) -> None:
        """Let a touched session have one more view or ping, itself a run, of a page."""
        pages = session.pages
        if pages is None:
            pages = session.pages = {}
        runs, alone = pages.get(path), key not in self._grouped
        if alone and (runs is None or not runs[-1].touched):
            self._before.append((session, path, [] if runs is None else self._facts.said(runs)))
        runs = pages[path] = with_event(runs, event)
        for run in runs:
            run.touched = alone

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

    def say(self, sessions: Iterable[Session], sign: int) -> None:
        """Say (sign 1) or take back (sign −1) all that the pages of sessions say."""
        self.settle()
        for session in sessions:
            if session.pages:
                self._facts.say(self._looked_at(session), sign)
