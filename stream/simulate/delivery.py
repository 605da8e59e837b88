"""Delivery: how events arrive, some of them late, some of them twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from operator import itemgetter

from stream.simulate.chance import Chance
from stream.simulate.events import Dated, Event
from stream.simulate.instants import MINUTE, SECOND

_LATEST = 30 * MINUTE
_LATER = ("feedback.", "growth.")


def delivered(dated: Iterable[Dated], seed: int, *, late: float, duplicates: float) -> Iterator[Event]:
    """Deliver events in the order in which they arrive.

    The order changes and some come again, the same to the byte; their times do not change, so the truth does not.
    Feedback and growth draw from a stream of their own, and so do mitigations, so that all else arrives as it does
    without them.

    Args:
        dated: Events in time order.
        seed: Of the world.
        late: Share of the events that arrive up to half an hour after their time.
        duplicates: Share of the events that arrive a second time, up to half an hour after their time.

    Example:
        >>> sent = [(0, {"id": "a", "type": "usage.tracked"}), (9, {"id": "b", "type": "usage.tracked"})]
        >>> [event["id"] for event in delivered(sent, 7, late=0, duplicates=1)]
        ['a', 'b', 'b', 'a']
    """
    if not late and not duplicates:
        yield from map(itemgetter(1), dated)
        return
    usual, later = Chance(seed, "delivery").draw, Chance(seed, "delivery", "later").draw
    latest = Chance(seed, "delivery", "latest").draw
    waiting: list[tuple[int, int, Event]] = []
    number = 0
    for at, event in dated:
        while waiting and waiting[0][0] <= at:
            yield heappop(waiting)[2]
        draw = later if event["type"].startswith(_LATER) else latest if event.get("status") == "mitigated" else usual
        delayed, again = draw() < late, draw() < duplicates
        for _ in range(delayed + again):
            number += 1
            heappush(waiting, (at + SECOND + int(draw() * (_LATEST - SECOND)), number, event))
        if not delayed:
            yield event
    while waiting:
        yield heappop(waiting)[2]
