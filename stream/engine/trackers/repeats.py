"""Repeats: page views, impressions and clicks that are told more than once count once.

What has an id of its own is known by it for a day: an event of the same kind, person and id less than 24 h after the
one before belongs to it, one after that begins anew. It counts at its earliest view (impression,
click), in every segment that one of its events carries. The tally of events has counted each at its own time, so what
is said here are the differences; pings count nowhere, they only prolong a page.

What was told once is a sighting, without a row. The name has a row by raw id as soon as anybody in its scope tells it
again: only then can it matter who is, or becomes, one person with whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.segments import Segments
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.trackers.sightings import Sightings, SightingsKey, hash_of_name, hash_of_teller
from stream.engine.units import MICRO

REPEATED_WITHIN: Final = 86_400 * MICRO
PAGE, IMPRESSION, CLICK = 0, 1, 2
"""What can be told again: the last bits of a name's hash."""
_KINDS: Final = 3
_HOUR: Final = 3_600
_UNSEEN: Final = -1 << 62

Run = list[int]
"""First and last event, earliest view (`_UNSEEN`: pings alone), all in µs, then the combinations."""
RepeatsKey = tuple[int, int]
"""Hash of a name and its kind, and of the raw id that tells it."""

TABLE: Final = declare("retold", RepeatsKey, list[Run])


