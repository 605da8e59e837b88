"""How long an id holds: what happens under it a long time after all else begins something new of the same id.

So what an id stands for depends on event time alone, and not on whether its rows are still there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar


class Dated(Protocol):
    """What happened at an instant (µs)."""

    @property
    def at(self) -> int:
        """When it happened."""


Event = TypeVar("Event", bound=Dated)


def held(
    events: Sequence[Event], hold: int, over: Callable[[Sequence[Event]], bool] | None = None
) -> Iterator[list[Event]]:
    """Yield the ordered events of one id in groups: one that comes a hold (µs) after the one before starts anew.

    Args:
        events: of one id, in order.
        hold: µs.
        over: whether a group can end; any can by default.
    """
    group: list[Event] = []
    for event in events:
        if group and event.at >= group[-1].at + hold and (over is None or over(group)):
            yield group
            group = []
        group.append(event)
    if group:
        yield group
