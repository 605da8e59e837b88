"""Seeded draws: the same world for the same seed, on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws of its own for each named part of the world.

    Each user's day, each service and each story draws from its own stream, so that any day can be told without
    telling the days before it. Only `Random.random` is promised to give the same numbers in later versions of
    Python, so every draw is made from it; no logarithm and no exponential, whose last digit differs by machine.

    Args:
        *path: What the draws are for, from the seed down, e.g. `7, "user", "ana"`.

    Example:
        >>> Chance(7, "user", "ana").below(100) == Chance(7, "user", "ana").below(100)
        True
        >>> 1 <= Chance(7).between(1, 6) <= 6
        True
    """

    __slots__ = ("draw",)

    def __init__(self, *path: object) -> None:
        name = "/".join(map(str, path)).encode()
        seed = int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
        self.draw = Random(seed).random  # noqa: S311 - a simulation, not a secret

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to `limit` - 1."""
        return int(self.draw() * limit)

    def between(self, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`, both included."""
        return low + int(self.draw() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of the choices; one that is more likely is listed more often."""
        return choices[int(self.draw() * len(choices))]

    def happens(self, percent: float) -> bool:
        """Draw whether something happens that does so `percent` times in a hundred."""
        return self.draw() * 100 < percent

    def shuffled(self, cards: Sequence[T]) -> list[T]:
        """Draw an order of the cards."""
        deck = list(cards)
        for last in range(len(deck) - 1, 0, -1):
            other = self.below(last + 1)
            deck[last], deck[other] = deck[other], deck[last]
        return deck
