"""Services: how long each was up, degraded, down or in maintenance.

A service's row holds what can still change its recent past; older stretches are rows of their own, a day each, without
maintenance, which may still be told. What has been said of the timeline is kept in memory, so that whatever comes in
takes back and says anew only what lies behind the instant that it touches.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from stream.engine import events
from stream.engine.counters import Counter
from stream.engine.definitions import Definitions
from stream.engine.facts import Span
from stream.engine.panes import Panes
from stream.engine.segments import ALL
from stream.engine.tables import Rows, declare
from stream.engine.trackers.outages import OutageFacts, Outages
from stream.engine.trackers.timeline import (
    DEGRADED,
    DOWN,
    MAINTENANCE,
    NEVER,
    STATUSES,
    UP,
    Check,
    Declared,
    Known,
    Maintenance,
    Stretch,
    append,
    clipped,
    edges,
    stretches,
    under_maintenance,
)
from stream.engine.units import MICRO
from stream.engine.waiting import Applied
from stream.engine.windows import C, L, R, bounds

UP_MS: Final = Counter("up_ms", R)
DOWN_MS: Final = Counter("down_ms", R)
DEGRADED_MS: Final = Counter("degraded_ms", R)
MAINTENANCE_MS: Final = Counter("maintenance_ms", R)
SERVICES_DOWN: Final = Counter("services_down")

DIMENSION: Final = "service"
DAY: Final = 86_400_000
KEPT: Final = 63 * DAY
"""ms: no window reaches back further."""
_RAW_KEPT: Final = 200


class Service(Struct, array_like=True, gc=False):
    """What is known of a service from `begin` (ms) on; `first` (ms) is its first observation."""

    first: int = NEVER
    begin: int = -NEVER
    declared: list[Declared] = []
    checks: dict[str, list[Check]] = {}
    maintenance: dict[str, Maintenance] = {}


StretchesKey = tuple[str, int]
"""Service and day since the epoch (UTC)."""

SERVICES: Final = declare("services", str, Service)
STRETCHES: Final = declare("stretches", StretchesKey, list[Stretch])


class _Line:
    """What has been said of a service's timeline, up to `until` (ms)."""

    def __init__(self) -> None:
        self.base: list[Stretch] = []
        self.said: list[Stretch] = []
        self.until = -NEVER
        self.dirty_from = NEVER
        self.next_edge = -NEVER
        self.down = False
        self.outages = Outages()


