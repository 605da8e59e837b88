"""Checks and request reports: counted as they come, without the minutes that maintenance touches.

What came in a minute is kept as long as a window can hold it, since maintenance may be told afterwards: then the facts
of the minutes that it touches are taken back, and said again where it is moved or canceled (catalogue part 3, 4.1).
Seconds are told apart only while a window needs them; older rows hold minutes, an hour each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

import msgspec

from stream.engine import events
from stream.engine.counters import Counter, packed
from stream.engine.definitions import Definitions
from stream.engine.facts import BySecond
from stream.engine.panes import Panes
from stream.engine.quantiles import cell_of
from stream.engine.tables import Rows, declare
from stream.engine.trackers.carried import Carried
from stream.engine.trackers.timeline import Maintenance
from stream.engine.units import MICRO
from stream.engine.waiting import Applied
from stream.engine.windows import R

CHECKS: Final = Counter(
    "checks_seen", R, ("checks", "checks_ok", "apdex_samples", "apdex_satisfied", "apdex_tolerating")
)
LATENCIES: Final = Counter("latency_cells", R)
REQUESTS: Final = Counter("requests", R)
REPORTS: Final = Counter("request_reports", R)
VALID_REQUESTS: Final = Counter("valid_requests", R)
GOOD_REQUESTS: Final = Counter("good_requests", R)
"""The last two without maintenance."""

MINUTE: Final = 60
SLOT: Final = 300
HOUR: Final = 3_600
KEPT_HOURS: Final = 63 * 24
"""No window reaches back further."""

Content = dict[str, list[int]]
"""By kind: second within the row, membership, count; and again."""
LoadKey = tuple[str, int, int]
"""Service, seconds that the row is about, and its number since the epoch."""
LOADS: Final = declare("loads", LoadKey, str)
"""The content as JSON text: there are many rows, and few are ever read again."""

Minutes = list[tuple[int, int]]
"""Minutes since the epoch, `[first, after the last)`, in order and apart."""

FAILED, UNTIMED, VALID, GOOD = "failed", "ok", "valid", "good"
SATISFIED, TOLERATING, FRUSTRATED = "s", "t", "f"
_CLASSES: Final = {
    SATISFIED: packed(1, 1, 1, 1, 0),
    TOLERATING: packed(1, 1, 1, 0, 1),
    FRUSTRATED: packed(1, 1, 1, 0, 0),
}
_read: Final = msgspec.json.Decoder(Content).decode
_written: Final = msgspec.json.Encoder().encode


@lru_cache(maxsize=10_000)
def counted(kind: str) -> tuple[tuple[Counter, int | None, int], ...]:
    """Return what one of a kind counts: counter, label, and how much.

    >>> [counter.name for counter, _, _ in counted("s346")]
    ['checks_seen', 'latency_cells']
    """
    plain = {
        FAILED: (CHECKS, None, packed(1, 0, 1, 0, 0)),
        UNTIMED: (CHECKS, None, packed(1, 1, 0, 0, 0)),
        VALID: (VALID_REQUESTS, None, 1),
        GOOD: (GOOD_REQUESTS, None, 1),
    }
    if kind in plain:
        return (plain[kind],)
    return (CHECKS, None, _CLASSES[kind[0]]), (LATENCIES, int(kind[1:]), 1)


def minutes_of(maintenance: Iterable[Maintenance]) -> Minutes:
    """Return the minutes that maintenance touches."""
    found: Minutes = []
    taking_place = [plan for plan in maintenance if plan.starts < plan.ends]  # less than a ms is no time
    for starts, ends in sorted((plan.starts // 60_000, -(-plan.ends // 60_000)) for plan in taking_place):
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((starts, ends))
    return found


def differing(before: Minutes, after: Minutes) -> Minutes:
    """Return the minutes that are in one of both only: the edges that they do not share, in pairs.

    >>> differing([(1, 5)], [(3, 9)])
    [(1, 3), (5, 9)]
    """
    edges: set[int] = set()
    for pair in (*before, *after):
        edges ^= set(pair)
    ordered = sorted(edges)
    return list(zip(ordered[::2], ordered[1::2], strict=True))


class LoadTracker:
    """The checks and request reports of one partition.

    Args:
        panes: where facts are said.
        rows: what came, by service and time.
        maintenance_of: the maintenance of a service that takes place, as it is planned now.
        definitions: what the business measures.
    """

    def __init__(
        self,
        panes: Panes,
        rows: Rows[LoadKey, str],
        maintenance_of: Callable[[str], list[Maintenance]],
        definitions: Definitions,
    ) -> None:
        self._rows: Final = rows
        self._maintenance_of: Final = maintenance_of
        self._carried: Final = Carried(panes.segments, ("service", "region"))
        self._cells: Final = panes.cells
        self._dating: Final = panes.dating
        self._satisfied: Final = definitions.quality.satisfied_ms
        self._settled: Final[BySecond] = panes.facts_of(CHECKS).settled
        for counter in (LATENCIES, REQUESTS, REPORTS, VALID_REQUESTS, GOOD_REQUESTS):
            panes.facts_of(counter)
        self._kept: dict[str, set[tuple[int, int]]] = {}
        """The rows of each service: their seconds and numbers."""
        self._closed: dict[str, Minutes] = {}
        self._folded = self._forgotten = 0
        for service, size, number in rows:
            self._kept.setdefault(service, set()).add((size, number))

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply uptime events that are no duplicates and no tests, once the services know of their maintenance."""
        came: dict[LoadKey, dict[tuple[str, int, int], int]] = {}
        planned = set()
        for at, _, event, _ in batch:
            second = at // MICRO
            if isinstance(event, events.Checked):
                found = [(self._kind(event), 1)]
            elif isinstance(event, events.RequestsCounted):
                found = [(VALID, event.total), (GOOD, event.good)]
            elif isinstance(event, events.MaintenancePlanned):
                planned.add(event.service)
                continue
            else:
                continue
            member = self._carried.membership(event)
            if isinstance(event, events.RequestsCounted):
                self._say(REQUESTS, None, second, member, event.total)
                self._say(REPORTS, None, second, member, 1)
            content = came.setdefault((event.service, SLOT, second // SLOT), {})
            for kind, count in found:
                place = kind, second % SLOT, member
                content[place] = content.get(place, 0) + count
        for key, content in came.items():
            self._add(key, content)
        for service in planned:
            self._plan(service)

    def settle(self, as_of: int) -> None:
        """Fold rows whose seconds no window needs any more at `as_of` (seconds), and forget what is in no window."""
        slot = as_of // SLOT
        if slot == self._folded:
            return
        self._folded = slot
        until = (as_of - self._dating.fine) // SLOT
        for service, kept in self._kept.items():
            for size, number in sorted(kept):
                if size == SLOT and number < until:
                    self._fold(service, number)
                elif size == HOUR and number < as_of // HOUR - KEPT_HOURS:
                    kept.discard((size, number))
                    del self._rows[service, size, number]

    def restore(self, services: Iterable[str]) -> None:
        """Know again which minutes of the services are closed; the facts themselves are settled."""
        for service in services:
            self._closed[service] = minutes_of(self._maintenance_of(service))

    def _kind(self, check: events.Checked) -> str:
        if not check.ok:
            return FAILED
        if check.latency_ms is None:
            return UNTIMED
        within = SATISFIED if check.latency_ms <= self._satisfied else TOLERATING
        if check.latency_ms > 4 * self._satisfied:
            within = FRUSTRATED
        return f"{within}{cell_of(check.latency_ms)}"

    def _add(self, key: LoadKey, content: dict[tuple[str, int, int], int]) -> None:
        service, size, number = key
        kept = self._kept.setdefault(service, set())
        row = _read(self._rows[key]) if (size, number) in kept else {}
        closed = self._closed.get(service, [])
        for (kind, offset, member), count in content.items():
            row.setdefault(kind, []).extend((offset, member, count))
            second = number * size + offset
            if not any(first <= second // MINUTE < after for first, after in closed):
                self._count(kind, second, member, count)
        self._write(key, row)

    def _plan(self, service: str) -> None:
        """Take back the facts of minutes that are closed by now, and say those of minutes that are so no more."""
        before, after = self._closed.get(service, []), minutes_of(self._maintenance_of(service))
        self._closed[service] = after
        for first, end in differing(before, after):
            sign = 1 if any(start <= first < stop for start, stop in before) else -1
            for second, kind, member, count in self._between(service, first * MINUTE, end * MINUTE):
                self._count(kind, second, member, sign * count)

    def _between(self, service: str, start: int, end: int) -> Iterator[tuple[int, str, int, int]]:
        """Yield (second, kind, membership, count) of what came in `[start, end)` seconds, the minutes being whole."""
        for size, number in sorted(self._kept.get(service, ())):
            if number * size >= end or (number + 1) * size <= start:
                continue
            for kind, flat in _read(self._rows[service, size, number]).items():
                for place in range(0, len(flat), 3):
                    second = number * size + flat[place]
                    if start <= second < end:
                        yield second, kind, flat[place + 1], flat[place + 2]

    def _fold(self, service: str, slot: int) -> None:
        """Add a row of seconds to the row of its hour, to the minute."""
        kept, number = self._kept[service], slot * SLOT // HOUR
        old = _read(self._rows[service, HOUR, number]) if (HOUR, number) in kept else {}
        summed: dict[str, dict[tuple[int, int], int]] = {}
        for row, shift in ((old, 0), (_read(self._rows[service, SLOT, slot]), slot * SLOT % HOUR)):
            for kind, flat in row.items():
                by_minute = summed.setdefault(kind, {})
                for place in range(0, len(flat), 3):
                    minute = (shift + flat[place]) // MINUTE * MINUTE, flat[place + 1]
                    by_minute[minute] = by_minute.get(minute, 0) + flat[place + 2]
        self._write(
            (service, HOUR, number),
            {
                kind: [part for (offset, member), count in found.items() for part in (offset, member, count)]
                for kind, found in summed.items()
            },
        )
        kept.discard((SLOT, slot))
        del self._rows[service, SLOT, slot]

    def _write(self, key: LoadKey, row: Content) -> None:
        self._kept.setdefault(key[0], set()).add(key[1:])
        self._rows[key] = _written(row).decode()

    def _count(self, kind: str, second: int, member: int, count: int) -> None:
        for counter, label, unit in counted(kind):
            self._say(counter, label, second, member, unit * count)

    def _say(self, counter: Counter, label: int | None, second: int, member: int, count: int) -> None:
        self._settled[self._dating.of(second)][self._cells.number(counter, member, label)] += count
