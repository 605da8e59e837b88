"""Plans: what is sold, and the lines that a subscription to it has."""

from __future__ import annotations

from dataclasses import dataclass

from stream.simulate.prices import Item


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan on the price list.

    Attributes:
        name: As events carry it.
        base: Minor units a month (a week for `flex`), whatever the number of seats.
        seat: Minor units a month for each seat.
        seats: The fewest and the most seats it is bought with.
    """

    name: str
    base: int
    seat: int
    seats: tuple[int, int]


PLANS = {
    plan.name: plan
    for plan in (
        Plan("free", 0, 0, (1, 3)),
        Plan("flex", 700, 300, (1, 4)),
        Plan("basic", 2900, 900, (2, 6)),
        Plan("pro", 9900, 1900, (5, 13)),
        Plan("enterprise", 49900, 2900, (14, 26)),
        Plan("insights", 4900, 0, (1, 1)),
    )
}


def lines(plan: str, seats: int, *, yearly: bool = False, metered: bool = False) -> tuple[Item, ...]:
    """List the items of a subscription; a year costs as much as ten months.

    Example:
        >>> [item.amount * item.quantity for item in lines("basic", 3)]
        [2900, 2700]
    """
    offer = PLANS[plan]
    interval = "week" if plan == "flex" else "year" if yearly else "month"
    times = 10 if yearly else 1
    items = [Item(offer.base * times, interval=interval)]
    if offer.seat:
        items.append(Item(offer.seat * times, seats, interval))
    if metered:
        items.append(Item(2, 1, "month", metered=True))
    return tuple(items)
