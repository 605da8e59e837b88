"""Usage events: what each counts as, and whom it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Final

from stream.engine import events
from stream.engine.counters import CellsOf
from stream.engine.facts import cells as cells_of_nothing
from stream.engine.names import Names
from stream.engine.panes import Panes
from stream.engine.scores import scaled
from stream.engine.segments import Segments, text_of
from stream.engine.trackers.accounts import Accounts
from stream.engine.trackers.acts import OF_THEIR_OWN, Acts
from stream.engine.trackers.amounts import Amounts
from stream.engine.trackers.links import Link
from stream.engine.trackers.members import Members
from stream.engine.trackers.people import People
from stream.engine.trackers.repeats import PAGE
from stream.engine.trackers.sessions import CLIENT_LIMIT, view
from stream.engine.trackers.tally import EVENTS, FAILED, KINDS, WEIGHTS
from stream.engine.trackers.uses import COMBINATION, SHIFT, SLOT
from stream.engine.units import MICRO
from stream.engine.waiting import Applied

QUARTER: Final = 900
"""Seconds for which an instant's periods hold."""

_PASSIVE: Final = (events.PagePinged, events.Impressed, events.Identified)
"""Activity that is no active use: nobody did anything."""
_INTERACTIONS: Final = (events.Tracked, events.Clicked, events.Downloaded, events.PreferenceSet)


_COMBINATIONS_KNOWN: Final = 100_000


class Combinations:
    """Finds the combination of segment values that an event carries."""

    def __init__(self, segments: Segments) -> None:
        self._segments: Final = segments
        self._names: Final = (*segments.dimensions, "plan")
        self.known: Final[dict[Any, int]] = {}
        """By what the reader of an event's type reads, for events without attributes."""

    def reader(self, kind: type[events.Usage]) -> Callable[[events.Usage], Any]:
        """Return what reads the fields that can matter from an event of a type."""
        fields = [name for name in self._segments.dimensions if name in kind.__struct_fields__]
        return attrgetter("plan", *fields)

    def of(self, event: events.Usage) -> int:
        """Return the combination of an event: fields, else attributes, in the configured dimensions, and its plan."""
        carried = event.attributes or {}
        values = tuple(text_of(getattr(event, name, None) or carried.get(name)) for name in self._names)
        found = self._segments.combination(values)
        if not carried:
            if len(self.known) > _COMBINATIONS_KNOWN:
                self.known.clear()
            self.known[self.reader(type(event))(event)] = found
        return found


