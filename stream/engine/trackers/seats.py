"""Seats: how many a customer pays for, and whether they became fewer (catalogue part 2, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from itertools import pairwise
from typing import Final

from stream.engine.trackers.signals import Signal
from stream.engine.trackers.subscriptions import Timeline

_NEVER: Final = 1 << 62


def seats_at(timelines: Collection[Timeline], instant: int) -> int:
    """Return the licensed quantity of the counted subscriptions at an instant (µs)."""
    states = (timeline.counted(instant) for timeline in timelines)
    return sum(i.quantity for state in states if state is not None for i in state.items if i.usage == "licensed")


def seats_removed(
    timelines: Collection[Timeline], at: int, pays: Callable[[int], bool], share: Fraction, held_for: int
) -> Signal | None:
    """On while seats are fewer, by a share, than their maximum of the time (µs) before, and the account still pays."""
    changes = sorted({instant for timeline in timelines for instant in timeline.instants()})
    steps = [(instant, seats_at(timelines, instant)) for instant in changes]
    if all(later[1] >= earlier[1] for earlier, later in pairwise(steps)):
        return None

    def on(instant: int) -> bool:
        now, highest = 0, 0
        for index, (begin, seats) in enumerate(steps):
            if begin > instant:
                break
            now = seats
            if index + 1 == len(steps) or steps[index + 1][0] > instant - held_for:
                highest = max(highest, seats)
        return highest > 0 and now <= (1 - share) * highest and pays(instant)

    if not on(at):
        return None
    turns = sorted({*changes, *(instant + held_for for instant in changes)})
    since = at
    for instant in reversed([turn for turn in turns if turn <= at]):
        since = instant
        if not on(instant - 1):
            break
    until = next((turn for turn in turns if turn > at and not on(turn)), _NEVER)
    detail = f"{seats_at(timelines, at)} seats, fewer than before"
    return Signal("seats_removed", since, None if until >= _NEVER else until, detail)
