"""Repeats: page views, impressions and clicks that are told more than once count once; pings say how long a page lasts.

What has an id of its own is known by it for a day: an event of the same kind, person and id less than 24 h after the
one before belongs to it, one after that begins anew. It counts at its earliest view (impression,
click), in every segment that one of its events carries. The tally of events has counted each at its own time, so what
is said here of views are the differences; pings prolong a page, and say how long it was looked at.

What was told once is a sighting, without a row. The name has a row by raw id as soon as anybody in its scope tells it
again, or pings it: only then can it matter who is, or becomes, one person with whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers import sightings
from stream.engine.trackers.links import Links, PersonKey, user_of
from stream.engine.trackers.pages import WITHIN, PageFacts, Run, Visit, joined, member_of, union
from stream.engine.trackers.sightings import Sightings, hash_of_name, hash_of_teller
from stream.engine.units import MICRO

PAGE, IMPRESSION, CLICK = 0, 1, 2
"""What can be told again: the last bits of a name's hash."""
_KINDS: Final = 3
_HOUR: Final = 3_600

RepeatsKey = tuple[int, int]
"""Hash of a name and its kind, and of the raw id that tells it."""

TABLE: Final = declare("runs", RepeatsKey, list[Run])
OLD_TABLE: Final = declare("retold", RepeatsKey, list[list[int]])
"""Runs as the version before pings counted wrote them: first and last event, earliest view, combinations."""
_UNSEEN: Final = -1 << 62
"""The earliest view in such a row, if there was none."""


class Said(NamedTuple):
    """What a person says of one name: views as (µs, membership), and what the pings of pages say."""

    views: list[tuple[int, int]]
    visits: list[Visit]


_NOTHING: Final = Said([], [])


