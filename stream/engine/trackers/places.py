"""Where money counts: the values of the dimensions that it belongs to (catalogue part 2, section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stream.engine.segments import text_of
from stream.engine.trackers.subscriptions import Timeline, carried, dimension_of


def values_at(
    dimensions: Sequence[str],
    timelines: Mapping[str, Timeline],
    at: int,
    subscription_id: str | None,
    attributes: Mapping[str, object] | None,
) -> list[str | None]:
    """Return a value for each dimension at an instant (µs): own attributes, the subscription's, the only counted one's.

    Args:
        dimensions: what is configured.
        timelines: the account's subscriptions.
        at: when the money moved.
        subscription_id: the subscription that it names.
        attributes: what it says itself.
    """
    named = timelines.get(subscription_id) if subscription_id is not None else None
    states = [] if named is None else [named.at(at)]
    counted = [state for timeline in timelines.values() if (state := timeline.counted(at)) is not None]
    if len(counted) == 1:
        states.append(counted[0])
    values = []
    for name in dimensions:
        value = text_of(carried(attributes, name))
        for state in states:
            if value is None and state is not None:
                value = text_of(dimension_of(state, name))
        values.append(value)
    return values
