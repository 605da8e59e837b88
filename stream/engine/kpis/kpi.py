"""What a KPI is: a name, a unit, windows, and a formula over counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, Final, NamedTuple

from stream.engine.calendar import Calendar
from stream.engine.counters import LABEL, Parts
from stream.engine.definitions import Definitions
from stream.engine.segments import ALL_NAME
from stream.engine.units import MICRO
from stream.engine.windows import DOUBLED, NOW, PERIODS, ROLLING, before

_NOTHING: Final[Mapping[str, int]] = {}
_LATER: Final = {"yesterday": "today", "last_week": "week", "last_month": "month"}


@cache
def _calendar(zone: str, week_start: str) -> Calendar:
    return Calendar(zone, week_start)


class Scope(Enum):
    """The segments besides `all` that a KPI has values for."""

    EVERY = "every configured dimension"
    NONE = "`all` only"
    SERVICE = "`service`, whether or not it is configured"
    CHECKS = "every configured dimension, `service` and `region`"
    REQUESTS = "every configured dimension and `service`"
    INCIDENTS = "every configured dimension, `service` and `severity`"
    ACQUISITION = "`channel` and `campaign`, if they are configured"

    @property
    def always(self) -> tuple[str, ...]:
        """The dimensions that have segments whether or not they are configured."""
        return _ALWAYS.get(self.name, ())

    def configured(self, dimension: str) -> bool:
        """Say whether a dimension has segments if it is configured."""
        return dimension in _SOME.get(self.name, (dimension,))


_SOME: Final[dict[str, tuple[str, ...]]] = {"NONE": (), "SERVICE": (), "ACQUISITION": ("channel", "campaign")}
_ALWAYS: Final = {
    "SERVICE": ("service",),
    "CHECKS": ("service", "region"),
    "REQUESTS": ("service",),
    "INCIDENTS": ("service", "severity"),
}


class Value(NamedTuple):
    """What a KPI says: a count, an exact ratio, a table, or null; with a reason for a null, or to qualify a number."""

    value: int | Fraction | list[Any] | dict[str, Any] | None
    reason: str | None = None


class View:
    """The counters of one segment, seen from one window."""

    def __init__(
        self,
        totals: Mapping[str, Mapping[str, int]],
        window: str,
        definitions: Definitions,
        labels: LabelCache,
        as_of: int,
    ) -> None:
        self._totals: Final = totals
        self._total: Final = totals.get(window, _NOTHING)
        self._labels: Final = labels
        self.window: Final = window
        self.definitions: Final = definitions
        self.as_of: Final = as_of
        """The second that the totals are up to."""

    def __getitem__(self, counter: str) -> int:
        """Return what a counter adds up to in the window."""
        return self._total.get(counter, 0)

    @property
    def calendar(self) -> Calendar:
        """The days, weeks and months of the business."""
        return _calendar(self.definitions.business.zone, self.definitions.business.week_start)

    def before(self) -> View:
        """Return the same counters, seen from the window just before this one."""
        return View(self._totals, before(self.window), self.definitions, self._labels, self.as_of)

    def start(self) -> int:
        """Return the second at which the window starts."""
        rolling = {**ROLLING, **{double.name: double for double in DOUBLED.values()}}.get(self.window)
        if rolling is not None:
            return rolling.first_pane(self.as_of) * rolling.pane
        window = PERIODS[self.window]
        return self.calendar.start(window.grain, window.ordinal(self.calendar.periods(self.as_of)))

    def within(self, window: str, counter: str) -> int:
        """Return what a counter adds up to in another window."""
        return self._totals.get(window, _NOTHING).get(counter, 0)

    def now(self, counter: str) -> int:
        """Return what a gauge is at `as_of`."""
        return self._totals.get(NOW, _NOTHING).get(counter, 0)

    def since_start(self, counter: str) -> int:
        """Return what a counter adds up to from the window's start to `as_of`, also of a window that ended earlier."""
        later = _LATER.get(self.window)
        return self[counter] + (0 if later is None else self._totals.get(later, _NOTHING).get(counter, 0))

    def labels(self, counter: str) -> Mapping[str, int]:
        """Return a labelled counter: label → what it adds up to in the window."""
        return self._labels.of(self.window, self._total).get(counter, _NOTHING)

    def standing(self, gauges: str, counter: str) -> Mapping[str, int]:
        """Return a labelled gauge that stands in a window of its own: label → what it is at `as_of`."""
        return self._labels.of(gauges, self._totals.get(gauges, _NOTHING)).get(counter, _NOTHING)

    def labels_now(self, counter: str) -> Mapping[str, int]:
        """Return a labelled gauge: label → what it is at `as_of`."""
        return self._labels.of(NOW, self._totals.get(NOW, _NOTHING)).get(counter, _NOTHING)


