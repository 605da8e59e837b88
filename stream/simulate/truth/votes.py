"""Votes: what the probes of a service said, from check to check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stream.simulate.instants import MINUTE
from stream.simulate.probes import Check

_STALE = 5 * MINUTE


class Voice(NamedTuple):
    """A stretch in which a region says the same.

    Attributes:
        start: From when.
        end: Until when: the next check that differs, or five minutes after the last one.
        ok: What it says.
    """

    start: int
    end: int
    ok: bool


def voices(checks: Iterable[Check], limit: int) -> list[Voice]:
    """Put the checks of a region before an instant together to stretches.

    Example:
        >>> voices([Check(0, True, 9), Check(60_000, True, 9), Check(120_000, False, 0)], 130_000)
        [Voice(start=0, end=120000, ok=True), Voice(start=120000, end=420000, ok=False)]
    """
    said: list[Voice] = []
    for at, ok, _ in checks:
        if at >= limit:
            break
        last = said[-1] if said else None
        if last and at <= last.end and ok == last.ok:
            said[-1] = Voice(last.start, at + _STALE, ok)
        else:
            if last and at < last.end:
                said[-1] = Voice(last.start, at, last.ok)
            said.append(Voice(at, at + _STALE, ok))
    return said


def vote(said: Iterable[bool]) -> str | None:
    """Take the vote of the regions that speak: more than half failing is down; None: nobody speaks.

    Example:
        >>> vote([True, False]), vote([False]), vote([])
        ('degraded', 'down', None)
    """
    heard = list(said)
    failing = heard.count(False)
    if not heard:
        return None
    if 2 * failing > len(heard):
        return "down"
    return "degraded" if failing else "up"
