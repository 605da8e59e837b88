"""Places: countries with their zones, currencies, taxes and holidays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A country that customers sit in.

    Attributes:
        country: ISO 3166 code.
        zones: IANA names of zones that people live in.
        currency: What it is billed in where there is a rate for it.
        tax: Percent on top of a price.
        holidays: (month, day) on which few people work.
    """

    country: str
    zones: tuple[str, ...]
    currency: str
    tax: int
    holidays: tuple[tuple[int, int], ...]


PLACES = (
    Place("US", ("America/New_York", "America/Chicago", "America/Los_Angeles"), "USD", 0, ((1, 19), (2, 16), (7, 3))),
    Place("DE", ("Europe/Berlin",), "EUR", 19, ((1, 6), (5, 1), (10, 3), (12, 25))),
    Place("GB", ("Europe/London",), "GBP", 20, ((5, 4), (8, 31), (12, 25))),
    Place("FR", ("Europe/Paris",), "EUR", 20, ((5, 1), (5, 8), (7, 14), (12, 25))),
    Place("IN", ("Asia/Kolkata",), "USD", 18, ((1, 26), (8, 15))),
    Place("JP", ("Asia/Tokyo",), "JPY", 10, ((1, 12), (2, 11), (2, 23))),
    Place("BR", ("America/Sao_Paulo",), "USD", 0, ((2, 16), (2, 17), (9, 7))),
    Place("AU", ("Australia/Sydney",), "USD", 10, ((1, 26), (4, 25), (12, 25))),
)
# Most customers are American, then German.
LIKELY = (*PLACES, PLACES[0], PLACES[0], PLACES[0], PLACES[1])
