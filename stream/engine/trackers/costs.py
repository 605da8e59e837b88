"""Costs: flows, converted at their own time for good, in the segments of the subscription that they are spent on.

A cost is said once, when it comes. What a late event tells of the account's subscriptions may move it to other
segments, so those that do not say theirs themselves are kept while that can happen, by account and UTC day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from stream.engine.counters import Counter
from stream.engine.events import CostRecorded
from stream.engine.money import Rates, to_micro
from stream.engine.panes import Panes
from stream.engine.segments import text_of
from stream.engine.tables import Rows, declare
from stream.engine.trackers.places import values_at
from stream.engine.trackers.subscriptions import Timeline, carried
from stream.engine.units import MICRO
from stream.engine.windows import L

COSTS: Final = Counter("costs", L)
SERVING_COSTS: Final = Counter("serving_costs", L)
RETENTION_COSTS: Final = Counter("retention_costs", L)
RECORDED: Final = Counter("serving_costs_recorded", L)
"""How many serving costs were recorded, whatever they came to."""
UNRATED: Final = {counter: Counter(f"{counter.name}_unrated", L) for counter in (COSTS, SERVING_COSTS, RETENTION_COSTS)}
"""By flow: how many facts of it a missing rate keeps out, by currency."""
_OF_KIND: Final = {"serving": (COSTS, SERVING_COSTS), "retention": (COSTS, RETENTION_COSTS), "other": (COSTS,)}
_DAY: Final = 86_400 * MICRO

Timelines = Mapping[str, Timeline]


class Cost(Struct, array_like=True, gc=False):
    """A cost at `at` (µs), in native micro-units, and the membership under which it was said."""

    at: int
    kind: str
    currency: str
    native: int
    attributes: dict[str, str | int | float | bool] | None
    member: int


TABLE: Final = declare("costs", tuple[str, int], list[Cost])
"""By account and UTC day: the costs that a late event can still move."""


class CostTracker:
    """The costs of one partition."""

    def __init__(self, panes: Panes, rows: Rows[tuple[str, int], list[Cost]], rates: Rates, grace: int) -> None:
        self.rows: Final = rows
        self._panes: Final = panes
        self._segments: Final = panes.segments
        self._rates: Final = rates
        self._grace: Final = grace
        self._fresh: dict[str, list[Cost]] = {}
        self._doubtful: dict[str, int] = {}
        self._days: Final[dict[str, set[int]]] = {}
        self._accounts: Final[dict[int, set[str]]] = {}
        for account, day in rows:
            self._index(account, day)
        for counter in (COSTS, SERVING_COSTS, RETENTION_COSTS, RECORDED, *UNRATED.values()):
            panes.facts_of(counter)

    def record(self, event: CostRecorded, at: int) -> None:
        """Take in a cost that is no duplicate."""
        own = [text_of(carried(event.attributes, name)) for name in self._segments.dimensions]
        native = to_micro(event.amount, event.currency)
        cost = Cost(at, event.kind, event.currency, native, event.attributes, self._segments.membership_of(own))
        if event.account_id is None or None not in own:
            self._say(cost, 1)
        else:
            self._fresh.setdefault(event.account_id, []).append(cost)

    def doubt(self, account: str, at: int) -> None:
        """Let the costs of an account from an instant (µs) on be placed anew: its subscriptions changed there."""
        self._doubtful[account] = min(at, self._doubtful.get(account, at))

    def settle(self, timelines_of: Callable[[str], Timelines]) -> None:
        """Say the costs that came, and move those that belong elsewhere by now."""
        for account, since in self._doubtful.items():
            days = [day for day in self._days.get(account, ()) if day >= since // _DAY]
            timelines = timelines_of(account) if days else {}
            for day in days:
                costs = self.rows[account, day]
                if sum(self._move(cost, timelines) for cost in costs if cost.at >= since):
                    self.rows[account, day] = costs
        self._doubtful.clear()
        for account, fresh in self._fresh.items():
            timelines = timelines_of(account)
            for cost in fresh:
                cost.member = self._member(cost, timelines)
                self._say(cost, 1)
                day = cost.at // _DAY
                costs = self.rows.get((account, day)) or []
                costs.append(cost)
                self.rows[account, day] = costs
                self._index(account, day)
        self._fresh.clear()

    def fold(self, watermark: int) -> None:
        """Forget what no event can move any more after a watermark (µs)."""
        horizon = (watermark - self._grace) // _DAY
        for day in [day for day in self._accounts if day < horizon]:
            for account in self._accounts.pop(day):
                del self.rows[account, day]
                self._days[account].discard(day)
                if not self._days[account]:
                    del self._days[account]

    def _index(self, account: str, day: int) -> None:
        self._days.setdefault(account, set()).add(day)
        self._accounts.setdefault(day, set()).add(account)

    def _member(self, cost: Cost, timelines: Timelines) -> int:
        return self._segments.membership_of(
            values_at(self._segments.dimensions, timelines, cost.at, None, cost.attributes)
        )

    def _move(self, cost: Cost, timelines: Timelines) -> bool:
        member = self._member(cost, timelines)
        if member == cost.member:
            return False
        self._say(cost, -1)
        cost.member = member
        self._say(cost, 1)
        return True

    def _say(self, cost: Cost, sign: int) -> None:
        micro = self._rates.convert(cost.native, cost.currency, cost.at)
        for counter in _OF_KIND[cost.kind]:
            if micro is None:
                self._put(UNRATED[counter], cost, sign, cost.currency)
            else:
                self._put(counter, cost, sign * micro)
        if cost.kind == "serving":
            self._put(RECORDED, cost, sign)

    def _put(self, counter: Counter, cost: Cost, count: int, label: str | None = None) -> None:
        second = self._panes.dating.of(cost.at // MICRO)
        cell = self._panes.cells.number(counter, cost.member, label)
        self._panes.facts_of(counter).settled[second][cell] += count
