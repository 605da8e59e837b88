"""People: who was there when, each counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stream.simulate.segments import ALL


class Person:
    """What is remembered of one user, or of one account.

    Attributes:
        first: The first activity ever, in milliseconds since the epoch.
        seen: Segment → the slices with activity, as bits.
        used: (segment, feature) → the slices with a successful use, as bits.
    """

    __slots__ = ("first", "seen", "used")

    def __init__(self, first: int) -> None:
        self.first = first
        self.seen: dict[str, int] = {}
        self.used: dict[tuple[str, str], int] = {}

    def join(self, other: Person) -> None:
        """Turn out to be the same person as another."""
        self.first = min(self.first, other.first)
        for segment, bits in other.seen.items():
            self.seen[segment] = self.seen.get(segment, 0) | bits
        for use, bits in other.used.items():
            self.used[use] = self.used.get(use, 0) | bits


def seen(people: Mapping[object, Person], segment: str, mask: int) -> int:
    """Count those who were active in the slices of a mask."""
    return sum(1 for person in people.values() if person.seen.get(segment, 0) & mask)


def new(people: Iterable[Person], segment: str, mask: int, start: int, end: int) -> int:
    """Count those whose first activity ever, in any segment, is in a window, and who were active there in this one."""
    return sum(1 for one in people if start <= one.first < end and one.seen.get(segment, 0) & mask)


def adopters(people: Iterable[Person], segment: str, feature: str, mask: int) -> int:
    """Count those who used a feature with success."""
    return sum(1 for person in people if person.used.get((segment, feature), 0) & mask)


def segments_of(people: Iterable[Person]) -> set[str]:
    """Name all segments in which anybody was."""
    return {segment for person in people for segment in person.seen} | {ALL}
