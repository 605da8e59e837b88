"""What every KPI of one's own reads from an event: whether it counts, where, and in which group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stream.engine.custom.fields import reader
from stream.engine.custom.filters import compiled
from stream.engine.custom.series import NONE, Series
from stream.engine.events import Event
from stream.engine.names import Names as KeptNames
from stream.engine.names import NamesKey
from stream.engine.segments import Segments, text_of
from stream.engine.tables import Rows


class Places:
    """Finds the combination of segment values that an event carries: field, else attribute."""

    def __init__(self, segments: Segments) -> None:
        self._segments: Final = segments
        self._names: Final = (*segments.dimensions, "plan")

    def of(self, event: Event) -> int:
        """Return the combination of an event."""
        carried = event.attributes or {}
        values = tuple(text_of(getattr(event, name, None) or carried.get(name)) for name in self._names)
        return self._segments.combination(values)


class Reading:
    """The compiled declaration of one KPI."""

    def __init__(self, series: Series, names: Rows[NamesKey, int]) -> None:
        kpi = series.kpi
        self.series: Final = series
        self.matches: Final = compiled(kpi.filter)
        self.good: Final[Callable[[Event], bool]] = compiled(kpi.good or {})
        self.of: Final = [reader(name) for name in kpi.of or ()]
        self._group: Final = None if kpi.group is None else reader(kpi.group)
        self._kept: Final = KeptNames(f"{kpi.series}", names)

    def value(self, event: Event) -> Any:
        """Return what stands in the one field of the declaration."""
        return self.of[0](event)

    def group(self, event: Event) -> str | None:
        """Return the group of an event; None where nothing is grouped."""
        if self._group is None:
            return None
        text = text_of(self._group(event))
        return self._kept.of(NONE if text is None else text)