class UsageTracker:
    """Hands usage events to the counters, the people and the accounts of a partition."""

    def __init__(
        self,
        panes: Panes,
        people: People,
        accounts: tuple[Accounts, Members, Amounts],
        features: Names,
        acts: Acts,
    ) -> None:
        self._features: Final = features
        self._calendar: Final = panes.calendar
        self._dating: Final = panes.dating
        self._people: Final = people
        self._accounts, self._people_of, self._amounts = accounts
        self._acts: Final = acts
        self._combinations: Final = Combinations(panes.segments)
        self._readers: Final = {kind: self._combinations.reader(kind) for kind in KINDS}
        self._members: Final = panes.segments.combination_members
        self._settled: Final = panes.facts_of(EVENTS).settled
        self._cells: Final = CellsOf(panes.cells, EVENTS)

    def apply(self, batch: Iterable[Applied]) -> None:  # noqa: C901, PLR0912, PLR0915 - the hot path makes no calls
        """Apply usage events that are no duplicates, no tests and no bots.

        This is the hot path, so the common case of each step stands here: a person and an account that were touched
        since the last settlement, under the combination that they had, in order.
        """
        combinations, readers, known = self._combinations, self._readers, self._combinations.known
        members, settled, dated = self._members, self._settled, self._dating.of
        event_cells, weights = self._cells, WEIGHTS
        acts, repeats = self._acts, self._acts.repeats
        people, accounts, people_of, amounts = self._people, self._accounts, self._people_of, self._amounts.fresh
        person_rows, account_rows, gap, grouped = people.rows, accounts.rows, people.gap, people.grouped
        use_facts, uses_before = people.facts.uses, people.uses_before
        features = self._features.kept
        feature_cells, moving, plans = use_facts.cells, use_facts.moving, use_facts.plans
        until = tallied = used_slot = -(1 << 62)
        tally = used = cells_of_nothing()
        periods, day, slot = self._calendar.periods(0), 0, 0
        for at, message_key, event, _ in batch:
            second = at // MICRO
            if second != tallied:
                tally, tallied = settled[dated(second)], second
                if not until - QUARTER <= second < until:
                    periods, until = self._calendar.periods(second), (second // QUARTER + 1) * QUARTER
                    day = periods.day
                slot = second // SLOT
            kind = type(event)
            found = known.get(readers[kind](event)) if event.attributes is None else None
            combination = combinations.of(event) if found is None else found
            member = members[combination]
            active = event.active
            tracked = kind is events.Tracked
            failed = tracked and event.outcome == "failure"
            tally[event_cells[member][0]] += weights[kind][active] + (FAILED if failed else 0)

            account = event.account_id
            if account is not None:
                using = account_rows.get(account)
                if using is None or not using.touched:
                    using = accounts.row(account, using, at)
                if at < using.first_event:
                    accounts.known_earlier(account, using, at)
                if active:
                    recent = using.recent
                    place = day << SHIFT | combination
                    if recent.get(place, second) <= second:
                        recent[place] = second
                    if kind not in _PASSIVE:
                        uses = using.uses
                        if day in uses and at >= using.last_use:
                            uses[day] += 1
                            using.last_use = at
                        else:
                            accounts.use(account, using, at, day)
                elif second > using.last_second:
                    using.last_second = second
                if tracked and not failed:
                    value = event.value
                    amounts[account, day, event.name] += MICRO if value == 1.0 else scaled(value, MICRO)
            if kind is events.Identified:
                self._link(event, message_key, at)
            user = event.user_id
            key = ("anonymous", message_key, event.anonymous_id or "") if user is None else ("user", message_key, user)
            if kind in OF_THEIR_OWN:
                acts.act(event, key, combination, at, second, periods)
            if not active:
                continue

            row = person_rows.get(key)
            if row is None or not row.touched:
                if account is not None:
                    people_of.meet(account, key, new=row is None)
                row = people.row(key, row, combination, second, periods)
            if combination == row.combination and second >= row.last and day == row.day:
                row.last = second
            else:
                row.see(combination, second, periods)

            client_key = event.session_id
            sessions = row.sessions
            session = sessions[-1] if sessions else None
            # in order, only the session with the latest event can be meant
            if (
                session is not None
                and session.touched
                and session.key == client_key
                and session.combination == combination
                and session.last <= at < session.last + (gap if client_key is None else CLIENT_LIMIT)
            ):
                session.last = at
            else:
                session = people.session(key, row, client_key, at, combination)
            if kind in _INTERACTIONS:
                session.interactions += 1
                if not tracked:
                    continue
                if failed:
                    session.failures += 1
                    acts.fail(key, combination, second, periods)
                    continue
                if not event.feature:
                    continue
                feature = features.get(event.feature) or self._features.of(event.feature)
                if slot != used_slot:
                    used, used_slot = use_facts.settled[slot * SLOT], slot
                cells = feature_cells[feature][member]
                used[cells[0]] += 1
                use = slot << SHIFT | combination
                last = row.uses.get(feature)
                if last == use:
                    continue
                # a later use under the one combination that there is moves a fact; all else is told at the settlement
                if key in grouped or key in uses_before or feature in plans:
                    people.use(key, row, feature, use)
                elif last is None:
                    moving[slot * SLOT][cells[1]] += 1
                    row.uses[feature] = use
                elif isinstance(last, int) and not (last ^ use) & COMBINATION and use > last:
                    moving[(last >> SHIFT) * SLOT][cells[1]] -= 1
                    moving[slot * SLOT][cells[1]] += 1
                    row.uses[feature] = use
                else:
                    people.use(key, row, feature, use)
            elif kind is events.PageViewed:
                if session.views is None:
                    session.views = {}
                page = event.page_view_id
                if page:
                    session.views["=" + page] = 1  # as `view` has it
                    repeats.tell(key, PAGE, page, at, combination)
                else:
                    view(session.views, "/" + event.path)
                    people.pages.look(key, session, event.path, at, combination)
            elif kind is events.PagePinged:
                if event.page_view_id:
                    repeats.ping(key, event.page_view_id, at, combination)
                elif event.path is not None:
                    people.pages.ping(key, session, event.path, at, combination)

    def _link(self, event: events.Identified, scope: str, at: int) -> None:
        link = Link(event.user_id, at, event.source, event.id)
        self._people.link(("anonymous", scope, event.anonymous_id), link)
        if event.account_id is not None:
            self._accounts.revised.add(event.account_id)
