"""Movements: how the MRR of an account moved, hour by hour, from what its subscriptions were worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from stream.simulate.books import Worth
from stream.simulate.instants import HOUR
from stream.simulate.segments import ALL

_NETTING = HOUR

Parts = Mapping[str, int]
"""Segment → what the account is worth there, in millionths; without zeros."""


class Movement(NamedTuple):
    """One movement of an account, net of all changes within an hour.

    Attributes:
        at: The first of these changes.
        kind: `new`, `reactivation`, `churned`, or `other` (expansion, contraction, or only between segments).
        before: What the account was worth before.
        after: What it is worth after the last of them.
    """

    at: int
    kind: str
    before: Parts
    after: Parts

    def change(self, segment: str) -> int:
        """Say by how much the account's part in a segment moved."""
        return self.after.get(segment, 0) - self.before.get(segment, 0)


def changes(worths: Sequence[Worth], as_of: int) -> list[tuple[int, Parts]]:
    """List the instants before `as_of` at which the account's worth changed, and what it was worth then."""
    holds: dict[str, Worth] = {}
    steps: list[tuple[int, Parts]] = []
    parts: Parts = {}
    ordered = sorted((worth for worth in worths if worth.at < as_of), key=lambda worth: worth.at)
    for at, entered in groupby(ordered, key=lambda worth: worth.at):
        holds |= {worth.subscription: worth for worth in entered}
        now = _parts(holds.values())
        if now != parts:
            steps.append((at, now))
            parts = now
    return steps


def _parts(worths: Iterable[Worth]) -> Parts:
    parts: dict[str, int] = {}
    for worth in worths:
        for segment in worth.segments if worth.micro else ():
            parts[segment] = parts.get(segment, 0) + worth.micro
    return parts


def movements(worths: Sequence[Worth], as_of: int) -> list[Movement]:
    """Net the changes of an account: an hour from the first of them on is one movement.

    Example:
        >>> day = [Worth(0, "s", 100, ("all",)), Worth(HOUR - 1, "s", 80, ("all",)), Worth(HOUR, "s", 90, ("all",))]
        >>> [(movement.at, movement.kind, movement.change("all")) for movement in movements(day, HOUR + 1)]
        [(0, 'new', 80), (3600000, 'other', 10)]
    """
    netted: list[tuple[int, Parts]] = []
    for at, parts in changes(worths, as_of):
        if netted and at < netted[-1][0] + _NETTING:
            netted[-1] = (netted[-1][0], parts)
        else:
            netted.append((at, parts))
    moved: list[Movement] = []
    before: Parts = {}
    paid = False
    for at, after in netted:
        if after != before:
            moved.append(Movement(at, _kind(before, after, paid=paid), before, after))
        paid = paid or ALL in after
        before = after
    return moved


def _kind(before: Parts, after: Parts, *, paid: bool) -> str:
    if ALL not in before:
        return "reactivation" if paid else "new"
    return "other" if ALL in after else "churned"
