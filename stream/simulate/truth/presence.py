"""Presence: the usage truth, from the visits that the world planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from fractions import Fraction

from stream.simulate.instants import MINUTE
from stream.simulate.segments import ALL
from stream.simulate.truth.numbers import Value, Values, ratio, seconds
from stream.simulate.truth.pages import looked_at
from stream.simulate.truth.people import Person, adopters, new, seen
from stream.simulate.truth.quantiles import cell, quantile
from stream.simulate.truth.tally import Tally
from stream.simulate.truth.windows import CALENDAR, LONG, Slices, Window, total
from stream.simulate.visits import TOUCHES, Act, Part, Visit

_GAP = 30 * MINUTE
_ALWAYS = ("5m", "1h", *LONG, *CALENDAR)
_SESSIONS = ("1h", *LONG, *CALENDAR)
_LISTED = 100


class Presence:
    """What the visits before an instant come to.

    A visit is a session by construction, so sessions are never put together from events here.

    Args:
        visits: All visits ever, each with steps in time order.
        as_of: Steps before it count, no others.
        named: The windows.
        end: Where the simulated span ends; steps from there on never happened.
    """

    def __init__(self, visits: Iterable[Visit], as_of: int, named: dict[str, Window], end: int) -> None:
        self._as_of = as_of
        self._limit = min(as_of, end)
        self._named = named
        self._slices = Slices(named)
        self._tallies: dict[str, Tally] = {}
        self._users: dict[Hashable, Person] = {}
        self._accounts: dict[Hashable, Person] = {}
        self._same: dict[Hashable, Hashable] = {}
        for visit in visits:
            if not visit.excluded and visit.start < self._limit:
                self._visit(visit)
        for stranger, user in self._same.items():
            # They may have been here before as a stranger.
            if stranger in self._users and user in self._users:
                self._users[user].join(self._users.pop(stranger))

    @property
    def segments(self) -> set[str]:
        """All segments that any usage was in."""
        return {ALL, *self._tallies}

    # -- reading the plan of a visit

    def _visit(self, visit: Visit) -> None:
        for part in visit.parts:
            self._count(part, active=visit.active)
        if visit.active:
            for part in visit.parts:
                self._remember(visit, part)
            self._session(visit)

    def _tally(self, segment: str) -> Tally:
        if segment not in self._tallies:
            self._tallies[segment] = Tally(self._slices.count)
        return self._tallies[segment]

    def _count(self, part: Part, *, active: bool) -> None:
        tallies = [self._tally(segment) for segment in part.segments] if self._has_begun(part) else []
        for at, act, subject, mark in part.steps:
            if at >= self._limit:
                break
            place = self._slices.of(at)
            for tally in tallies:
                tally.events[place] += 1
                if act is Act.TRY:
                    tally.attempts[place] += 1
                    tally.failures[place] += not mark
                    if mark and active and subject:
                        tally.use(subject, place)

    def _has_begun(self, part: Part) -> bool:
        return bool(part.steps) and part.steps[0][0] < self._limit

    def _remember(self, visit: Visit, part: Part) -> None:
        if not self._has_begun(part):
            return
        first = part.steps[0][0]
        # Without an account, the message key stands in its place: the stranger's own id.
        key = (visit.account or part.anonymous, "user" if part.user else "stranger", part.user or part.anonymous)
        person = self._users.setdefault(key, Person(first))
        people = [person]
        if visit.account:
            people.append(self._accounts.setdefault(visit.account, Person(first)))
        bits = 0
        for at, act, subject, mark in part.steps:
            if at >= self._limit:
                break
            bit = 1 << self._slices.of(at)
            bits |= bit
            if act is Act.IDENTIFY:
                self._same[(visit.account, "stranger", part.anonymous)] = key
            elif act is Act.TRY and mark and subject:
                for segment in part.segments:
                    person.used[segment, subject] = person.used.get((segment, subject), 0) | bit
        for one in people:
            one.first = min(one.first, first)
            for segment in part.segments:
                one.seen[segment] = one.seen.get(segment, 0) | bits

    def _session(self, visit: Visit) -> None:
        begun = [part for part in visit.parts if self._has_begun(part)]
        steps = [step for part in begun for step in part.steps if step[0] < self._limit]
        first, last = steps[0][0], steps[-1][0]
        marked = {mark for _, act, _, mark in steps if act is Act.VIEW and mark}
        plain = [path for _, act, path, mark in steps if act is Act.VIEW and not mark]
        touched = any(act in TOUCHES for _, act, _, _ in steps)
        # A page without an id is its path: seen twice, it is two views of one page.
        distinct = len(marked) + len(set(plain))
        closed = last + _GAP <= self._as_of
        place = self._slices.of(last)
        for segment in dict.fromkeys(segment for part in begun for segment in part.segments):
            tally = self._tally(segment)
            tally.sessions[place] += 1
            tally.length[place] += last - first
            tally.cells[place][cell(last - first)] += 1
            tally.pages[place] += len(marked) + len(plain)
            tally.judged[place] += closed and distinct > 0
            tally.bounced[place] += closed and distinct == 1 and not touched
        for page in looked_at(begun, self._limit):
            place = self._slices.of(page.pinged)
            for segment in page.segments:
                tally = self._tally(segment)
                tally.engaged[place] += page.milliseconds
                tally.looks[place][cell(page.milliseconds)] += 1

    # -- the values

    def active_accounts(self, segment: str, name: str) -> int:
        """Count the accounts that were active in a segment in a window."""
        return seen(self._accounts, segment, self._slices.mask(name))

    def values(self, segment: str) -> Values:
        """Say the usage values of a segment."""
        tally = self._tallies.get(segment) or Tally(self._slices.count)
        values: Values = {}
        for name in _ALWAYS:
            values |= self._activity(tally, segment, name)
        for name in _SESSIONS:
            values |= self._sitting(tally, name)
        for name in (*LONG, *CALENDAR):
            values |= self._looking(tally, segment, name)
        for name in LONG:
            values[f"features.{name}"] = self._features(tally, segment, name)
        return values

    def _activity(self, tally: Tally, segment: str, name: str) -> Values:
        places, mask = self._slices.within(name), self._slices.mask(name)
        attempts = total(tally.attempts, places)
        return {
            f"events.{name}": total(tally.events, places),
            f"active_users.{name}": seen(self._users, segment, mask),
            f"active_accounts.{name}": self.active_accounts(segment, name),
            f"new_users.{name}": new(self._users.values(), segment, mask, *self._named[name]),
            f"attempts.{name}": attempts,
            f"error_rate.{name}": ratio(total(tally.failures, places), attempts),
        }

    def _sitting(self, tally: Tally, name: str) -> Values:
        places = self._slices.within(name)
        sessions = total(tally.sessions, places)
        cells: Counter[int] = Counter()
        for place in places:
            cells += tally.cells[place]
        return {
            f"sessions.{name}": sessions,
            f"session_duration_avg.{name}": ratio(total(tally.length, places), sessions * 1000),
            f"session_duration_p50.{name}": quantile(cells, Fraction(1, 2)),
            f"session_duration_p90.{name}": quantile(cells, Fraction(9, 10)),
            f"pages_per_session.{name}": ratio(total(tally.pages, places), sessions),
            f"bounce_rate.{name}": ratio(total(tally.bounced, places), total(tally.judged, places)),
            f"engaged_time.{name}": seconds(total(tally.engaged, places)),
        }

    def _looking(self, tally: Tally, segment: str, name: str) -> Values:
        places = self._slices.within(name)
        looks: Counter[int] = Counter()
        for place in places:
            looks += tally.looks[place]
        users = seen(self._users, segment, self._slices.mask(name))
        return {
            f"engaged_time_per_user.{name}": ratio(total(tally.engaged, places), users * 1000),
            f"time_on_page_p50.{name}": quantile(looks, Fraction(1, 2)),
            f"time_on_page_p90.{name}": quantile(looks, Fraction(9, 10)),
        }

    def _features(self, tally: Tally, segment: str, name: str) -> Value:
        places, mask = self._slices.within(name), self._slices.mask(name)
        eligible = seen(self._users, segment, mask)
        counted = [(total(uses, places), feature) for feature, uses in tally.uses.items()]
        table = []
        for uses, feature in sorted(counted, key=lambda row: (-row[0], row[1]))[:_LISTED]:
            if not uses:
                continue
            users = adopters(self._users.values(), segment, feature, mask)
            row = {"feature": feature, "uses": uses, "adopters": users, "eligible": eligible}
            table.append({**row, "adoption": ratio(users, eligible), "depth": ratio(uses, users)})
        return table
