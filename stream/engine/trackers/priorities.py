"""Priorities: which topics to mend first, by what those who complain of them pay (catalogue part 3, section 2.3).

What an account's items weigh changes by the day of their age, and with its MRR: it is said as of now, and said anew at
the instants at which an item grows a day older or leaves the window, and whenever billing touched the account.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from schemas.currencies import exponent
from stream.engine.counters import Counter
from stream.engine.money import half_up
from stream.engine.names import Names
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.segments import ALL
from stream.engine.timers import Timers
from stream.engine.trackers.billing import BillingTracker
from stream.engine.trackers.complaints import Who
from stream.engine.units import MICRO
from stream.engine.windows import ROLLING

PRIORITY_SCORE: Final = Counter("priority_score")
"""Σ stake × weight × (30 − age), in minor units; by topic, as the others."""
PRIORITY_ACCOUNTS: Final = Counter("priority_accounts")
PRIORITY_ITEMS: Final = Counter("priority_items")
PRIORITY_MRR: Final = Counter("priority_mrr")
"""In minor units of the reporting currency."""

UNSAID: Final = 3
"""The weight of what has no severity."""
OLDEST: Final = 29
_DAY: Final = 86_400
_WINDOW: Final = ROLLING["30d"]


class Item(NamedTuple):
    """Something that should be better: what it is ordered by (its time in µs first), what about, how heavy it is."""

    order: tuple[int, str, str]
    topic: str
    weight: int

    @property
    def pane(self) -> int:
        """The first second of its pane."""
        return self.order[0] // MICRO // _WINDOW.pane * _WINDOW.pane


class Priorities:
    """Weighs the topics of one partition."""

    def __init__(self, panes: Panes, billing: BillingTracker, topics: Names, currency: str) -> None:
        self._billing: Final = billing
        self._topics: Final = topics
        self._micro: Final = 10 ** (6 - exponent(currency))
        """Micro-units in a minor unit of the reporting currency."""
        self._all: Final = panes.segments.membership((ALL,))
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[Who]()
        self._told: dict[Who, dict[Hashable, Sequence[Item]]] = {}
        self._said: dict[Who, Saying] = {}
        self._changed: set[Who] = set()

    def put(self, who: Who, entity: Hashable, items: Sequence[Item]) -> None:
        """Let these be the items of an entity of somebody's."""
        told = self._told.get(who)
        if (() if told is None else told.get(entity, ())) == items:
            return
        self._changed.add(who)
        if items:
            self._told.setdefault(who, {})[entity] = items
        elif told is not None:
            told.pop(entity, None)
            if not told:
                del self._told[who]

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds): items, their age, or what their account pays."""
        self._changed.update(self._timers.due(as_of))
        self._changed.update(("account", account) for account in self._billing.touched)
        for who in self._changed:
            if who in self._told or who in self._said:
                said = self._say(who, as_of)
                self._sayings.change(self._said.pop(who, {}), said)
                if said:
                    self._said[who] = said
        self._changed.clear()

    def _say(self, who: Who, as_of: int) -> Saying:
        first = _WINDOW.first_pane(as_of) * _WINDOW.pane
        items = [item for told in self._told.get(who, {}).values() for item in told if item.pane >= first]
        if not items:
            return {}
        mrr = self._mrr(who, as_of)
        stake = max(mrr, MICRO // self._micro)
        by_topic: dict[str, list[Item]] = {}
        for item in items:
            by_topic.setdefault(self._topics.of(item.topic), []).append(item)
        coming = [item.pane + _WINDOW.size + _WINDOW.pane for item in items]
        for topic, found in by_topic.items():
            latest = max(found)
            age = (as_of - latest.pane) // _DAY
            coming += [latest.pane + (age + 1) * _DAY] if age < OLDEST else []
            score = stake * latest.weight * (OLDEST + 1 - min(age, OLDEST))
            self._sayings.gauge(PRIORITY_SCORE, self._all, score, topic)
            self._sayings.gauge(PRIORITY_ACCOUNTS, self._all, 1, topic)
            self._sayings.gauge(PRIORITY_ITEMS, self._all, len(found), topic)
            self._sayings.gauge(PRIORITY_MRR, self._all, mrr, topic)
        self._timers.set(min(coming), who)
        return self._sayings.take()

    def _mrr(self, who: Who, as_of: int) -> int:
        """Return what an account pays just before `as_of`, in whole minor units, HALF_UP."""
        kind, account = who
        row = self._billing.rows.get(account) if kind == "account" else None
        if row is None:
            return 0
        standing = self._billing.standing(row, as_of)
        micro = self._billing.books.value(standing.ledger.position, standing.as_of - 1).get(ALL, 0)
        return half_up(micro, self._micro)
