"""Count, sum, ratio and quantile: every event says its part, at its second."""

from __future__ import annotations

from typing import Final

from stream.engine import events
from stream.engine.counters import Counter
from stream.engine.custom.events import Reading
from stream.engine.custom.numbers import bounded, cell, millionths
from stream.engine.custom.series import cell_label
from stream.engine.money import Rates, to_micro
from stream.engine.panes import Panes
from stream.engine.units import MICRO


class Flow:
    """One KPI of plain events in one partition."""

    def __init__(self, reading: Reading, panes: Panes, rates: Rates) -> None:
        self._reading: Final = reading
        self._series: Final = reading.series
        self._aggregate: Final = reading.series.kpi.aggregate
        self._rates: Final = rates
        self._panes: Final = panes
        for counter in self._series.flows:
            panes.facts_of(counter)
        self._settled: Final = panes.facts_of(self._series.main).settled

    def take(self, at: int, event: events.Event, key: str, combination: int) -> None:
        """Let an event that matches count."""
        del key
        series, member = self._series, self._panes.segments.combination_members[combination]
        said: list[tuple[Counter, int, object]] = [(series.main, 1, None)]
        if self._aggregate == "ratio":
            if self._reading.good(event):
                said.append((series.good, 1, None))
        elif self._aggregate == "sum":
            amount = self._amount(at, event)
            if amount is None:
                return
            if isinstance(amount, str):
                said = [(series.unrated, 1, amount)]
            else:
                said.append((series.sum, amount, None))
        elif self._aggregate == "quantile":
            value = bounded(self._reading.value(event))
            if value is None:
                return
            said.append((series.cells, 1, cell(value)))
        group = self._reading.group(event)
        content, cells = self._settled[self._panes.dating.of(at // MICRO)], self._panes.cells
        for counter, count, label in said:
            content[cells.number(counter, member, label)] += count
            if group is not None and counter is not series.unrated:
                by = group if label is None else cell_label(int(str(label)), group)
                content[cells.number(series.grouped[counter.name], member, by)] += count

    def _amount(self, at: int, event: events.Event) -> int | str | None:
        """Return millionths; the currency for money without a rate; None for an event without the field."""
        value = bounded(self._reading.value(event))
        if value is None:
            return None
        if not self._series.kpi.currency:
            return millionths(value)
        currency = str(getattr(event, "currency", ""))
        converted = self._rates.convert(to_micro(int(value), currency), currency, at)
        return currency if converted is None else converted
