"""Spans: how a service was, from instant to instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from stream.simulate.services import Service, Status, Work
from stream.simulate.truth.votes import Voice, voices, vote

_WORSE = {"up": 0, "degraded": 1, "down": 2}


class Span(NamedTuple):
    """A stretch in which a service was the same.

    Attributes:
        start: From when.
        end: Until when.
        state: `up`, `degraded` or `down`.
    """

    start: int
    end: int
    state: str


def spans(service: Service, as_of: int, days: Iterable[int]) -> list[Span]:
    """Lay out how a service was until an instant, by what was known of it by then.

    Unknown times and maintenance are left out.

    Args:
        service: The service.
        as_of: What is told before it is known; milliseconds since the epoch.
        days: The UTC days on which there may be checks.
    """
    days = list(days)
    regions = [voices((check for day in days for check in probe.day(day)), as_of) for probe in service.probes]
    return layout([status for status in service.statuses if status.at < as_of], regions, service.works, as_of)


def layout(
    statuses: Sequence[Status], regions: Sequence[Sequence[Voice]], works: Sequence[Work], as_of: int
) -> list[Span]:
    """Ask for each stretch between two things that happen how the service was.

    Example:
        >>> told = [Status(0, "up"), Status(20, "down"), Status(30, "up")]
        >>> layout(told, [], [Work(99, "m", 25, 40)], 120)
        [Span(start=0, end=20, state='up'), Span(start=20, end=25, state='down'), Span(start=40, end=120, state='up')]
    """
    closed = closures(works, as_of)
    edges = {as_of, *(edge for pair in closed for edge in pair)}
    edges.update(edge for status in statuses for edge in (status.at, status.until or status.at))
    edges.update(edge for said in regions for voice in said for edge in voice[:2])
    ordered = sorted(edge for edge in edges if edge <= as_of)
    found: list[Span] = []
    for start, end in pairwise(ordered):
        state = None if any(a <= start < b for a, b in closed) else _state(start, statuses, regions)
        if state is None:
            continue
        if found and found[-1].end == start and found[-1].state == state:
            found[-1] = Span(found[-1].start, end, state)
        else:
            found.append(Span(start, end, state))
    return found


def closures(works: Sequence[Work], as_of: int) -> list[tuple[int, int]]:
    """List the maintenance that takes place, by what was known before an instant; two may overlap.

    Example:
        >>> closures([Work(0, "m", 25, 40), Work(9, "m", 25, 30), Work(10, "n", 50, 60)], 10)
        [(25, 30)]
    """
    versions = {work.name: work for work in works if work.told < as_of}
    return [(work.start, work.end) for work in versions.values() if not work.canceled]


def _state(at: int, statuses: Sequence[Status], regions: Sequence[Sequence[Voice]]) -> str | None:
    """Say how a service was at an instant: declared for a time, declared worse than up, probed, or declared up."""
    bounded = [status for status in statuses if status.until is not None and status.at <= at < status.until]
    if bounded:
        return max(bounded, key=_newest).status
    open_ = [status for status in statuses if status.until is None and status.at <= at]
    declared = max(open_, key=_newest).status if open_ else None
    if declared not in (None, "up"):
        return declared
    said = [voice.ok for voices_ in regions for voice in voices_ if voice.start <= at < voice.end]
    return vote(said) or declared


def _newest(status: Status) -> tuple[int, int]:
    return status.at, _WORSE[status.status]
