"""A service's timeline: what was declared, what probes saw, and maintenance over both (catalogue part 3, section 4.1).

Instants are whole milliseconds. The status is a function of the instant and of what is known, so a part of the timeline
can be worked out again at any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct

UNKNOWN, UP, DEGRADED, DOWN, MAINTENANCE = range(5)
"""Statuses in the order of their badness, as they are written in rows."""

STATUSES: Final = {"up": UP, "degraded": DEGRADED, "down": DOWN}
NEVER: Final = 1 << 62


class Stretch(NamedTuple):
    """A status over `[start, end)`, in ms."""

    start: int
    end: int
    status: int


class Declared(Struct, array_like=True, gc=False):
    """A declared status; `at` in µs, since the latest start wins, `until` in ms."""

    at: int
    source: str
    id: str
    status: int
    until: int | None

    def order(self) -> tuple[int, str, str]:
        """Return what declared statuses are ordered by."""
        return self.at, self.source, self.id


class Check(Struct, array_like=True, gc=False):
    """What a probe saw at `at` (µs)."""

    at: int
    source: str
    id: str
    ok: bool

    def order(self) -> tuple[int, str, str]:
        """Return what checks are ordered by."""
        return self.at, self.source, self.id


class Maintenance(Struct, array_like=True, gc=False):
    """A version of a maintenance, told at `at` (µs); `[starts, ends)` in ms."""

    at: int
    source: str
    id: str
    starts: int
    ends: int
    canceled: bool

    def order(self) -> tuple[int, str, str]:
        """Return what versions are ordered by."""
        return self.at, self.source, self.id


class Known(NamedTuple):
    """All that is known of a service from some instant on."""

    declared: Sequence[Declared]
    checks: Mapping[str, Sequence[Check]]
    stale: int
    """µs for which a check speaks."""


def status_at(known: Known, at: int) -> int:
    """Return the status at an instant (ms), maintenance apart.

    A declared status that is bounded, or worse than up, overrides the probes; an open `up` holds where none speaks.
    """
    word, bounded = _declared(known.declared, at)
    if word is not None and (bounded or word != UP):
        return word
    voice = _probed(known, at)
    return UP if word is not None and voice == UNKNOWN else voice


def _declared(declared: Sequence[Declared], at: int) -> tuple[int | None, bool]:
    """Return the declared status that holds, and whether it is bounded: the latest start wins, then the worse."""
    best: Declared | None = None
    for one in declared:
        if one.at // 1_000 > at:
            break
        if one.until is not None and at >= one.until:
            continue
        if best is None or _rank(one) > _rank(best):
            best = one
    return (None, False) if best is None else (best.status, best.until is not None)


def _rank(one: Declared) -> tuple[bool, int, int]:
    return one.until is not None, one.at, one.status


def _probed(known: Known, at: int) -> int:
    """Return what the regions that speak vote for: more than half failing is down, some is degraded."""
    voices = failing = 0
    for checks in known.checks.values():
        index = bisect_right(checks, at, key=lambda check: check.at // 1_000) - 1
        if index >= 0 and at < (checks[index].at + known.stale) // 1_000:
            voices += 1
            failing += not checks[index].ok
    if not voices:
        return UNKNOWN
    if 2 * failing > voices:
        return DOWN
    return DEGRADED if failing else UP


def edges(known: Known, start: int, end: int) -> Iterator[int]:
    """Yield the instants in `[start, end)` at which the status can change."""
    for one in known.declared:
        if start <= one.at // 1_000 < end:
            yield one.at // 1_000
        if one.until is not None and start <= one.until < end:
            yield one.until
    for checks in known.checks.values():
        first = bisect_right(checks, start * 1_000 - known.stale - 1_000, key=lambda check: check.at)
        for check in checks[first:]:
            for instant in (check.at // 1_000, (check.at + known.stale) // 1_000):
                if start <= instant < end:
                    yield instant


def stretches(known: Known, start: int, end: int) -> list[Stretch]:
    """Return the statuses over `[start, end)`, without gap or overlap, maintenance apart."""
    found: list[Stretch] = []
    instants = sorted({start, *edges(known, start, end)})
    for begin, finish in zip(instants, [*instants[1:], end], strict=True):
        append(found, Stretch(begin, finish, status_at(known, begin)))
    return found


def append(found: list[Stretch], stretch: Stretch) -> None:
    """Append a stretch; one that goes on with the same status is made longer."""
    if stretch.start >= stretch.end:
        return
    if found and found[-1].status == stretch.status and found[-1].end == stretch.start:
        found[-1] = Stretch(found[-1].start, stretch.end, stretch.status)
    else:
        found.append(stretch)


def under_maintenance(base: Sequence[Stretch], maintenance: Sequence[Maintenance]) -> list[Stretch]:
    """Return stretches with the maintenance that takes place cut out of them."""
    windows = sorted((one.starts, one.ends) for one in maintenance if not one.canceled)
    if not windows:
        return list(base)
    found: list[Stretch] = []
    for stretch in base:
        begin = stretch.start
        for starts, ends in windows:
            if ends <= begin or starts >= stretch.end:
                continue
            append(found, Stretch(begin, max(starts, begin), stretch.status))
            append(found, Stretch(max(starts, begin), min(ends, stretch.end), MAINTENANCE))
            begin = min(ends, stretch.end)
        append(found, Stretch(begin, stretch.end, stretch.status))
    return found


def clipped(found: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """Yield the parts of stretches that lie in `[start, end)`."""
    for stretch in found:
        if stretch.end > start and stretch.start < end:
            yield Stretch(max(stretch.start, start), min(stretch.end, end), stretch.status)


Degraded = Literal["up", "down"]
