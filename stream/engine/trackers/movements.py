"""Movements: what moved an account's MRR, netted, classed and dated (catalogue part 2, section 3.2).

M(t) is a step function. Its changes within one netting window are one movement from B, what was there before the window
opened, to A, what is there after the last change in it, dated at its opening and valued at the rates in force there.
So the ledger closes to the micro-unit:
`opening + new + expansion + reactivation − contraction − churned + fx = closing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from stream.engine.definitions import MrrSection
from stream.engine.money import Rates
from stream.engine.segments import ALL
from stream.engine.trackers.subscriptions import Native, State, Timeline
from stream.engine.units import MICRO

Parts = dict[int, int]
"""Micro-units of the reporting currency by segment, `all` among them; what is 0 is not there."""


class Holding(NamedTuple):
    """A counted subscription: its state, what it is worth a month, and the segments that it is in besides `all`."""

    state: State
    native: Native
    segments: tuple[int, ...]


Position = list[Holding]
"""The counted subscriptions of an account at one instant."""


class Movement(NamedTuple):
    """One netted change of an account's MRR at `at` (µs), with its parts before and after."""

    at: int
    kind: str | None
    before: Parts
    after: Parts
    involuntary: bool

    def change(self, segment: int) -> int:
        """Return what moved in a segment, signed (micro-units)."""
        return self.after.get(segment, 0) - self.before.get(segment, 0)

    def kind_in(self, segment: int) -> str | None:
        """Return the class in a segment: that of the account, where it is a change of side; else a rise or a fall."""
        change = self.change(segment)
        if not change:
            return None
        if self.kind in ("new", "reactivation", "churned"):
            return self.kind
        return "expansion" if change > 0 else "contraction"


class RateChange(NamedTuple):
    """What new rates did to an account's MRR at `at` (µs), signed, by segment."""

    at: int
    change: Parts


class Ledger(NamedTuple):
    """An account's MRR up to one instant."""

    movements: list[Movement]
    rate_changes: list[RateChange]
    position: Position
    positions: list[Position]
    """Before the first movement, and after each."""


class Bookkeeper:
    """Derives ledgers from timelines."""

    def __init__(self, rates: Rates, policy: MrrSection, hold: Callable[[Timeline, int], Holding | None]) -> None:
        self._rates: Final = rates
        self._netting: Final = policy.netting * MICRO
        self._past_due_excluded: Final = policy.past_due == "excluded"
        self._hold: Final = hold

    @property
    def rate_changes(self) -> list[int]:
        """The instants (µs) at which rates begin."""
        return self._rates.changes

    def position(self, timelines: Mapping[str, Timeline], instant: int) -> Position:
        """Return the counted subscriptions at an instant."""
        holdings = (self._hold(timeline, instant) for timeline in timelines.values())
        return [holding for holding in holdings if holding is not None]

    def value(self, position: Position, at: int) -> Parts:
        """Return what a position is worth at the rates in force at an instant; without a rate, it is in no sum."""
        parts: Parts = {}
        for holding in position:
            for currency, native in holding.native.items():
                micro = self._rates.convert(native, currency, at)
                if micro:
                    for segment in (ALL, *holding.segments):
                        parts[segment] = parts.get(segment, 0) + micro
        return parts

    def ledger(self, timelines: Mapping[str, Timeline], begin: int, until: int, *, paid_before: bool) -> Ledger:
        """Return the ledger of an account over the instants in `[begin, until)`."""
        instants = sorted({i for timeline in timelines.values() for i in timeline.instants() if begin <= i < until})
        position = self.position(timelines, begin - 1)
        movements: list[Movement] = []
        positions: list[Position] = [position]
        window: list[int] = []
        before = position
        for instant in instants:
            now = self.position(timelines, instant)
            if self.value(position, instant) == self.value(now, instant):
                position = now
                continue
            if window and instant >= window[0] + max(self._netting, 1):
                movements.append(self._movement(timelines, window, before, position, paid=paid_before))
                positions.append(position)
                paid_before = paid_before or bool(movements[-1].after.get(ALL))
                window, before = [], position
            window.append(instant)
            position = now
        if window:
            movements.append(self._movement(timelines, window, before, position, paid=paid_before))
            positions.append(position)
        return Ledger(movements, self._rate_changes(movements, positions, begin, until), position, positions)

    def _movement(
        self, timelines: Mapping[str, Timeline], window: list[int], before: Position, after: Position, *, paid: bool
    ) -> Movement:
        at = window[0]
        old, new = self.value(before, at), self.value(after, at)
        kind = _kind(old.get(ALL, 0), new.get(ALL, 0), paid=paid)
        involuntary = kind == "churned" and self._involuntary(timelines, window[-1])
        return Movement(at, kind, old, new, involuntary)

    def _involuntary(self, timelines: Mapping[str, Timeline], instant: int) -> bool:
        """Say whether the state that took the last counted subscription away did so against the customer's will."""
        takers: list[State] = []
        for timeline in timelines.values():
            held = self._hold(timeline, instant - 1)
            state = timeline.at(instant)
            if held is not None and state is not None and self.value([held], instant):
                takers.append(state)
        if not takers:
            return False
        taker = max(takers, key=State.order)
        if taker.status == "past_due":
            return taker.involuntary or self._past_due_excluded or taker.at < instant
        return taker.involuntary or taker.status == "unpaid"

    def _rate_changes(
        self, movements: list[Movement], positions: list[Position], begin: int, until: int
    ) -> list[RateChange]:
        found = []
        for at in self._rates.changes:
            if not begin <= at < until:
                continue
            position = positions[sum(movement.at < at for movement in movements)]
            old, new = self.value(position, at - 1), self.value(position, at)
            change = {segment: new.get(segment, 0) - old.get(segment, 0) for segment in old.keys() | new.keys()}
            if any(change.values()):
                found.append(RateChange(at, change))
        return found


def _kind(before: int, after: int, *, paid: bool) -> str | None:
    if before == after:
        return None
    if before == 0:
        return "reactivation" if paid else "new"
    if after == 0:
        return "churned"
    return "expansion" if after > before else "contraction"
