"""Prices: items and discounts, and what they are worth a month."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from stream.simulate.instants import text

# Minor units of a currency: ten to this power of them make a major unit.
EXPONENTS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0}
# Millionths in a minor unit, by exponent.
_MICRO = (1_000_000, 100_000, 10_000, 1_000, 100)
# What of an interval's price falls in a month.
MONTHLY = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}


def half_up(value: Fraction) -> int:
    """Round to a whole number, ties away from zero.

    Example:
        >>> half_up(Fraction(5, 2)), half_up(Fraction(-5, 2))
        (3, -3)
    """
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def micro(minor: int, currency: str) -> int:
    """Turn minor units into millionths of the major unit."""
    return minor * _MICRO[EXPONENTS[currency]]


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a subscription.

    Attributes:
        amount: Minor units for one, for each interval.
        quantity: How many, e.g. seats.
        interval: `day`, `week`, `month` or `year`.
        count: How many intervals one payment covers.
        metered: Billed by what was used: worth no MRR.
    """

    amount: int
    quantity: int = 1
    interval: str = "month"
    count: int = 1
    metered: bool = False

    @property
    def factor(self) -> Fraction:
        """What of the price falls in a month."""
        return MONTHLY[self.interval] / self.count

    def said(self, currency: str) -> dict[str, Any]:
        """Write it as the contract does; what is the default is left out."""
        told: dict[str, Any] = {"amount": self.amount, "currency": currency, "interval": self.interval}
        if self.count != 1:
            told["interval_count"] = self.count
        if self.quantity != 1:
            told["quantity"] = self.quantity
        if self.metered:
            told["usage"] = "metered"
        return told


@dataclass(frozen=True, slots=True)
class Discount:
    """A coupon on a subscription: either percent or an amount off.

    Attributes:
        duration: `once`, `repeating` or `forever`.
        percent: Percent off.
        amount: Minor units off, once an interval of the first licensed item.
        ends_at: When a repeating one ends.
    """

    duration: str
    percent: int | None = None
    amount: int = 0
    ends_at: int | None = None

    def said(self, currency: str) -> dict[str, Any]:
        """Write it as the contract does."""
        told: dict[str, Any] = {"duration": self.duration}
        if self.percent is not None:
            told["percent_off"] = self.percent
        else:
            told |= {"amount_off": self.amount, "currency": currency}
        if self.ends_at is not None:
            told["ends_at"] = text(self.ends_at)
        return told

    def lowers_mrr(self, at: int) -> bool:
        """Whether it is recurring and still running."""
        return self.duration != "once" and (self.ends_at is None or at < self.ends_at)


def _reduced(total: int, discount: Discount, off: int) -> int:
    if discount.percent is not None:
        off = half_up(Fraction(total * discount.percent, 100))
    return max(0, total - off)


def worth(items: tuple[Item, ...], discounts: tuple[Discount, ...], at: int, currency: str) -> int:
    """Say what a paying subscription is worth a month.

    Returns:
        Millionths of the major unit of its own currency.

    Example:
        >>> worth((Item(1829, interval="year"),), (), 0, "USD")  # Kill Bill's 18.29 a year
        1524167
        >>> worth((Item(10000),), (Discount("forever", percent=25), Discount("once", percent=50)), 0, "USD")
        75000000
    """
    licensed = [item for item in items if not item.metered]
    total = sum(half_up(micro(item.amount, currency) * item.quantity * item.factor) for item in licensed)
    for discount in discounts:
        if licensed and discount.lowers_mrr(at):
            total = _reduced(total, discount, half_up(micro(discount.amount, currency) * licensed[0].factor))
    return total


def charge(items: tuple[Item, ...], discounts: tuple[Discount, ...], at: int, *, first: bool) -> int:
    """Say what one bill comes to, in minor units without tax; a `once` coupon lowers the first bill only."""
    total = sum(item.amount * item.quantity for item in items if not item.metered)
    for discount in discounts:
        if discount.lowers_mrr(at) or (first and discount.duration == "once"):
            off = discount.amount if discount.percent is None else half_up(Fraction(total * discount.percent, 100))
            total = max(0, total - off)
    return total
