"""Sessions: intervals of one person's events that are closer together than a limit.

Kept per raw id (a user id, an anonymous id), so that linking two ids joins their intervals without the events. An event
joins every session that it is closer to than the limit; an event never splits one. So any order gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from stream.engine.counters import FIELD_BITS, CellsOf, Counter, LabelledCells
from stream.engine.panes import Panes
from stream.engine.quantiles import cell_of
from stream.engine.trackers import pages
from stream.engine.trackers.pages import PageFacts, Run, Visit
from stream.engine.units import MICRO
from stream.engine.windows import HP, H

CLIENT_LIMIT: Final = 86_400 * MICRO
"""A client's session id is trusted over the gap, but one that comes back a day later is a new session."""
FRUSTRATING_FAILURES: Final = 3
_VIEWED, _BOUNCED, _FRUSTRATED = (1 << FIELD_BITS * place for place in (3, 4, 5))

SESSIONS: Final = Counter(
    "session",
    HP,
    ("sessions", "session_ms", "session_views", "sessions_viewed", "sessions_bounced", "sessions_frustrated"),
)
SESSION_CELLS: Final = Counter("session_cells", H)


class Session(Struct, array_like=True, gc=False):
    """One session of one raw id; times in microseconds."""

    key: str | None
    first: int
    last: int
    combination: int
    others: list[int] | None = None
    interactions: int = 0
    failures: int = 0
    views: dict[str, int] | None = None
    """Page views by page: `=id` for one with an id (counted once), `/path` for those without."""
    timer: int = 0
    """The second of the timer that will look whether it has closed; 0: none is set."""
    touched: bool = False
    """Whether what it said is kept since the last settlement."""
    ended: bool = False
    """Whether it has left the row: absorbed by another one, or out of every event's reach."""
    pages: dict[str, list[Run]] | None = None
    """By path, the views and pings of pages without an id."""


Said = tuple[int, int, int, int, list[Visit]]
"""What a session says: the second of its last event, membership, ms, the fields of `SESSIONS`; and its pages."""
_NO_PAGES: Final[list[Visit]] = []


def limit_of(key: str | None, gap: int) -> int:
    """Return how far apart (µs) two events of one session may be, `gap` being the limit without a session id."""
    return gap if key is None else CLIENT_LIMIT


def near(sessions: list[Session], key: str | None, at: int, gap: int) -> list[Session]:
    """Return the sessions that an event at `at` (µs) is closer to than the limit."""
    limit = limit_of(key, gap)
    return [s for s in sessions if s.key == key and s.first - limit < at < s.last + limit]


def extend(sessions: list[Session], found: list[Session], key: str | None, at: int, combination: int) -> Session:
    """Return the session that an event belongs to, given those it is near to: joined and extended, or a new one.

    The list stays in the order of the last events: the latest session is its last item.
    """
    if found:
        session = found[0]
        for other in found[1:]:
            absorb(session, other)
            other.ended = True
        if len(found) > 1:
            sessions[:] = [s for s in sessions if not s.ended]
        session.first, session.last = min(session.first, at), max(session.last, at)
        widen(session, combination)
    else:
        session = Session(key, at, at, combination)
        sessions.append(session)
    if len(sessions) > 1:
        sessions.sort(key=_last)
    return session


def _last(session: Session) -> int:
    return session.last


def absorb(session: Session, other: Session) -> None:
    """Let a session be the union of itself and another one."""
    session.first, session.last = min(session.first, other.first), max(session.last, other.last)
    session.interactions += other.interactions
    session.failures += other.failures
    for combination in (other.combination, *(other.others or ())):
        widen(session, combination)
    if other.views:
        session.views = session.views or {}
        for page, count in other.views.items():
            view(session.views, page, count)
    if other.pages:
        session.pages = session.pages or {}
        pages.absorb(session.pages, other.pages)


def widen(session: Session, combination: int) -> None:
    """Let a session be in the segments of one more combination."""
    if combination == session.combination:
        return
    if session.others is None:
        session.others = [combination]
    elif combination not in session.others:
        session.others.append(combination)


def view(views: dict[str, int], page: str, count: int = 1) -> None:
    """Count views of a page: one with an id counts once, however often it is told."""
    views[page] = 1 if page.startswith("=") else views.get(page, 0) + count


