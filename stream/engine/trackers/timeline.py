"""A service's timeline: what was declared, what probes saw, and maintenance over both (catalogue part 3, section 4.1).

Instants are whole milliseconds. The status is a function of the instant and of what is known, so a part of the timeline
can be worked out again at any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

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


def stretches(known: Known, start: int, end: int) -> list[Stretch]:
    """Return the statuses over `[start, end)` ms, without gap or overlap, maintenance apart."""
    if start >= end:
        return []
    voices = [_Voices(checks, known.stale) for checks in known.checks.values()]
    words = _Words(known.declared)
    found: list[Stretch] = []
    instants = sorted({start, *edges(known, start, end)})
    instants.append(end)
    for index in range(len(instants) - 1):
        begin = instants[index]
        append(
            found,
            Stretch(begin, instants[index + 1], _combined(words.at(begin), [voice.at(begin) for voice in voices])),
        )
    return found


def edges(known: Known, start: int, end: int) -> Iterator[int]:
    """Yield the instants in `[start, end)` at which the status can change."""
    for one in known.declared:
        if start <= one.at // 1_000 < end:
            yield one.at // 1_000
        if one.until is not None and start <= one.until < end:
            yield one.until
    for checks in known.checks.values():
        first = bisect_right(checks, start * 1_000 - known.stale - 1_000, key=_at)
        for index in range(first, len(checks)):
            spoken = checks[index].at // 1_000
            silent = (checks[index].at + known.stale) // 1_000
            if start <= spoken < end:
                yield spoken
            if start <= silent < end and (index + 1 == len(checks) or checks[index + 1].at // 1_000 > silent):
                yield silent


class _Voices:
    """One region's checks, asked at instants that ascend."""

    def __init__(self, checks: Sequence[Check], stale: int) -> None:
        self._checks = checks
        self._stale = stale
        self._next = 0

    def at(self, instant: int) -> bool | None:
        """Return what the region says; None if it is silent."""
        checks, index = self._checks, self._next
        if index == 0:
            index = bisect_right(checks, instant, key=_at_ms)
        while index < len(checks) and checks[index].at // 1_000 <= instant:
            index += 1
        self._next = index
        if index == 0 or instant >= (checks[index - 1].at + self._stale) // 1_000:
            return None
        return checks[index - 1].ok


class _Words:
    """Declared statuses, asked at instants that ascend."""

    def __init__(self, declared: Sequence[Declared]) -> None:
        self._declared = declared
        self._next = 0
        self._open: Declared | None = None
        self._bounded: list[Declared] = []

    def at(self, instant: int) -> tuple[int, bool] | None:
        """Return the declared status that holds, and whether it is bounded: the latest start wins, then the worse."""
        while self._next < len(self._declared) and self._declared[self._next].at // 1_000 <= instant:
            one = self._declared[self._next]
            self._next += 1
            if one.until is not None:
                self._bounded.append(one)
            elif self._open is None or _rank(one) > _rank(self._open):
                self._open = one
        self._bounded = [one for one in self._bounded if one.until is not None and instant < one.until]
        if self._bounded:
            return max(self._bounded, key=_rank).status, True
        return None if self._open is None else (self._open.status, False)


def _combined(word: tuple[int, bool] | None, voices: Sequence[bool | None]) -> int:
    """Return the status: a declared one that is bounded, or worse than up, overrides the probes.

    An open `up` holds where no probe speaks. Of the regions that speak, more than half failing is down, some degraded.
    """
    if word is not None and (word[1] or word[0] != UP):
        return word[0]
    speaking = [voice for voice in voices if voice is not None]
    if not speaking:
        return UNKNOWN if word is None else UP
    failing = speaking.count(False)
    if 2 * failing > len(speaking):
        return DOWN
    return DEGRADED if failing else UP


def _rank(one: Declared) -> tuple[int, int]:
    return one.at, one.status


def _at(check: Check) -> int:
    return check.at


def _at_ms(check: Check) -> int:
    return check.at // 1_000


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
