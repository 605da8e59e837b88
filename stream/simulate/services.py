"""Services: what fails when, what is told of it, and what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from stream.simulate.chance import Chance
from stream.simulate.incidents import Incident, incidents
from stream.simulate.instants import DAY, HOUR, MINUTE, SECOND
from stream.simulate.probes import Failure, Probe


class Status(NamedTuple):
    """A status that somebody declared.

    Attributes:
        at: When it was told, and from when it holds.
        status: `up`, `degraded` or `down`.
        until: When it ends, if that was told with it; else it holds until the next one without.
    """

    at: int
    status: str
    until: int | None = None


class Work(NamedTuple):
    """One version of a planned maintenance; a later one with the same name replaces it.

    Attributes:
        told: When this version was told.
        name: Its `maintenance_id`.
        start: When it begins.
        end: When it ends.
        canceled: Whether it will not take place.
    """

    told: int
    name: str
    start: int
    end: int
    canceled: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A part of the product.

    Attributes:
        name: As events carry it.
        statuses: What was declared, in time order.
        works: What was planned, in the order told.
        probes: Who checks it every minute.
        incidents: What was told of its failures, in the order opened.
    """

    name: str
    statuses: Sequence[Status] = ()
    works: Sequence[Work] = ()
    probes: Sequence[Probe] = ()
    incidents: Sequence[Incident] = ()


def services(seed: int, start: int, end: int) -> list[Service]:
    """Make the services of the business: one that is probed, two that tell their status; until the span ends."""
    return [_until(end, make(seed, start, end)) for make in (_api, _web, _worker)]


def _until(end: int, service: Service) -> Service:
    statuses = [status for status in service.statuses if status.at < end]
    return replace(service, statuses=statuses, works=[work for work in service.works if work.told < end])


def _at(start: int, end: int, percent: int) -> int:
    """Find an instant of the span: a whole minute, so that what overlaps is easily seen."""
    return start + (end - start) * percent // 100 // MINUTE * MINUTE


def _failures(chance: Chance, start: int, end: int, percent: int) -> list[tuple[int, int]]:
    """Draw which days have a failure, and from when to when; none reaches the last two hours of the span."""
    drawn = []
    for day in range((end - start) // DAY):
        if chance.happens(percent):
            begins = start + day * DAY + chance.below(21 * HOUR)
            drawn.append((begins, begins + chance.between(50 * SECOND, 47 * MINUTE)))
    return drawn


def _api(seed: int, start: int, end: int) -> Service:
    """Seen by probes: from one region, for a while from two, which do not always agree."""
    chance = Chance(seed, "api")
    drawn = _failures(chance, start, end, 25)
    failures = [Failure(begins, ends, "us-1" if chance.happens(30) else None) for begins, ends in drawn]
    failures.append(Failure(_at(start, end, 60), _at(start, end, 60) + 20 * MINUTE, region="eu-1"))
    failures.append(Failure(end - 47 * MINUTE, end - 38 * MINUTE))
    slow = _at(start, end, 62)
    told = _at(start, end, 40)
    statuses = [
        # Said by hand while the probes see nothing; `up` gives the word back to them.
        Status(told + 100, "down"),
        Status(told + 9 * MINUTE, "up"),
        # Slow for a time known beforehand; whatever fails meanwhile is part of it.
        Status(slow, "degraded", slow + 2 * HOUR),
    ]
    failures.append(Failure(slow + 30 * MINUTE, slow + 50 * MINUTE))
    canceled = _at(start, end, 80)
    works = [
        Work(_at(start, end, 70), "api-m1", canceled, canceled + HOUR),
        Work(_at(start, end, 75), "api-m1", canceled, canceled + HOUR, canceled=True),
    ]
    silences = [(_at(start, end, 33), _at(start, end, 33) + 25 * MINUTE)]
    probes = [
        Probe(seed, "eu-1", start, end, tuple(failures), tuple(silences)),
        Probe(seed, "us-1", _at(start, end, 58), _at(start, end, 64), tuple(failures)),
    ]
    failed = sorted((failure.start, failure.end) for failure in failures)
    return Service("api", statuses, works, probes, incidents("api", failed, 2 * MINUTE, end))


def _declared(failures: list[tuple[int, int]], chance: Chance) -> list[Status]:
    """Tell each failure when it begins and when it is over; some begin slowly."""
    statuses = []
    for begins, ends in failures:
        if chance.happens(40):
            statuses.append(Status(begins - 5 * MINUTE, "degraded"))
        statuses += [Status(begins, "down"), Status(ends, "up")]
    return statuses


def _web(seed: int, start: int, end: int) -> Service:
    """Tells its status; says `up` again each morning; its maintenance is told late, or moved."""
    chance = Chance(seed, "web")
    failures = _failures(chance, start, end, 12)
    marked = _at(start, end, 85)
    failures = [(a, b) for a, b in failures if not marked - 3 * HOUR < a < marked + 3 * HOUR]
    failures = sorted([*failures, (marked, marked + 50 * MINUTE)])
    statuses = [Status(start + 1, "up"), *_declared(failures, chance)]
    for day in range(1, (end - start) // DAY):
        morning = start + day * DAY + 22 * HOUR + 3
        statuses.append(Status(morning, "up"))
    # Worse for half an hour that has not passed yet when the span ends.
    statuses.append(Status(end - 20 * MINUTE, "degraded", end + 10 * MINUTE))
    moved = _at(start, end, 50)
    works = [
        # Told after the fact: it covers the middle of a failure.
        Work(marked + 5 * HOUR, "web-m1", marked + 10 * MINUTE, marked + 40 * MINUTE),
        Work(_at(start, end, 45), "web-m2", moved, moved + HOUR),
        Work(_at(start, end, 48), "web-m2", moved + 2 * HOUR, moved + 4 * HOUR),
    ]
    told = sorted((status for status in statuses if status.at > start), key=lambda status: status.at)
    return Service("web", told, sorted(works), (), incidents("web", failures, MINUTE, end))


def _worker(seed: int, start: int, end: int) -> Service:
    """Tells its status, often with the time at which it will end; down when the span ends."""
    chance = Chance(seed, "worker")
    begins = _at(start, end, 4)
    statuses = [Status(begins, "up")]
    for at, ends in _failures(chance, begins, end, 20):
        if chance.happens(50):
            statuses += [Status(at, "down", ends), Status(at + (ends - at) // 2, "degraded", ends + 3 * MINUTE)]
        else:
            statuses += [Status(at, "down"), Status(ends, "up")]
    statuses.append(Status(end - 3 * MINUTE - 500, "down"))
    overlap = _at(start, end, 90)
    works = [
        Work(_at(start, end, 20), "worker-m1", overlap, overlap + 90 * MINUTE),
        Work(_at(start, end, 21), "worker-m2", overlap + HOUR, overlap + 2 * HOUR),
        Work(end - 6 * HOUR, "worker-m3", end - 30 * MINUTE, end - 15 * MINUTE),
    ]
    return Service("worker", sorted(statuses, key=lambda status: status.at), sorted(works))
