"""Incidents: what those who end a failure tell of it, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stream.simulate.instants import MINUTE

_NOTICED = 3 * MINUTE
_WATCHED = 5 * MINUTE


class Step(NamedTuple):
    """One thing told of an incident.

    Attributes:
        at: When.
        status: `opened`, `acknowledged`, `mitigated` or `resolved`.
        began: When the trouble began, if that is told with it.
    """

    at: int
    status: str
    began: int | None = None


class Incident(NamedTuple):
    """A failure that somebody works on.

    Attributes:
        name: Its `incident_id`.
        severity: From 1, the worst.
        steps: In time order; each status once, `opened` first.
    """

    name: str
    severity: int
    steps: tuple[Step, ...]


def incidents(service: str, failures: Sequence[tuple[int, int]], noticed: int, end: int) -> list[Incident]:
    """Open an incident for each failure of a service, and work on it.

    Args:
        service: Its name.
        failures: From when to when it failed, in time order.
        noticed: How long after its beginning a failure is noticed, in milliseconds.
        end: Nothing is told from this instant on.

    Example:
        >>> [incident] = incidents("web", [(0, 20 * MINUTE)], MINUTE, 60 * MINUTE)
        >>> [(step.at // MINUTE, step.status) for step in incident.steps]
        [(1, 'opened'), (4, 'acknowledged'), (20, 'mitigated'), (25, 'resolved')]
    """
    found = []
    for number, (begins, ends) in enumerate(failures):
        severity = 1 + number % 3
        opened = begins + noticed
        steps = [Step(opened, "opened"), Step(opened + _NOTICED, "acknowledged")]
        if ends > opened + _NOTICED:
            # What is short is over before anybody can do something. Of the worst, the beginning is looked up.
            steps.append(Step(ends, "mitigated", begins if severity == 1 else None))
        steps.append(Step(ends + _WATCHED, "resolved"))
        told = tuple(step for step in steps if step.at < end)
        if told:
            found.append(Incident(f"{service}-{number + 1}", severity, told))
    return found
