"""What an event carries in the dimensions, and the segments that it counts in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stream.engine.events import Event
from stream.engine.segments import ALL, Segments, text_of


class Carried:
    """The values of events in the configured dimensions and in some that count always.

    Args:
        segments: the segments of the partition.
        always: dimensions that have segments whether or not they are configured.
    """

    def __init__(self, segments: Segments, always: Sequence[str]) -> None:
        self._segments: Final = segments
        self._names: Final = tuple(dict.fromkeys((*segments.dimensions, *always)))

    def values(self, event: Event) -> dict[str, str]:
        """Return what an event carries by dimension: a field, else an attribute; what it lacks is left out."""
        attributes, fields = event.attributes or {}, event.__struct_fields__
        found = {}
        for name in self._names:
            own = getattr(event, name) if name in fields else None
            value = text_of(own or attributes.get(name))
            if value is not None:
                found[name] = value
        return found

    def membership(self, event: Event) -> int:
        """Return the membership of the segments that an event counts in."""
        return self.membership_of(self.values(event))

    def membership_of(self, values: Mapping[str, str]) -> int:
        """Return the membership of values by dimension."""
        found = [ALL]
        for name in self._names:
            value = values.get(name)
            segment = None if value is None else self._segments.segment(name, value)
            if segment is not None:
                found.append(segment)
        return self._segments.membership(found)
