"""A partition's panes, and beside them the list of all facts, which is added up from scratch."""

from collections import Counter as Sum
from copy import deepcopy
from typing import NamedTuple

from stream.engine.calendar import Calendar
from stream.engine.counters import Counter, packed
from stream.engine.facts import Span
from stream.engine.panes import Panes
from stream.engine.segments import Segments
from stream.engine.windows import HP, RP, L, R

SIZES = {"5m": (300, 1), "1h": (3_600, 10), "24h": (86_400, 300), "7d": (604_800, 3_600), "30d": (2_592_000, 3_600)}
PERIODS = {
    "today": ("day", 0),
    "yesterday": ("day", 1),
    "week": ("week", 0),
    "last_week": ("week", 1),
    "month": ("month", 0),
    "last_month": ("month", 1),
    "before_yesterday": ("day", 2),
    "before_last_week": ("week", 2),
    "before_last_month": ("month", 2),
}
BEFORE = {f"before_{window}": SIZES[window] for window in ("24h", "7d", "30d")}
ROLLING = SIZES | BEFORE

SEEN = Counter("seen", R)
VISITS = Counter("visits", HP, ("visits", "visit_ms"))
USES = Counter("uses", L)
FLOWS = (SEEN, VISITS, USES)
PEOPLE = Counter("people", RP)
ADOPTERS = Counter("adopters", L)
DISTINCT = (PEOPLE, ADOPTERS)
OPEN = Counter("open")
KEPT_FOR = {"seen": R, "visits": HP, "visit_ms": HP, "uses": L, "people": RP, "adopters": L}


class Fact(NamedTuple):
    """A fact as it was said: `when` is a second, a (grain, ordinal), a (start, end) in ms, or nothing."""

    how: str
    when: object
    counter: Counter
    plan: str | None
    count: int
    label: str | None = None


class Written(dict):
    """Rows that remember what was assigned: a row changed in place and not assigned back is not written."""

    def __init__(self, rows=()):
        super().__init__(deepcopy(dict(rows)))
        self.written = deepcopy(dict(self))

    def __setitem__(self, key, row):
        super().__setitem__(key, row)
        self.written[key] = deepcopy(row)

    def __delitem__(self, key):
        super().__delitem__(key)
        del self.written[key]


def bounds(window, as_of, calendar):
    """Return what the contract says a window is: `[start, end)` in seconds."""
    if window in SIZES:
        size, pane = SIZES[window]
        return (as_of - size) // pane * pane, as_of
    if window in BEFORE:
        size, pane = BEFORE[window]
        return (as_of - 2 * size) // pane * pane, (as_of - size) // pane * pane
    grain, back = PERIODS[window]
    ordinal = getattr(calendar.periods(as_of), grain) - back
    return calendar.start(grain, ordinal), min(as_of, calendar.start(grain, ordinal + 1))


class Bench:
    """Panes to say facts to, with rows to restart from."""

    def __init__(self, zone="UTC"):
        self.calendar = Calendar(zone)
        self.rows = [Written() for _ in range(5)]
        self.facts = []
        self.as_of = None
        self._open()

    def _open(self):
        values, combinations, memberships, journal, panes = self.rows
        self.segments = Segments(["plan"], values, combinations, memberships)
        self.panes = Panes(self.calendar, self.segments, journal, panes)
        for counter in (*FLOWS, *DISTINCT):
            self.panes.facts_of(counter)

    @property
    def journal(self):
        return self.rows[3]

    @property
    def settled_panes(self):
        return self.rows[4]

    def say(self, fact):
        self.facts.append(fact)
        self._say(fact)

    def _say(self, fact):
        member = self.segments.membership_of((fact.plan,))
        cell = self.panes.cells.number(fact.counter, member, fact.label)
        count = packed(fact.count, 1_000 * fact.count) if fact.counter.fields else fact.count
        if fact.how == "gauge":
            self.panes.period_facts.gauges[cell] += count
        elif fact.how == "period":
            self.panes.period_facts.periods[fact.when][cell] += count
        elif fact.how == "span":
            start, end = fact.when
            self.panes.facts_of(fact.counter).spans.append(Span(start, end, cell, count))
        else:
            getattr(self.panes.facts_of(fact.counter), fact.how)[self.panes.dating.of(fact.when)][cell] += count

    def flush(self, as_of):
        self.as_of = as_of
        self.panes.flush(as_of)

    def restart(self):
        """Begin anew from the rows, in whatever order they come; what no row holds is said again, as entities do."""
        self.rows = [Written(reversed(rows.written.items())) for rows in self.rows]
        self._open()
        self.panes.restore(self.as_of)
        for fact in self.facts:
            if fact.how != "settled":
                self._say(fact)
        self.panes.flush(self.as_of)

    def totals(self, segment="all"):
        """Return the totals, of each window the counters that are kept for it."""
        found = {}
        for window, total in self.panes.totals.by_window(segment).items():
            kept = {
                key: count
                for key, count in total.items()
                if window not in ROLLING or window in KEPT_FOR[key.partition(":")[0]]
            }
            if kept:
                found[window] = kept
        return found

    def expected(self, segment="all"):
        """Return the totals as sums over all facts."""
        found = {window: Sum() for window in (*ROLLING, *PERIODS, "now")}
        for fact in self.facts:
            if segment in ("all", f"plan={fact.plan}"):
                for window, total in found.items():
                    count = fact.count * self._held(fact, window)
                    if fact.counter.fields:
                        total.update({"visits": count, "visit_ms": 1_000 * count})
                    else:
                        total[fact.counter.key(fact.label)] += count
        totals = {window: {key: count for key, count in total.items() if count} for window, total in found.items()}
        return {window: total for window, total in totals.items() if total}

    def _held(self, fact, window):
        """Return how often a window holds a fact: not, once, or as many milliseconds as a span has in it."""
        if window == "now":
            return int(fact.how == "gauge")
        if fact.how == "gauge" or (window in ROLLING and (fact.how == "period" or window not in fact.counter.rolling)):
            return 0
        if fact.how == "period":
            grain, back = PERIODS[window]
            return int(fact.when == (grain, getattr(self.calendar.periods(self.as_of), grain) - back))
        if window in PERIODS and fact.how == "moving":
            return 0
        start, end = bounds(window, self.as_of, self.calendar)
        if fact.how == "span":
            return max(0, min(fact.when[1], end * 1_000) - max(fact.when[0], start * 1_000))
        return int(start <= fact.when < end)