class ServiceTracker:
    """The services of one partition."""

    def __init__(
        self,
        panes: Panes,
        rows: Rows[str, Service],
        old: Rows[StretchesKey, list[Stretch]],
        definitions: Definitions,
    ) -> None:
        self._rows: Final = rows
        self._old: Final = old
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._facts: Final = panes.facts_of(UP_MS)
        self._gauges: Final = panes.period_facts.gauges
        self._cells: Final = panes.cells
        for counter in (DOWN_MS, DEGRADED_MS, MAINTENANCE_MS):
            panes.facts_of(counter)
        self._stale: Final = definitions.quality.check_stale * MICRO
        self._grace: Final = definitions.lateness.grace.uptime * MICRO
        degraded = UP_MS if definitions.quality.degraded == "up" else DOWN_MS
        self._counts_as: Final = {
            UP: (UP_MS,),
            DOWN: (DOWN_MS,),
            DEGRADED: (degraded, DEGRADED_MS),
            MAINTENANCE: (MAINTENANCE_MS,),
        }
        self._down: Final = {DOWN} if definitions.quality.degraded == "up" else {DOWN, DEGRADED}
        self.outages: Final = OutageFacts(panes, self._down, definitions.quality.outage_merge * 1_000)
        self._lines: dict[str, _Line] = {}
        self._changed: set[str] = set()
        self._tidied = 0

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply uptime events that are no duplicates and no tests."""
        for at, _, event, _ in batch:
            name = getattr(event, DIMENSION, None)
            if name is None:
                continue
            if isinstance(event, events.Checked):
                row = self._touch(name, at // 1_000, observed=True)
                checks = row.checks.setdefault(event.region or "", [])
                check = Check(at, event.source, event.id, event.ok)
                if checks and check.order() < checks[-1].order():
                    insort(checks, check, key=Check.order)
                else:
                    checks.append(check)
            elif isinstance(event, events.StatusChanged):
                row = self._touch(name, at // 1_000, observed=True)
                until = None if event.until is None else event.until // 1_000
                word = Declared(at, event.source, event.id, STATUSES[event.status], until)
                insort(row.declared, word, key=Declared.order)
            elif isinstance(event, events.MaintenancePlanned):
                starts, ends = event.starts_at // 1_000, event.ends_at // 1_000
                told = Maintenance(at, event.source, event.id, starts, ends, event.canceled)
                self._maintain(name, event.maintenance_id, told)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); `watermark` (µs) says how far back events can still come."""
        until = as_of * 1_000
        for name, line in self._lines.items():
            quiet = line.dirty_from == NEVER
            if quiet and line.until == until:
                continue
            if quiet and until <= line.next_edge and line.said:
                last = line.said[-1]
                self._say(name, Stretch(line.until, until, last.status), 1)
                line.said[-1] = Stretch(last.start, until, last.status)
                self.outages.extend(line.outages, line.said[-1])
                line.until = until
            else:
                self._rebuild(name, line, until)
        self._say_longest(as_of)
        horizon = (watermark - self._grace) // 1_000
        for name in self._changed:
            row = self._rows[name]
            self._fold(name, row, horizon)
            self._rows[name] = row
        self._changed.clear()
        if horizon // DAY != self._tidied:
            self._tidied = horizon // DAY
            for name, row in list(self._rows.items()):
                self._forget(name, row, self._lines[name], horizon - KEPT)

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        for (name, _), found in sorted(self._old.items()):
            self._lines.setdefault(name, _Line()).base += found
        for name in self._rows:
            self._rebuild(name, self._lines.setdefault(name, _Line()), as_of * 1_000)
        self._say_longest(as_of)

    def maintenance_of(self, name: str) -> list[Maintenance]:
        """Return the maintenance of a service that takes place, as it is planned now."""
        row = self._rows.get(name)
        return [] if row is None else [plan for plan in row.maintenance.values() if not plan.canceled]

    def outages_of(self, name: str) -> Outages:
        """Return the outages of a service, as of the last settlement."""
        line = self._lines.get(name)
        return Outages() if line is None else line.outages

    def names(self) -> list[str]:
        """Return the services that anything is known of."""
        return list(self._rows)

    def _touch(self, name: str, at: int, *, observed: bool) -> Service:
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = Service(NEVER, -NEVER, [], {}, {})
        line = self._lines.setdefault(name, _Line())
        line.dirty_from = min(line.dirty_from, at)
        if observed:
            row.first = min(row.first, at)
        self._changed.add(name)
        return row

    def _maintain(self, name: str, maintenance_id: str, told: Maintenance) -> None:
        row = self._touch(name, told.starts, observed=False)
        old = row.maintenance.get(maintenance_id)
        if old is None or old.order() < told.order():
            if old is not None:
                self._touch(name, old.starts, observed=False)
            row.maintenance[maintenance_id] = told

    def _rebuild(self, name: str, line: _Line, until: int) -> None:
        """Take back what was said behind the earliest instant that changed, and say it as it is."""
        row = self._rows[name]
        known = Known(row.declared, row.checks, self._stale)
        start = max(min(line.dirty_from, line.until), row.first, until - KEPT)
        line.dirty_from = NEVER
        for stretch in clipped(line.said, start, NEVER):
            self._say(name, stretch, -1)
        line.said = [
            Stretch(stretch.start, min(stretch.end, start), stretch.status)
            for stretch in line.said
            if stretch.start < start and stretch.end > until - KEPT
        ]
        base = list(clipped(line.base, start, until))
        for stretch in stretches(known, max(start, row.begin), max(until, row.begin)):
            append(base, stretch)
        for stretch in under_maintenance(base, list(row.maintenance.values())):
            self._say(name, stretch, 1)
            append(line.said, stretch)
        self.outages.rebuild(name, self._member(name), line.outages, line.said, start)
        line.until = until
        coming = [one for plan in row.maintenance.values() for one in (plan.starts, plan.ends) if one >= until]
        line.next_edge = min([*coming, *edges(known, until, NEVER)], default=NEVER)
        down = bool(line.said) and line.said[-1].end == until and line.said[-1].status in self._down
        if down != line.down:
            self._gauges[self._cells.number(SERVICES_DOWN, self._member(name))] += 1 if down else -1
            line.down = down

    def _say_longest(self, as_of: int) -> None:
        windows = {window: bounds(window, as_of, self._calendar) for window in (*L, *C)}
        for name, line in self._lines.items():
            self.outages.say_longest(name, self._member(name), line.outages, windows, as_of)

    def _say(self, name: str, stretch: Stretch, sign: int) -> None:
        for counter in self._counts_as.get(stretch.status, ()):
            cell = self._cells.number(counter, self._member(name))
            self._facts.spans.append(Span(stretch.start, stretch.end, cell, sign))

    def _member(self, name: str) -> int:
        segment = self._segments.segment(DIMENSION, name)
        return self._segments.membership((ALL,) if segment is None else (ALL, segment))

    def _fold(self, name: str, row: Service, horizon: int) -> None:
        """Turn what no event can change any more into stretches, and forget what is out of every window."""
        raw = len(row.declared) + sum(len(checks) for checks in row.checks.values())
        if raw <= _RAW_KEPT or horizon <= max(row.begin, row.first):
            return
        line = self._lines[name]
        known = Known(row.declared, row.checks, self._stale)
        for stretch in stretches(known, max(row.begin, row.first), horizon):
            append(line.base, stretch)
        for day in range(max(row.begin, row.first) // DAY, (horizon - 1) // DAY + 1):
            self._old[name, day] = list(clipped(line.base, day * DAY, (day + 1) * DAY))
        row.begin = horizon
        row.declared = [one for one in row.declared if _still_matters(one, row.declared, horizon)]
        for region, checks in list(row.checks.items()):
            kept = [check for check in checks if check.at + self._stale >= horizon * 1_000]
            if kept:
                row.checks[region] = kept
            else:
                del row.checks[region]

    def _forget(self, name: str, row: Service, line: _Line, before: int) -> None:
        line.base = [stretch for stretch in line.base if stretch.end > before]
        for old in [key for key in self._old if key[0] == name and (key[1] + 1) * DAY <= before]:
            del self._old[old]
        grace = self._grace // 1_000
        over = [key for key, one in row.maintenance.items() if max(one.ends, one.at // 1_000 + grace) <= before]
        for gone in over:
            del row.maintenance[gone]
        if over:
            self._rows[name] = row


def _still_matters(one: Declared, declared: list[Declared], horizon: int) -> bool:
    """Say whether a declared status can hold at or after the horizon (ms)."""
    if one.at // 1_000 >= horizon:
        return True
    if one.until is not None:
        return one.until > horizon
    later = [other for other in declared if other.until is None and one.at < other.at < horizon * 1_000]
    return not later