class Repeats:
    """What the people of one partition may tell again.

    Args:
        panes: where facts go.
        links: which anonymous id belongs to which user.
        tables: the rows: the runs of each name that was told more than once, by raw id, and what was told once.
        tally: the counter of events, and by kind what one counts in it.
        pages: what says how long pages are looked at.
        grace: seconds that an event may be later than the watermark.
    """

    def __init__(
        self,
        panes: Panes,
        links: Links,
        tables: Mapping[str, Rows[Any, Any]],
        tally: tuple[Counter, dict[int, int]],
        pages: PageFacts,
        grace: int,
    ) -> None:
        counter, self._weights = tally
        self.rows: Final[Rows[RepeatsKey, list[Run]]] = tables[TABLE.name]
        self._links: Final = links
        self._segments: Final = panes.segments
        self._dating: Final = panes.dating
        self._settled: Final = panes.facts_of(counter).settled
        self._cells: Final = CellsOf(panes.cells, counter)
        self._pages: Final = pages
        self._heartbeat: Final = pages.heartbeat
        self._grace: Final = grace * MICRO
        self._kept: Final = WITHIN + 2 * self._grace
        self._once: Final = Sightings(tables[sightings.TABLE.name], self._kept)
        self._tellers: Final[dict[int, int]] = {}
        """How many raw ids have a row, by name."""
        self._names: Final[dict[int, set[int]]] = {}
        """What has a row, by teller."""
        self._linked: Final[dict[int, PersonKey]] = {}
        """The tellers that are, or were, one person with another one."""
        self._before: Final[dict[tuple[PersonKey, int], Said]] = {}
        """What persons over several ids had said, by name."""
        self._touched: Final[list[tuple[RepeatsKey, Said | None]]] = []
        """The rows that changed; with what they had said, if their teller is a person alone."""
        self._expiring: Final = Timers[RepeatsKey]()
        _modernize(tables[OLD_TABLE.name], self.rows)
        for place, runs in self.rows.items():
            self._await_expiry(place, runs)
            self._index(place)
        for key, link in links.items():
            self._linked.update((hash_of_teller(one), one) for one in (key, user_of(key, link)))

    def tell(self, key: PersonKey, kind: int, name: str, at: int, combination: int) -> None:
        """Let a raw id tell of something at `at` (µs)."""
        hashed = hash_of_name(key[1], name) & ~_KINDS | kind
        teller = hash_of_teller(key)
        if hashed not in self._tellers and at >= 0 and self._once.put(hashed, at, combination, teller):
            return
        self._touch(key, (hashed, teller))
        self._count(at, self._segments.combination_members[combination], kind, -1)
        self._put((hashed, teller), Run.of_view(at, combination))

    def ping(self, key: PersonKey, name: str, at: int, combination: int) -> None:
        """Let a raw id ping a page at `at` (µs).

        Most events may be pings, and the usual one goes on with a page of a person alone: that case stands here.
        """
        place = hash_of_name(key[1], name) & ~_KINDS | PAGE, hash_of_teller(key)
        runs = self.rows.get(place)
        beat = at // self._heartbeat
        if runs is not None:
            run = runs[-1]
            if not run.touched and place[1] not in self._linked:
                self._touched.append((place, self._said_of(runs)))
                for one in runs:
                    one.touched = True
            if run.touched and run.goes_on(at, combination):
                run.beat(at, beat)
                return
        self._touch(key, place)
        self._put(place, Run.of_ping(at, combination, beat))

    def join(self, persons: Iterable[PersonKey]) -> None:
        """Let persons be about to become others: their ids are linked anew."""
        self._settle_touched()
        persons = list(persons)
        tellers = {hash_of_teller(key): key for person in persons for key in self._links.members(person)}
        self._linked.update(tellers)
        names = {hashed for teller in tellers for hashed in self._names.get(teller, ())}
        for person in persons:
            for hashed in names:
                self._keep(person, hashed)

    def settle(self) -> None:
        """Write what changed."""
        self._once.settle()
        self._settle_touched()
        changed: dict[tuple[PersonKey, int], list[Said]] = {}
        for (person, hashed), said in self._before.items():
            changed.setdefault((self._links.person(person), hashed), []).append(said)
        for (person, hashed), before in changed.items():
            views = [view for one in before for view in one.views]
            visits = [visit for one in before for visit in one.visits]
            self._change(hashed & _KINDS, Said(views, visits), self._said_by(person, hashed))
        self._before.clear()

    def expire(self, watermark: int) -> None:
        """Forget what no event after a watermark (µs) can belong to, and no link in time can join.

        What its pages said is the panes' own from then on.
        """
        self._once.expire(watermark)
        for place in self._expiring.due(watermark // MICRO):
            if place not in self.rows:
                continue
            parts = self._parts_of(place)
            runs = [run for run, _ in parts]
            if self._expires(runs) > watermark:
                self._await_expiry(place, runs)
                continue
            visits = self._said_by_parts(parts).visits
            self._pages.say(visits, -1)
            self._pages.say(visits, 1, settled=True)
            for teller in self._tellers_with(place):
                self._forget((place[0], teller))

    def restore(self) -> None:
        """Say what the rows of pages say, but for views: those are the panes' own."""
        told: set[RepeatsKey] = set()
        for place, runs in self.rows.items():
            for run in runs:
                run.touched = False
            hashed, teller = place
            if hashed & _KINDS == PAGE and place not in told:
                self._pages.say(self._said_by_parts(self._parts_of(place)).visits, 1)
                told.update((hashed, one) for one in self._tellers_with(place) if one != teller)

    def _touch(self, key: PersonKey, place: RepeatsKey) -> None:
        """Keep what a person said of a name that is about to change; who told it first has a row from now on."""
        hashed, teller = place
        if hashed not in self._tellers:
            known = self._once.get(hashed)
            if known is not None:
                self._begin((hashed, known.teller), Run.of_view(known.at, known.combination))
        alone = teller not in self._linked
        if not alone:
            self._keep(self._links.person(key), hashed)
        runs = self.rows.get(place)
        if runs is None or not runs[-1].touched:
            self._touched.append((place, self._said_of(runs or ()) if alone else None))

    def _keep(self, person: PersonKey, hashed: int) -> None:
        if (person, hashed) not in self._before:
            self._before[person, hashed] = self._said_by(person, hashed)

    def _put(self, place: RepeatsKey, run: Run) -> None:
        """Let a run be part of a row that was touched."""
        runs = self.rows.get(place)
        if runs is None:
            runs = self._begin(place, run)
        else:
            runs[:] = joined([*runs, run])
        for one in runs:
            one.touched = True

    def _settle_touched(self) -> None:
        """Write the rows that changed, and what became of those of persons alone."""
        for place, before in self._touched:
            runs = self.rows[place]
            for run in runs:
                run.touched = False
            self.rows[place] = runs
            if before is not None:
                self._change(place[0] & _KINDS, before, self._said_of(runs))
        self._touched.clear()

    def _change(self, kind: int, before: Said, after: Said) -> None:
        """Take back what was said, and say what holds now."""
        if before.views != after.views:
            self._say(before.views, kind, -1)
            self._say(after.views, kind, 1)
        if before.visits != after.visits:
            self._pages.say(before.visits, -1)
            self._pages.say(after.visits, 1)

    def _begin(self, place: RepeatsKey, run: Run) -> list[Run]:
        runs = self.rows[place] = [run]
        self._await_expiry(place, runs)
        self._index(place)
        return runs

    def _index(self, place: RepeatsKey) -> None:
        hashed, teller = place
        self._tellers[hashed] = self._tellers.get(hashed, 0) + 1
        self._names.setdefault(teller, set()).add(hashed)

    def _forget(self, place: RepeatsKey) -> None:
        del self.rows[place]
        hashed, teller = place
        self._tellers[hashed] -= 1
        if not self._tellers[hashed]:
            del self._tellers[hashed]
        names = self._names[teller]
        names.discard(hashed)
        if not names:
            del self._names[teller]

    def _tellers_with(self, place: RepeatsKey) -> list[int]:
        """Return the tellers that have a row under a name, and are one person with the one of a row."""
        hashed, teller = place
        key = self._linked.get(teller)
        if key is None:
            return [teller]
        members = map(hash_of_teller, self._links.members(self._links.person(key)))
        return [one for one in members if (hashed, one) in self.rows]

    def _parts_of(self, place: RepeatsKey) -> list[tuple[Run, int]]:
        """Return the runs under the name of a row that its person has, each with when (µs) its raw id was linked."""
        hashed, teller = place
        key = self._linked.get(teller)
        return [(run, 0) for run in self.rows[place]] if key is None else self._parts(self._links.person(key), hashed)

    def _parts(self, person: PersonKey, hashed: int) -> list[tuple[Run, int]]:
        return [
            (run, self._links.linked_at(key))
            for key in self._links.members(person)
            for run in self.rows.get((hashed, hash_of_teller(key)), ())
        ]

    def _said_by(self, person: PersonKey, hashed: int) -> Said:
        return self._said_by_parts(self._parts(person, hashed))

    def _said_by_parts(self, parts: list[tuple[Run, int]]) -> Said:
        """Return what counts of the runs of a person.

        What several raw ids tell is joined; what had expired when they became one person stands as it was said.
        """
        return self._said_of([union(group) for group in self._groups(parts)])

    def _said_of(self, runs: Sequence[Run]) -> Said:
        if len(runs) == 1:
            [run] = runs
            seen = run.seen
            if seen is None:
                return _NOTHING
            member = member_of(run, self._segments)
            return Said([(seen, member)], [] if run.pinged is None else [self._pages.visit(run, member)])
        views = [(run.seen, member_of(run, self._segments)) for run in runs if run.seen is not None]
        return Said(views, self._pages.said(runs))

    def _groups(self, parts: list[tuple[Run, int]]) -> list[list[Run]]:
        groups: list[list[tuple[Run, int]]] = []
        for part in parts:
            near = [group for group in groups if any(self._near(part, one) for one in group)]
            groups = [group for group in groups if group not in near]
            groups.append([part, *(one for group in near for one in group)])
        return [[run for run, _ in group] for group in groups]

    def _near(self, part: tuple[Run, int], other: tuple[Run, int]) -> bool:
        (run, linked), (one, one_linked) = part, other
        alive_from = max(linked, one_linked) - WITHIN - self._grace
        apart = max(run.first, one.first) - min(run.last, one.last)
        return apart < WITHIN and run.last > alive_from and one.last > alive_from

    def _say(self, said: Iterable[tuple[int, int]], kind: int, sign: int) -> None:
        for at, member in said:
            self._count(at, member, kind, sign)

    def _count(self, at: int, member: int, kind: int, sign: int) -> None:
        self._settled[self._dating.of(at // MICRO)][self._cells[member][0]] += sign * self._weights[kind]

    def _expires(self, runs: Iterable[Run]) -> int:
        return max(run.last for run in runs) + self._kept

    def _await_expiry(self, place: RepeatsKey, runs: Iterable[Run]) -> None:
        self._expiring.set((self._expires(runs) // MICRO // _HOUR + 1) * _HOUR, place)


def _modernize(old: Rows[RepeatsKey, list[list[int]]], rows: Rows[RepeatsKey, list[Run]]) -> None:
    """Let rows of the version before be rows of this one."""
    for place, runs in list(old.items()):
        rows[place] = [
            Run(first, last, None if seen == _UNSEEN else seen, combination, others or None)
            for first, last, seen, combination, *others in runs
        ]
        del old[place]