class LabelCache:
    """The labelled counters of one segment's totals, split once a window."""

    def __init__(self) -> None:
        self._split: dict[str, dict[str, dict[str, int]]] = {}

    def of(self, window: str, total: Mapping[str, int]) -> Mapping[str, Mapping[str, int]]:
        """Return {counter: {label: count}} of a total."""
        found = self._split.get(window)
        if found is None:
            found = self._split[window] = {}
            for key, count in total.items():
                counter, separator, label = key.partition(LABEL)
                if separator:
                    found.setdefault(counter, {})[label] = count
        return found


@dataclass(frozen=True)
class Kpi:
    """A declared KPI.

    Args:
        name: the first part of its values' names.
        unit: of its values, in words.
        windows: what it has values for; none: a gauge.
        formula: from the counters in a window to a value.
        description: what it means, in a sentence or two.
        definition: the formula, in words, with the reason of a null.
        source: where the definition comes from.
        example: events and the value that they make, in a sentence, as a reader would check it by hand.
        scope: the segments that it has values for.
        cut: cut instead of rounded, so that 1 is published only when nothing was bad.
        version: raised when the definition changes.
        parts: of a ratio, what it counts as good and as valid, so that an objective can be set for it.
    """

    name: str
    unit: str
    windows: tuple[str, ...]
    formula: Callable[[View], Value]
    description: str
    definition: str
    source: str
    example: str = ""
    scope: Scope = Scope.EVERY
    cut: bool = False
    version: int = 1
    parts: Parts | None = None

    def __post_init__(self) -> None:
        if self.name in CATALOGUE:
            raise ValueError(f"the KPI {self.name} is declared twice")
        CATALOGUE[self.name] = self

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield (name of the value, window) for each of its values."""
        if not self.windows:
            yield self.name, NOW
        for window in self.windows:
            yield f"{self.name}.{window}", window

    def applies_to(self, segment: str, dimensions: list[str]) -> bool:
        """Say whether a segment has values of this KPI."""
        if segment == ALL_NAME:
            return True
        dimension = segment.partition("=")[0]
        return dimension in self.scope.always or (self.scope.configured(dimension) and dimension in dimensions)


CATALOGUE: Final[dict[str, Kpi]] = {}
"""Every KPI by name."""


def count(counter: str) -> Callable[[View], Value]:
    """Return the formula of a plain count or sum in the window."""
    return lambda view: Value(view[counter])


def gauge(counter: str) -> Callable[[View], Value]:
    """Return the formula of what a counter is now."""
    return lambda view: Value(view.now(counter))


def ratio(part: str, whole: str, reason: str) -> Callable[[View], Value]:
    """Return the formula of one counter divided by another; null with a reason over nothing."""
    return lambda view: divided(view[part], view[whole], reason)


def divided(part: int | Fraction, whole: int | Fraction, reason: str) -> Value:
    """Return an exact quotient; null with a reason over nothing."""
    return Value(Fraction(part) / whole) if whole else Value(None, reason)


def money(micro: int, reason: str | None = None) -> Value:
    """Return micro-units as an amount in major units."""
    return Value(Fraction(micro, MICRO), reason)


def unrated(currencies: Mapping[str, int]) -> str | None:
    """Return the reason that qualifies a sum which currencies without a rate are missing from."""
    missing = sorted(currency for currency, number in currencies.items() if number)
    return f"no fx rate: {', '.join(missing)}" if missing else None
