"""Health: one whole number from 0 to 100 for what is known of an account (catalogue part 2, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from stream.engine.money import half_up
from stream.engine.units import MICRO

WEIGHTS: Final = {"usage": 30, "payment": 20, "satisfaction": 20, "mrr": 15, "support": 15}
FULL: Final = 100
HEALTHY: Final = 70
WATCH: Final = 40
BANDS: Final = ("healthy", "watch", "poor", "unknown")


class Health(NamedTuple):
    """A score, None where nothing is known, and its components: name, value in millionths, weight."""

    score: int | None
    components: tuple[tuple[str, int, int], ...]


def health_of(known: Mapping[str, Fraction | None]) -> Health:
    """Return the weighted mean of the components that exist; a missing one is left out, it is not 0.

    >>> health_of({"usage": Fraction(50), "payment": Fraction(100), "mrr": None}).score
    70
    """
    found = [(name, value, weight) for name, weight in WEIGHTS.items() if (value := known.get(name)) is not None]
    components = tuple(
        (name, half_up(value.numerator * MICRO, value.denominator), weight) for name, value, weight in found
    )
    if not found:
        return Health(None, ())
    mean = sum((value * weight for _, value, weight in found), Fraction(0)) / sum(weight for _, _, weight in found)
    return Health(half_up(mean.numerator, mean.denominator), components)


def band_of(score: int | None) -> str:
    """Return the band that a score is in.

    >>> [band_of(score) for score in (70, 69, 39, None)]
    ['healthy', 'watch', 'poor', 'unknown']
    """
    if score is None:
        return "unknown"
    return "healthy" if score >= HEALTHY else "watch" if score >= WATCH else "poor"


def share(part: int | Fraction, whole: int | Fraction) -> Fraction | None:
    """Return what a part is of a whole, 0 to 100, and 100 at most; None of nothing."""
    return min(Fraction(FULL), Fraction(FULL * part) / whole) if whole else None