class Joined(NamedTuple):
    """A session of a person, and the sessions of raw ids that it is made of."""

    session: Session
    parts: list[Session]


def joined(sessions: Iterable[tuple[Session, int]], gap: int, grace: int) -> list[Joined]:
    """Return the sessions of one person from those of several raw ids, joined where they are closer than the limit.

    A session that had expired when its id and the other one became one person stands as it was said. So each comes with
    the time (µs) at which its id was linked; 0 for the person's own. `gap` and `grace` are in µs.
    """
    groups: list[list[tuple[Session, int]]] = []
    for session, linked in sessions:
        limit = limit_of(session.key, gap)
        near = [group for group in groups if any(_near(session, linked, *one, limit, grace) for one in group)]
        whole = [(session, linked)]
        for group in near:
            whole.extend(group)
            groups.remove(group)
        groups.append(whole)
    return [Joined(_union(parts), parts) for parts in ([session for session, _ in group] for group in groups)]


def _near(session: Session, linked: int, other: Session, other_linked: int, limit: int, grace: int) -> bool:
    if session.key != other.key:
        return False
    if max(session.first, other.first) - min(session.last, other.last) >= limit:
        return False
    alive_from = max(linked, other_linked) - limit - grace
    return session.last > alive_from and other.last > alive_from


def _union(sessions: Sequence[Session]) -> Session:
    if len(sessions) == 1:
        return sessions[0]
    whole = Session(sessions[0].key, sessions[0].first, sessions[0].last, sessions[0].combination)
    for session in sessions:
        absorb(whole, session)
    return whole


class SessionFacts:
    """What sessions say to the panes. `gap` is in µs."""

    def __init__(self, panes: Panes, gap: int, page_facts: PageFacts) -> None:
        self._segments: Final = panes.segments
        self._dating: Final = panes.dating
        self._facts: Final = panes.facts_of(SESSIONS)
        self._gap: Final = gap
        self.pages: Final = page_facts
        panes.facts_of(SESSION_CELLS)
        self._cells: Final = CellsOf(panes.cells, SESSIONS)
        self._durations: Final = LabelledCells(panes.cells, SESSION_CELLS)

    def member(self, session: Session) -> int:
        """Return the membership of a session: every segment of one of its events."""
        member = self._segments.combination_members[session.combination]
        if session.others is not None:
            for combination in session.others:
                member = self._segments.union(member, self._segments.combination_members[combination])
        return member

    def under_way(self, sessions: Iterable[Session], as_of: int) -> list[int]:
        """Return the memberships of the sessions that are open at `as_of` (seconds)."""
        closed = as_of * MICRO - self._gap
        return [self.member(session) for session in sessions if session.last > closed]

    def looked_at(self, session: Session) -> list[Visit]:
        """Return what the pages of a session say."""
        return self.pages.said(run for runs in (session.pages or {}).values() for run in runs)

    def said(self, session: Session, as_of: int, *, alone: bool = False) -> Said:
        """Return what a session says at `as_of` (seconds); it is closed from its last event + gap on.

        With `alone`, without what its pages say.
        """
        member = self.member(session)
        milliseconds = (session.last - session.first) // 1_000
        fields = 1 + (milliseconds << FIELD_BITS)
        if session.views:
            fields += sum(session.views.values()) << 2 * FIELD_BITS
            if session.last + self._gap <= as_of * MICRO:
                fields += _VIEWED
                if len(session.views) == 1 and session.interactions == 0:
                    fields += _BOUNCED
        if session.failures >= FRUSTRATING_FAILURES:
            fields += _FRUSTRATED
        looked_at = _NO_PAGES if alone or not session.pages else self.looked_at(session)
        return session.last // MICRO, member, milliseconds, fields, looked_at

    def say(self, said: Said, sign: int, *, settled: bool = False) -> None:
        """Say (sign 1) or take back (sign −1) what a session says."""
        second, member, milliseconds, fields, looked_at = said
        content = (self._facts.settled if settled else self._facts.dated)[self._dating.of(second)]
        content[self._cells[member][0]] += sign * fields
        content[self._durations[cell_of(milliseconds)][member][0]] += sign
        if looked_at:
            self.pages.say(looked_at, sign, settled=settled)
