"""Support: the tickets of a partition, and what they say (catalogue part 3, section 3)."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Iterator
from typing import Final, NamedTuple

from stream.engine import events
from stream.engine.counters import LEAST, Counter
from stream.engine.names import Names
from stream.engine.panes import Panes
from stream.engine.quantiles import cell_of
from stream.engine.sayings import Saying, Sayings
from stream.engine.segments import ALL
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers.answers import CHANNEL_ITEMS, COMPLAINTS, FEEDBACK_ITEMS, NONE, carried
from stream.engine.trackers.complaints import Complaint, Complaints, Who
from stream.engine.trackers.priorities import UNSAID, Item, Priorities
from stream.engine.trackers.tickets import HOLD, Step, Ticket, step_of, tickets
from stream.engine.units import MICRO
from stream.engine.windows import L, R

TICKETS_OPENED: Final = Counter("tickets_opened", R)
TICKETS_SOLVED: Final = Counter("tickets_solved", R)
TICKETS_REOPENED: Final = Counter("tickets_reopened", R)
TICKETS_OPEN: Final = Counter("tickets_open")
TICKETS_WAITING: Final = Counter("tickets_waiting")
WAITING_SINCE: Final = Counter(f"{LEAST}waiting_since")
"""Milliseconds since the beginning of year 1: a total of 0 would not be there."""
RESPONSE_CELLS: Final = Counter("first_response_cells", L)
RESOLUTION_CELLS: Final = Counter("resolution_cells", L)
FULL_RESOLUTION_CELLS: Final = Counter("full_resolution_cells", L)
REOPENED_SINCE: Final = Counter("solved_and_reopened", L)

YEAR_1: Final = 62_135_596_801_000
"""ms from a second before the earliest instant that there can be to 1970."""
_HOUR, _DAY = 3_600, 86_400
_STALE: Final = 64
"""Entries of a heap that hold no longer and are borne with."""
_TROUBLES: Final = frozenset({"problem", "complaint", "request"})

TicketKey = tuple[str, str]
"""Account (empty: none) and ticket."""

TABLE: Final = declare("tickets", TicketKey, list[Step])


class OpenTicket(NamedTuple):
    """An open ticket of an account, and since when (µs) it is open and severe, if it is."""

    name: str
    severe_since: int | None


class Waits:
    """Since when customers wait, and the smallest of it in each segment, as a gauge that is no sum."""

    def __init__(self, panes: Panes) -> None:
        self._cells: Final = panes.cells
        self._segments: Final = panes.segments
        self._gauges: Final = panes.period_facts.gauges
        self._waits: dict[TicketKey, tuple[int, int]] = {}
        self._heaps: dict[int, list[tuple[int, TicketKey]]] = {}
        self._said: dict[int, int] = {}
        self._changed: set[int] = set()

    def put(self, key: TicketKey, since: int | None, member: int) -> None:
        """Let a ticket's customer wait since an instant (ms), or not any more."""
        now = None if since is None else (since, member)
        before = self._waits.get(key)
        if before == now:
            return
        members = self._segments.members
        if before is not None:
            del self._waits[key]
            self._changed.update(members[before[1]])
        if now is not None:
            self._waits[key] = now
            self._changed.update(members[member])
            for segment in members[member]:
                self._push(segment, now[0], key)

    def settle(self) -> None:
        """Write what changed."""
        for segment in self._changed:
            since = self._smallest(segment)
            cell = self._cells.number(WAITING_SINCE, self._segments.membership((segment,)))
            now = 0 if since is None else since + YEAR_1
            self._gauges[cell] += now - self._said.get(segment, 0)
            self._said[segment] = now
        self._changed.clear()

    def _push(self, segment: int, since: int, key: TicketKey) -> None:
        """Add to a segment's heap; where most of it may hold no longer, make it anew."""
        heap = self._heaps.setdefault(segment, [])
        heapq.heappush(heap, (since, key))
        if len(heap) > _STALE + 2 * len(self._waits):
            members = self._segments.members
            heap[:] = [(at, name) for name, (at, member) in self._waits.items() if segment in members[member]]
            heapq.heapify(heap)

    def _smallest(self, segment: int) -> int | None:
        """Return the smallest instant in a segment, letting go of the ones before it that hold no longer."""
        heap = self._heaps.get(segment, [])
        while heap:
            since, key = heap[0]
            there = self._waits.get(key)
            if there is not None and there[0] == since and segment in self._segments.members[there[1]]:
                return since
            heapq.heappop(heap)
        return None


