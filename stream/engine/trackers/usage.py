"""Usage events: what each counts as, and whom it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final

from stream.engine import events
from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.segments import Segments, text_of
from stream.engine.trackers.accounts import Accounts
from stream.engine.trackers.links import Link
from stream.engine.trackers.people import People
from stream.engine.trackers.sessions import CLIENT_LIMIT, MICRO, view
from stream.engine.trackers.uses import SHIFT, SLOT
from stream.engine.windows import R

EVENTS: Final = Counter("events", R)
ACTIVITY_EVENTS: Final = Counter("activity_events", R)
ATTEMPTS: Final = Counter("attempts", R)
FAILURES: Final = Counter("failures", R)

QUARTER: Final = 900
"""Seconds for which an instant's periods hold."""

Tally = defaultdict[int, int]
"""Events by membership and kind, packed: active, tracked, failed are the lowest three bits."""

_PASSIVE: Final = (events.PagePinged, events.Impressed, events.Identified)
"""Activity that is no active use: nobody did anything."""
_INTERACTIONS: Final = (events.Tracked, events.Clicked, events.Downloaded, events.PreferenceSet)


def _tally() -> Tally:
    return defaultdict(int)


class Combinations:
    """Finds the combination of segment values that an event carries."""

    def __init__(self, segments: Segments) -> None:
        self._segments: Final = segments
        self._readers: dict[type, tuple[Any, list[str]]] = {}
        self._known: dict[Any, int] = {}

    def of(self, event: events.Usage) -> int:
        """Return the combination of an event: its fields and attributes in the configured dimensions, and its plan."""
        reader = self._readers.get(type(event))
        if reader is None:
            reader = self._readers[type(event)] = self._reader(event)
        fields, attributes = reader
        values = fields(event)
        if event.attributes is not None:
            values = values, tuple(map(text_of, map(event.attributes.get, attributes)))
        found = self._known.get(values)
        if found is None:
            if len(self._known) > 100_000:
                self._known.clear()
            found = self._known[values] = self._combination(event)
        return found

    def _reader(self, event: events.Usage) -> tuple[Any, list[str]]:
        fields = [name for name in self._segments.dimensions if name in event.__struct_fields__]
        return attrgetter("plan", *fields), [*self._segments.dimensions, "plan"]

    def _combination(self, event: events.Usage) -> int:
        carried = event.attributes or {}
        names = (*self._segments.dimensions, "plan")
        return self._segments.combination(tuple(text_of(getattr(event, name, None) or carried.get(name)) for name in names))


class UsageTracker:
    """Hands usage events to the counters, the people and the accounts of a partition."""

    def __init__(self, panes: Panes, people: People, accounts: Accounts) -> None:
        self._calendar: Final = panes.calendar
        self._people: Final = people
        self._accounts: Final = accounts
        self._combinations: Final = Combinations(panes.segments)
        self._members: Final = panes.segments.combination_members
        self._settled: Final = panes.facts_of(EVENTS).settled
        self._tallies: defaultdict[int, Tally] = defaultdict(_tally)
        for counter in (ACTIVITY_EVENTS, ATTEMPTS, FAILURES):
            panes.facts_of(counter)
        self._cells: Final = CellsOf(panes.cells, EVENTS, ACTIVITY_EVENTS, ATTEMPTS, FAILURES)

    def apply(self, batch: Iterable[tuple[int, str, events.Usage]]) -> None:
        """Apply events: (event time in µs, message key, event). They are no duplicates, no tests and no bots.

        This is the hot path, so the common case of each step stands here: a person and an account that were touched
        since the last settlement, under the combination that they had, in order.
        """
        combination_of, members, tallies = self._combinations.of, self._members, self._tallies
        people, accounts = self._people, self._accounts
        person_rows, account_rows, gap, uses = people.rows, accounts.rows, people.gap, people.facts.uses
        until = tallied = -(1 << 62)
        tally, periods = tallies[0], self._calendar.periods(0)
        for at, message_key, event in batch:
            second = at // MICRO
            if second != tallied:
                tally, tallied = tallies[second], second
            if not until - QUARTER <= second < until:
                periods, until = self._calendar.periods(second), (second // QUARTER + 1) * QUARTER
            combination = combination_of(event)
            kind = type(event)
            tracked = kind is events.Tracked
            failed = tracked and event.outcome == "failure"  # type: ignore[attr-defined]
            account = event.account_id
            if kind is events.Identified:
                self._link(event, message_key, at)
            member = members[combination]
            tally[member << 3 | event.active << 2 | tracked << 1 | failed] += 1
            if account is not None:
                using = account_rows.get(account)
                if using is None or not using.touched:
                    using = accounts.row(account, using, at)
                if at < using.first_event:
                    accounts.known_earlier(account, using, at)
                if event.active:
                    mark = using.marks.get(combination)
                    if mark is not None and second >= mark.last and periods.day == mark.day:
                        mark.last = second
                    else:
                        accounts.see(using, combination, second, periods)
                    if kind not in _PASSIVE:
                        accounts.use(account, using, at, periods.day)
            if not event.active:
                continue

            user = event.user_id
            key = ("anonymous", message_key, event.anonymous_id or "") if user is None else ("user", message_key, user)
            row = person_rows.get(key)
            if row is None or not row.touched:
                row = people.row(key, row, combination, second, periods)
            if combination == row.combination and second >= row.last and periods.day == row.day:
                row.last = second
            else:
                row.see(combination, second, periods)

            client_key = event.session_id
            session = row.sessions[-1] if row.sessions else None
            # in order, only the session with the latest event can be meant
            if (
                session is not None
                and session.key == client_key
                and session.combination == combination
                and session.timer
                and session.last <= at < session.last + (gap if client_key is None else CLIENT_LIMIT)
            ):
                session.last = at
            else:
                session = people.session(key, row, client_key, at, combination)
            if kind in _INTERACTIONS:
                session.interactions += 1
                if failed:
                    session.failures += 1
                elif tracked and (feature := event.feature):  # type: ignore[attr-defined]
                    uses.count(feature, member, second)
                    use = second // SLOT << SHIFT | combination
                    if row.uses.get(feature) != use:
                        people.use(key, row, feature, use)
            elif kind is events.PageViewed:
                if session.views is None:
                    session.views = {}
                page = event.page_view_id  # type: ignore[attr-defined]
                view(session.views, "=" + page if page else "/" + event.path)  # type: ignore[attr-defined]

    def settle(self) -> None:
        """Write what events alone say: that they were there."""
        for second, tally in self._tallies.items():
            content = self._settled[second]
            for kind, count in tally.items():
                happened, active, attempt, failure = self._cells[kind >> 3]
                content[happened] += count
                if kind & 4:
                    content[active] += count
                if kind & 2:
                    content[attempt] += count
                if kind & 1:
                    content[failure] += count
        self._tallies.clear()

    def _link(self, event: events.Usage, scope: str, at: int) -> None:
        if event.anonymous_id is not None and event.user_id is not None:
            link = Link(event.user_id, at, event.source, event.id)
            self._people.link(("anonymous", scope, event.anonymous_id), link)
