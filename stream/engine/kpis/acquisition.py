"""Acquisition: what customers cost (catalogue part 2, section 2.4)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided, money, unrated
from stream.engine.kpis.mrr import M
from stream.engine.units import MICRO


def missing_spend(view: View) -> str | None:
    """Return the reason that qualifies what is spent, where a currency has no rate."""
    return unrated(view.labels("spend_unrated"))


def _per_conversion(view: View) -> Value:
    found = divided(Fraction(view["spend"], MICRO), view["conversions"], "no conversions")
    return found if found.value is None else Value(found.value, missing_spend(view))


SPEND: Final = Kpi(
    "spend",
    "money",
    M,
    lambda view: money(view["spend"], missing_spend(view)),
    "What was spent to win customers.",
    "Σ `amount` of `growth.spend_recorded`, at its own time and at the rate in force then; credits are negative.",
    "https://en.wikipedia.org/wiki/Customer_acquisition_cost",
    example="300 EUR at 1.08, and 24 USD back: 300.",
)
COST_PER_CONVERSION: Final = Kpi(
    "cost_per_conversion",
    "money",
    M,
    _per_conversion,
    "What a customer won cost.",
    "`spend` ÷ `conversions`; null: no conversions.",
    "https://support.google.com/adxbuyer/answer/166189",
    example="1,000 USD spent, 8 conversions: 125.",
)