class SupportTracker:
    """The tickets of one partition."""

    def __init__(
        self,
        panes: Panes,
        rows: Rows[TicketKey, list[Step]],
        grace: int,
        complaints: Complaints,
        priorities: Priorities,
        channels: Names,
    ) -> None:
        self.rows: Final = rows
        self.touched: Final[set[str]] = set()
        """The accounts whose tickets changed by the last settlement."""
        self._segments: Final = panes.segments
        self._grace: Final = grace * MICRO
        self._complaints: Final = complaints
        self._priorities: Final = priorities
        self._channels: Final = channels
        self._all: Final = panes.segments.membership((ALL,))
        self._sayings: Final = Sayings(panes)
        self._waits: Final = Waits(panes)
        self._timers: Final = Timers[TicketKey]()
        self._awaited: Final[set[TicketKey]] = set()
        self._before: dict[TicketKey, Saying] = {}
        self._by_account: dict[str, set[TicketKey]] = {}

    def apply(self, event: events.TicketChanged, at: int) -> None:
        """Apply a ticket's event that is no duplicate and no test."""
        key = (event.account_id or "", event.ticket_id)
        row = self.rows.get(key)
        if key not in self._before:
            self._before[key] = {} if row is None else self._say(row)
        if row is None:
            row = self.rows[key] = []
            self._by_account.setdefault(key[0], set()).add(key)
        values = {name: value for name in self._segments.dimensions if (value := carried(event, name)) is not None}
        insort(row, step_of(event, at, values), key=Step.order)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); `watermark` (µs) says how far back events can still come."""
        for key in self._timers.due(as_of):
            self._awaited.discard(key)
            if key in self.rows and key not in self._before:
                self._before[key] = self._say(self.rows[key])
        self.touched.clear()
        horizon = watermark - self._grace - HOLD
        for key, before in self._before.items():
            row = _kept(self.rows[key], horizon)
            self._sayings.change(before, self._say(row))
            if key[0]:
                self.touched.add(key[0])
            if row:
                self.rows[key] = row
                self._await(key, row, as_of)
            else:
                del self.rows[key]
                self._by_account[key[0]].discard(key)
            self._tell(key, row)
        self._before.clear()
        self._waits.settle()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        for key, row in self.rows.items():
            self._by_account.setdefault(key[0], set()).add(key)
            self._sayings.change({}, self._say(row))
            self._await(key, row, as_of)
            self._tell(key, row)
        self._waits.settle()

    def of(self, account: str) -> Iterator[tuple[TicketKey, Ticket]]:
        """Yield the tickets of an account that the state still has, merged ones apart."""
        for key in self._by_account.get(account, ()):
            for ticket in tickets(self.rows[key]):
                if ticket.state != "merged":
                    yield key, ticket

    def open_of(self, account: str) -> list[OpenTicket]:
        """Return the open tickets of an account."""
        return [OpenTicket(key[1], ticket.severe_since) for key, ticket in self.of(account) if ticket.open]

    def member_of(self, ticket: Ticket) -> int:
        """Return the membership of a ticket: the values that its events gave last."""
        return self._segments.membership_of([ticket.carried.get(name) for name in self._segments.dimensions])

    def _await(self, key: TicketKey, row: list[Step], as_of: int) -> None:
        """Set a timer for when the row can be let go of, unless one is set; a watermark that lags is asked again."""
        if key not in self._awaited:
            self._awaited.add(key)
            until = max((row[-1].at + HOLD + self._grace) // MICRO, as_of) + _DAY
            self._timers.set((until // _HOUR + 1) * _HOUR, key)

    def _tell(self, key: TicketKey, row: list[Step]) -> None:
        """Tell what a row's tickets are to what is derived from all of an account's."""
        waiting: tuple[int | None, int] = (None, self._all)
        complaints, items = [], []
        for ticket in tickets(row):
            member = self.member_of(ticket)
            if ticket.state == "merged":
                continue
            if ticket.waiting_since is not None:
                waiting = (ticket.waiting_since // 1_000, member)
            if ticket.complaint:
                complaints.append(Complaint(ticket.created[0] // MICRO, member))
            if ticket.topic is not None and ticket.kind in _TROUBLES:
                weight = UNSAID if ticket.severity is None else 6 - ticket.severity
                items.append(Item(ticket.created, ticket.topic, weight))
        self._waits.put(key, *waiting)
        self._complaints.put(who(key), ("ticket", *key), complaints)
        self._priorities.put(who(key), ("ticket", *key), items)

    def _say(self, row: list[Step]) -> Saying:
        for ticket in tickets(row):
            if ticket.state != "merged":
                self._say_ticket(ticket, self.member_of(ticket))
        return self._sayings.take()

    def _say_ticket(self, ticket: Ticket, member: int) -> None:
        say, created = self._sayings, ticket.created[0]
        second = created // MICRO
        say.dated(TICKETS_OPENED, second, member, 1)
        say.dated(FEEDBACK_ITEMS, second, member, 1)
        say.dated(COMPLAINTS, second, member, int(ticket.complaint))
        say.dated(CHANNEL_ITEMS, second, self._all, 1, self._channels.of(ticket.channel or NONE))
        say.gauge(TICKETS_OPEN, member, int(ticket.open))
        say.gauge(TICKETS_WAITING, member, int(ticket.waiting_since is not None))
        for at in ticket.reopened:
            say.dated(TICKETS_REOPENED, at // MICRO, member, 1)
        for counter, instant in (
            (RESPONSE_CELLS, ticket.first_response),
            (RESOLUTION_CELLS, ticket.first_solved),
            (FULL_RESOLUTION_CELLS, ticket.last_solved),
        ):
            if instant is not None:
                say.dated(counter, instant // MICRO, member, 1, cell_of(instant // 1_000 - created // 1_000))
        if ticket.last_solved is not None:
            say.dated(TICKETS_SOLVED, ticket.last_solved // MICRO, member, 1)
        if ticket.first_solved is not None:
            say.dated(REOPENED_SINCE, ticket.first_solved // MICRO, member, int(ticket.reopened_since))


def who(key: TicketKey) -> Who:
    """Return whose a ticket is."""
    account, ticket = key
    return ("account", account) if account else ("ticket", ticket)


def _kept(row: list[Step], horizon: int) -> list[Step]:
    """Return the events of the tickets that are open, or to whom something happened after the horizon (µs)."""
    kept: list[Step] = []
    place = 0
    for ticket in tickets(row):
        end = place + sum(1 for step in row[place:] if step.at <= ticket.last)
        kept += row[place:end] if ticket.open or ticket.last > horizon else []
        place = end
    return kept
