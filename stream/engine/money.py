"""Money: integers in micro-units (10⁻⁶ of the major unit), and exchange rates read exactly as written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from schemas.currencies import exponent
from stream.engine.calendar import Calendar
from stream.engine.definitions import Definitions, FxEntry
from stream.engine.units import MICRO

_ALWAYS: Final = -(1 << 62)


def half_up(numerator: int, denominator: int = 1) -> int:
    """Return a quotient rounded to the nearest integer, halves away from zero.

    >>> half_up(5, 2), half_up(-5, 2), half_up(7, 3)
    (3, -3, 2)
    """
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def to_micro(minor: int, currency: str) -> int:
    """Return micro-units from minor units: 1 cent is 10,000, 1 yen a million.

    >>> to_micro(1250, "USD"), to_micro(5000, "JPY")
    (12500000, 5000000000)
    """
    return int(minor * 10 ** (6 - exponent(currency)))


class Rates:
    """The exchange rates to the reporting currency, by when they are in force."""

    def __init__(self, definitions: Definitions, calendar: Calendar) -> None:
        self.currency: Final = definitions.business.currency
        self._dated: dict[str, list[tuple[int, Fraction]]] = {}
        begins: set[int] = set()
        for begin, rates in _entries(definitions.fx, calendar):
            if begin > _ALWAYS:
                begins.add(begin)
            for currency, rate in rates.items():
                self._dated.setdefault(currency, []).append((begin, rate))
        self.changes: Final = sorted(begins)
        """The instants (µs) at which rates begin."""

    def rate(self, currency: str, at: int) -> Fraction | None:
        """Return the rate in force at an instant (µs): the last that began, before the first one the first."""
        if currency == self.currency:
            return Fraction(1)
        dated = self._dated.get(currency)
        if dated is None:
            return None
        return dated[max(0, bisect_right(dated, at, key=lambda entry: entry[0]) - 1)][1]

    def convert(self, micro: int, currency: str, at: int) -> int | None:
        """Return micro-units of the reporting currency at the rate in force; None where there is no rate."""
        if currency == self.currency or not micro:
            return micro
        rate = self.rate(currency, at)
        return None if rate is None else half_up(micro * rate.numerator, rate.denominator)


def _entries(
    fx: Mapping[str, Fraction] | list[FxEntry], calendar: Calendar
) -> list[tuple[int, Mapping[str, Fraction]]]:
    if not isinstance(fx, list):
        return [(_ALWAYS, fx)]
    dated = [(calendar.start("day", calendar.day_of(entry.from_date)) * MICRO, entry.rates) for entry in fx]
    return sorted(dated, key=lambda entry: entry[0])
