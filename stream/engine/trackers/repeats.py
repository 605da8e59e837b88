"""Repeats: page views, impressions and clicks that are told more than once count once.

What has an id of its own is known by it for a day: an event of the same kind, person and id less than 24 h after the
one before belongs to it, one after that begins anew. It counts at its earliest view (impression,
click), in every segment that one of its events carries. The tally of events has counted each at its own time, so what
is said here are the differences; pings count nowhere, they only prolong a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.segments import Segments
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers.joint import Joint, JointKey
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.units import MICRO

REPEATED_WITHIN: Final = 86_400 * MICRO
PAGE, IMPRESSION, CLICK = "=", "i", "c"
"""How the name of a row begins, before the id."""
_HOUR: Final = 3_600
_UNSEEN: Final = -1

Run = list[int]
"""First and last event, earliest view (−1: pings alone), all in µs, then the combinations."""

TABLE: Final = declare("repeats", JointKey, list[Run])


class Repeats(Joint[list[Run], list[tuple[int, int]]]):
    """What the people of one partition may tell again.

    Args:
        panes: where facts go.
        links: which anonymous id belongs to which user.
        rows: the runs of each raw id and id.
        grouped: the raw ids that are, or were, one person with another one.
        tally: the counter of events, and by the first letter of a name what one counts in it.
        grace: seconds that an event may be later than the watermark.
    """

    def __init__(
        self,
        panes: Panes,
        links: Links,
        rows: Rows[JointKey, list[Run]],
        grouped: set[PersonKey],
        tally: tuple[Counter, dict[str, int]],
        grace: int,
    ) -> None:
        super().__init__(links, rows)
        counter, self._weights = tally
        self._segments: Final[Segments] = panes.segments
        self._dating: Final = panes.dating
        self._settled: Final = panes.facts_of(counter).settled
        self._cells: Final = CellsOf(panes.cells, counter)
        self._grouped: Final = grouped
        self._grace: Final = grace * MICRO
        self._expiring: Final = Timers[JointKey]()
        for key, runs in rows.items():
            self._await_expiry(key, runs)

    def tell(self, key: PersonKey, name: str, at: int, combination: int, *, seen: bool = True) -> None:
        """Let a raw id tell of something at `at` (µs); not `seen` is a ping."""
        place = (key, name)
        runs = self.rows.get(place)
        alone = key not in self._grouped
        if runs is None and alone:
            self.put(key, name, [[at, at, at if seen else _UNSEEN, combination]])
            self._await_expiry(place, self.rows[place])
            return
        if runs is not None and alone and not seen and len(runs) == 1:
            run = runs[0]
            if run[1] <= at < run[1] + REPEATED_WITHIN and combination in run[3:]:
                run[1] = at
                self.rows[place] = runs
                return
        self.touch(key, name)
        if seen:
            self._count(at, self._segments.combination_members[combination], name, -1)
        before = runs is None
        self.put(key, name, joined([*(runs or ()), [at, at, at if seen else _UNSEEN, combination]]))
        if before:
            self._await_expiry(place, self.rows[place])

    def expire(self, watermark: int) -> None:
        """Forget what no event after a watermark (µs) can belong to, and no link in time can join."""
        for place in self._expiring.due(watermark // MICRO):
            runs = self.rows.get(place)
            if runs is None:
                continue
            if self._expires(runs) > watermark:
                self._await_expiry(place, runs)
            else:
                self.forget(*place)

    def said(self, name: str, rows: Iterable[list[Run]]) -> list[tuple[int, int]]:  # noqa: ARG002 - all are alike
        """Return (µs, membership) of what counts."""
        found = []
        for runs in rows:
            for run in runs:
                if run[2] != _UNSEEN:
                    member = self._segments.combination_members[run[3]]
                    for combination in run[4:]:
                        member = self._segments.union(member, self._segments.combination_members[combination])
                    found.append((run[2], member))
        return found

    def say(self, name: str, said: list[tuple[int, int]], sign: int) -> None:
        """Say (sign 1) or take back (sign −1) what counts."""
        for at, member in said:
            self._count(at, member, name, sign)

    def restore(self) -> None:
        """Say nothing: the rows of the panes do."""

    def _said_by(self, person: PersonKey, name: str) -> list[tuple[int, int]]:
        """Join what several raw ids tell; what had expired when they became one person stands as it was said."""
        parts = [
            (run, self._links.linked_at(key))
            for key in self._links.members(person)
            for run in self.rows.get((key, name), ())
        ]
        if len(parts) < 2:
            return self.said(name, [[run for run, _ in parts]])
        alive = [run for run, _ in parts if run[1] + REPEATED_WITHIN + self._grace > max(at for _, at in parts)]
        expired = [run for run, _ in parts if run not in alive]
        return self.said(name, [[*expired, *joined(alive)]])

    def _count(self, at: int, member: int, name: str, sign: int) -> None:
        self._settled[self._dating.of(at // MICRO)][self._cells[member][0]] += sign * self._weights[name[0]]

    def _expires(self, runs: list[Run]) -> int:
        return max(run[1] for run in runs) + REPEATED_WITHIN + 2 * self._grace

    def _await_expiry(self, place: JointKey, runs: list[Run]) -> None:
        self._expiring.set((self._expires(runs) // MICRO // _HOUR + 1) * _HOUR, place)


def joined(runs: Iterable[Run]) -> list[Run]:
    """Return runs in the order of time, those joined that are less than a day apart.

    >>> joined([[5, 5, 5, 0], [1, 1, -1, 1]])
    [[1, 5, 5, 1, 0]]
    """
    found: list[Run] = []
    for run in sorted(runs):
        if found and run[0] < found[-1][1] + REPEATED_WITHIN:
            last = found[-1]
            last[1] = max(last[1], run[1])
            views = [view for view in (last[2], run[2]) if view != _UNSEEN]
            last[2] = min(views, default=_UNSEEN)
            last.extend(combination for combination in run[3:] if combination not in last[3:])
        else:
            found.append(list(run))
    return found