class Repeats:
    """What the people of one partition may tell again.

    Args:
        panes: where facts go.
        links: which anonymous id belongs to which user.
        rows: the runs of each name that was told more than once, by raw id.
        sightings: the rows of what was told once.
        tally: the counter of events, and by kind what one counts in it.
        grace: seconds that an event may be later than the watermark.
    """

    def __init__(
        self,
        panes: Panes,
        links: Links,
        rows: Rows[RepeatsKey, list[Run]],
        sightings: Rows[SightingsKey, bytes],
        tally: tuple[Counter, dict[int, int]],
        grace: int,
    ) -> None:
        counter, self._weights = tally
        self.rows: Final = rows
        self._links: Final = links
        self._segments: Final[Segments] = panes.segments
        self._dating: Final = panes.dating
        self._settled: Final = panes.facts_of(counter).settled
        self._cells: Final = CellsOf(panes.cells, counter)
        self._grace: Final = grace * MICRO
        self._kept: Final = REPEATED_WITHIN + 2 * self._grace
        self._once: Final = Sightings(sightings, self._kept)
        self._tellers: Final[dict[int, set[int]]] = {}
        """Who has a row, by name."""
        self._names: Final[dict[int, set[int]]] = {}
        """What has a row, by teller."""
        self._before: Final[dict[tuple[PersonKey, int], list[tuple[int, int]]]] = {}
        self._expiring: Final = Timers[RepeatsKey]()
        for key, runs in rows.items():
            self._await_expiry(key, runs)
            self._index(key)

    def tell(self, key: PersonKey, kind: int, name: str, at: int, combination: int) -> None:
        """Let a raw id tell of something at `at` (µs)."""
        hashed = hash_of_name(key[1], name) & ~_KINDS | kind
        teller = hash_of_teller(key)
        if hashed not in self._tellers and at >= 0 and self._once.put(hashed, at, combination, teller):
            return
        place = (hashed, teller)
        self._touch(key, hashed)
        self._count(at, self._segments.combination_members[combination], kind, -1)
        self._put(place, joined([*self.rows.get(place, ()), [at, at, at, combination]]))

    def prolong(self, key: PersonKey, name: str, at: int, combination: int) -> None:
        """Let a raw id ping a page at `at` (µs)."""
        hashed = hash_of_name(key[1], name) & ~_KINDS | PAGE
        place = (hashed, hash_of_teller(key))
        self._touch(key, hashed)
        self._put(place, joined([*self.rows.get(place, ()), [at, at, _UNSEEN, combination]]))

    def join(self, persons: Iterable[PersonKey]) -> None:
        """Let persons be about to become others: their ids are linked anew."""
        persons = list(persons)
        tellers = [hash_of_teller(key) for person in persons for key in self._links.members(person)]
        names = {hashed for teller in tellers for hashed in self._names.get(teller, ())}
        for person in persons:
            for hashed in names:
                self._touch(person, hashed)

    def settle(self) -> None:
        """Write what changed."""
        self._once.settle()
        for (_, hashed), said in self._before.items():
            self._say(said, hashed & _KINDS, -1)
        for person, hashed in {(self._links.person(person), hashed) for person, hashed in self._before}:
            self._say(self._said_by(person, hashed), hashed & _KINDS, 1)
        self._before.clear()

    def expire(self, watermark: int) -> None:
        """Forget what no event after a watermark (µs) can belong to, and no link in time can join."""
        self._once.expire(watermark)
        for place in self._expiring.due(watermark // MICRO):
            runs = self.rows.get(place)
            if runs is None:
                continue
            if self._expires(runs) > watermark:
                self._await_expiry(place, runs)
            else:
                del self.rows[place]
                hashed, teller = place
                for known, one, other in ((self._tellers, hashed, teller), (self._names, teller, hashed)):
                    known[one].discard(other)
                    if not known[one]:
                        del known[one]

    def _touch(self, key: PersonKey, hashed: int) -> None:
        """Keep what a person said of a name that is about to change; who told it first has a row from now on."""
        if hashed not in self._tellers:
            known = self._once.get(hashed)
            if known is not None:
                at, combination, teller = known
                self._put((hashed, teller), [[at, at, at, combination]])
        person = self._links.person(key)
        if (person, hashed) not in self._before:
            self._before[person, hashed] = self._said_by(person, hashed)

    def _put(self, place: RepeatsKey, runs: list[Run]) -> None:
        if place not in self.rows:
            self._await_expiry(place, runs)
            self._index(place)
        self.rows[place] = runs

    def _index(self, place: RepeatsKey) -> None:
        hashed, teller = place
        self._tellers.setdefault(hashed, set()).add(teller)
        self._names.setdefault(teller, set()).add(hashed)

    def _said_by(self, person: PersonKey, hashed: int) -> list[tuple[int, int]]:
        """Return (µs, membership) of what counts.

        What several raw ids tell is joined; what had expired when they became one person stands as it was said.
        """
        parts = [
            (run, self._links.linked_at(key))
            for key in self._links.members(person)
            for run in self.rows.get((hashed, hash_of_teller(key)), ())
        ]
        if len(parts) < 2:
            return self._seen([run for run, _ in parts])
        alive = [run for run, _ in parts if run[1] + REPEATED_WITHIN + self._grace > max(at for _, at in parts)]
        expired = [run for run, _ in parts if run not in alive]
        return self._seen([*expired, *joined(alive)])

    def _seen(self, runs: Iterable[Run]) -> list[tuple[int, int]]:
        found = []
        for run in runs:
            if run[2] != _UNSEEN:
                member = self._segments.combination_members[run[3]]
                for combination in run[4:]:
                    member = self._segments.union(member, self._segments.combination_members[combination])
                found.append((run[2], member))
        return found

    def _say(self, said: list[tuple[int, int]], kind: int, sign: int) -> None:
        for at, member in said:
            self._count(at, member, kind, sign)

    def _count(self, at: int, member: int, kind: int, sign: int) -> None:
        self._settled[self._dating.of(at // MICRO)][self._cells[member][0]] += sign * self._weights[kind]

    def _expires(self, runs: list[Run]) -> int:
        return max(run[1] for run in runs) + self._kept

    def _await_expiry(self, place: RepeatsKey, runs: list[Run]) -> None:
        self._expiring.set((self._expires(runs) // MICRO // _HOUR + 1) * _HOUR, place)


def joined(runs: Iterable[Run]) -> list[Run]:
    """Return runs in the order of time, those joined that are less than a day apart.

    >>> joined([[5, 5, 5, 0], [1, 1, 1, 1]])
    [[1, 5, 1, 1, 0]]
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
