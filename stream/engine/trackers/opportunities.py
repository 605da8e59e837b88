"""Opportunities: what about an account says that it may want more (catalogue part 2, section 4).

Use is known by local day, so days count whole: the one that a billing period begins in, and the one that lies 28 days
back. An episode begins where a condition sets in and lasts until the other one ends it; of an episode the first 28 days
are told. It is looked for in the last 62 days, or in the billing period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from schemas.times import format_time
from stream.engine.calendar import Calendar
from stream.engine.definitions import SignalsSection
from stream.engine.segments import ALL
from stream.engine.trackers.accounts import Account, Accounts
from stream.engine.trackers.amounts import ALL_NAMES, LONGEST_DAYS, Amounts
from stream.engine.trackers.billing import BillingTracker, Standing
from stream.engine.trackers.marks import Mark
from stream.engine.trackers.members import Members, days_of
from stream.engine.trackers.seats import seats_at
from stream.engine.trackers.signals import Signal
from stream.engine.trackers.subscriptions import State, Timeline
from stream.engine.units import MICRO

NAMES: Final = ("near_plan_limit", "seat_saturation", "very_active_free")
LOOKED_BACK: Final = 62
"""Local days."""
_WEEK: Final = (1 << 7) - 1
_FOUR_WEEKS: Final = (1 << 29) - 1
"""Today so far, and the 28 days before."""


class Found(NamedTuple):
    """The opportunities of an account, and the instants (µs) at which time alone may change them."""

    signals: list[Signal]
    next: list[int]


class Limit(NamedTuple):
    """What a state allows, in millionths, of events of a name (empty: of all), in `[start, end)` µs."""

    most: int
    name: str
    start: int
    end: int | None


class Opportunities:
    """Finds the opportunities of one partition's accounts."""

    def __init__(
        self,
        calendar: Calendar,
        settings: SignalsSection,
        sources: tuple[Accounts, Members, Amounts],
        billing: BillingTracker,
    ) -> None:
        self._calendar: Final = calendar
        self._settings: Final = settings
        self._accounts, self._members, self._amounts = sources
        self._billing: Final = billing
        self._users: Final[dict[str, int]] = {}
        """Of the accounts with enough seats: how many users they had when they were judged."""
        self._used: Final[dict[str, list[int]]] = {}
        """Of the accounts with limits: the same of how much of each was used, as far as it matters."""

    def moved(self, as_of: int) -> Iterator[str]:
        """Yield the accounts whose use since the last judgement makes a difference to what is said of them."""
        today = self._calendar.periods(as_of - 1).day
        for account in self._members.met & self._users.keys():
            if self._users_of(self._members.active_days(account, today), 0) != self._users[account]:
                yield account
        self._members.met.clear()
        for account in self._amounts.changed.keys() & self._used.keys():
            limits = self._limits(self._billing.timelines_of(account), as_of * MICRO - 1)
            if self._amounts.changed[account] < today or self._levels(account, limits, today) != self._used[account]:
                yield account

    def first_day(self, account: str) -> int | None:
        """Return the first local day that an account's limits may ask for; None where it has none."""
        billing = self._billing.rows.get(account)
        states = [] if billing is None else [state for states in billing.subscriptions.values() for state in states]
        starts = [limit.start for state in states if (limit := _limit_of(state)) is not None]
        return self._day(min(starts)) if starts else None

    def of(self, account: str, row: Account, standing: Standing | None, as_of: int) -> Found:
        """Return the opportunities of an account, judged just before `as_of` (seconds)."""
        at = as_of * MICRO - 1
        today = self._calendar.periods(as_of - 1).day
        midnight = self._calendar.start("day", today + 1) * MICRO + 1
        found = Found([], [])
        if standing is not None:
            self._near_limits(account, standing, at, today, found)
            self._saturated(account, standing, at, today, found)
        mark = row.marks.get(ALL)
        if mark is not None and days_of([mark], today) & (_WEEK << 1 | 1):
            found.next.append(midnight)
            self._very_active(row, mark, standing, at, found)
        if account in self._users:
            found.next.append(midnight)
        found.next.extend(signal.until for signal in found.signals if signal.until is not None)
        return found

    def _near_limits(self, account: str, standing: Standing, at: int, today: int, found: Found) -> None:
        limits = self._limits(standing.timelines, at)
        if not limits:
            self._used.pop(account, None)
            return
        self._used[account] = levels = self._levels(account, limits, today)
        told = []
        for (timeline, limit), level in zip(limits, levels, strict=True):
            if limit.end is not None and limit.end > at:
                found.next.append(limit.end)
            if not level:
                continue
            since = self._limit_episode(account, timeline, limit, at)
            ends = None if since is None else since + self._settings.opportunity_for * MICRO
            if since is not None and ends is not None:
                told.append((since, ends if limit.end is None else min(ends, limit.end)))
        told = [(since, until) for since, until in told if at < until]
        if told:
            since, until = min(told)[0], max(until for _, until in told)
            detail = f"close to the limit of its plan since {format_time(since)}"
            found.signals.append(Signal("near_plan_limit", since, until, detail))

    def _limits(self, timelines: Mapping[str, Timeline], at: int) -> list[tuple[Timeline, Limit]]:
        """Return the limits that hold, of the billing periods that an instant (µs) is in."""
        limits = []
        for _, timeline in sorted(timelines.items()):
            limit = _limit_at(timeline, at)
            if limit is not None:
                limits.append((timeline, limit))
        return limits

    def _levels(self, account: str, limits: Iterable[tuple[Timeline, Limit]], today: int) -> list[int]:
        """Return for each limit whether use is below both thresholds (0), between them (1), or at the upper one (2)."""
        levels = []
        for _, limit in limits:
            used = self._amounts.sum(account, limit.name, self._first(limit, today), today)
            levels.append(self._level(used, limit))
        return levels

    def _level(self, used: int, limit: Limit) -> int:
        settings = self._settings
        return (used >= settings.near_limit_until * limit.most) + (used >= settings.near_limit_from * limit.most)

    def _limit_episode(self, account: str, timeline: Timeline, limit: Limit, at: int) -> int | None:
        first = self._first(limit, self._day(at))
        summed: dict[tuple[str, int], int] = {}

        def level(instant: int) -> int:
            then = _limit_at(timeline, instant)
            if then is None or (then.start, then.end) != (limit.start, limit.end):
                return 0
            place = then.name, self._day(instant)
            if place not in summed:
                summed[place] = self._amounts.sum(account, then.name, first, place[1])
            return self._level(summed[place], then)

        instants = {instant for instant in timeline.instants() if limit.start <= instant <= at}
        return _episode(
            sorted({limit.start, *instants, *self._midnights(first + 1, self._day(at))}),
            lambda instant: level(instant) == 2,
            lambda instant: level(instant) == 0,
        )

    def _saturated(self, account: str, standing: Standing, at: int, today: int, found: Found) -> None:
        settings, timelines = self._settings, list(standing.timelines.values())
        seats = seats_at(timelines, at)
        if seats < settings.saturated_min_seats:
            self._users.pop(account, None)
            return
        days = self._members.active_days(account, today)
        by_day = {today: self._users_of(days, 0)}
        self._users[account] = by_day[today]
        if by_day[today] < settings.saturated_until * seats:
            return

        def share(instant: int) -> Fraction:
            there, day = seats_at(timelines, instant), self._day(instant)
            if there < settings.saturated_min_seats:
                return Fraction(-1)
            if day not in by_day:
                by_day[day] = self._users_of(days, today - day)
            return Fraction(by_day[day], there)

        since = _episode(
            self._instants(timelines, today, at),
            lambda instant: share(instant) >= settings.saturated_from,
            lambda instant: share(instant) < settings.saturated_until,
        )
        self._add("seat_saturation", since, f"{by_day[today]} users on {seats} seats", at, found)

    @staticmethod
    def _users_of(days: Iterable[int], back: int) -> int:
        """Return how many were active on a day so many days ago, or in the 28 days before it."""
        within = _FOUR_WEEKS << back
        return sum(1 for bits in days if bits & within)

    def _very_active(self, row: Account, mark: Mark, standing: Standing | None, at: int, found: Found) -> None:
        settings, today = self._settings, self._day(at)
        days, settled = days_of([mark], today), row.first_event + settings.warm_up * MICRO

        def active(instant: int) -> int:
            return (days >> (today - self._day(instant) + 1) & _WEEK).bit_count()

        def pays(instant: int) -> bool:
            if standing is None:
                return False
            return any(holding.native for holding in self._billing.books.position(standing.timelines, instant))

        def tries(instant: int) -> bool:
            return standing is not None and any(one.in_trial(instant) for one in standing.timelines.values())

        if settled > at or active(at) < settings.very_active_until or pays(at):
            return
        since = _episode(
            self._instants([] if standing is None else standing.timelines.values(), today, at),
            lambda instant: active(instant) >= settings.very_active_from and not pays(instant) and not tries(instant),
            lambda instant: active(instant) < settings.very_active_until or pays(instant),
        )
        if since is not None:
            self._add("very_active_free", max(since, settled), "active nearly every day without paying", at, found)

    def _add(self, name: str, since: int | None, detail: str, at: int, found: Found) -> None:
        if since is not None and at < (until := since + self._settings.opportunity_for * MICRO):
            found.signals.append(Signal(name, since, until, detail))

    def _instants(self, timelines: Iterable[Timeline], today: int, at: int) -> list[int]:
        """Return the instants (µs), in order, up to one at which something can change: midnights and billing's."""
        midnights = self._midnights(today - LOOKED_BACK, today)
        billed = {instant for timeline in timelines for instant in timeline.instants()}
        return sorted({*midnights, *(instant for instant in billed if midnights[0] <= instant <= at)})

    def _midnights(self, first: int, last: int) -> list[int]:
        return [self._calendar.start("day", day) * MICRO for day in range(first, last + 1)]

    def _first(self, limit: Limit, today: int) -> int:
        """Return the first local day of a limit's billing period, as far back as amounts are kept."""
        return max(self._day(limit.start), today - LONGEST_DAYS)

    def _day(self, instant: int) -> int:
        return self._calendar.periods(instant // MICRO).day


def _episode(instants: Iterable[int], on: Callable[[int], bool], off: Callable[[int], bool]) -> int | None:
    """Return since when (µs) an episode lasts that began with one condition and was not ended by the other.

    >>> _episode([1, 2, 3, 4], lambda at: at in (1, 3), lambda at: at == 2)
    3
    """
    since = None
    for instant in instants:
        if since is None:
            since = instant if on(instant) else None
        elif off(instant):
            since = None
    return since


def _limit_at(timeline: Timeline, instant: int) -> Limit | None:
    """Return the limit that holds at an instant (µs), if its billing period has not ended."""
    state = timeline.counted(instant) or timeline.in_trial(instant)
    limit = None if state is None else _limit_of(state)
    return limit if limit is not None and (limit.end is None or instant < limit.end) else None


def _limit_of(state: State) -> Limit | None:
    """Return what a state allows: a number above 0 as `plan_limit`; without a known start its period begins with it."""
    attributes = state.attributes or {}
    most, name = attributes.get("plan_limit"), attributes.get("limit_name")
    if isinstance(most, bool) or not isinstance(most, int | float) or most <= 0:
        return None
    exact = Fraction(repr(most)) * MICRO
    start = state.at if state.period_start is None else min(state.period_start, state.at)
    named = name if isinstance(name, str) else ALL_NAMES
    return Limit(int(exact), named, start, state.current_period_end)
