"""Churn signals: what about an account says that it may leave (catalogue part 2, section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from msgspec import Struct

from schemas.times import format_time
from stream.engine.calendar import Calendar
from stream.engine.definitions import SignalsSection
from stream.engine.trackers.accounts import LONG_AGO, Account
from stream.engine.trackers.health import share
from stream.engine.trackers.held import held
from stream.engine.trackers.payments import PAYMENT_HOLD, Payment, order, success_of
from stream.engine.trackers.subscriptions import State, Timeline
from stream.engine.units import MICRO

POINTS: Final = {
    "cancel_scheduled": 60,
    "payment_failed": 50,
    "dormant": 50,
    "usage_drop": 30,
    "low_score": 25,
    "severe_ticket": 25,
    "seats_removed": 25,
}
AT_RISK: Final = 50
"""Points, those of `cancel_scheduled` apart, from which the whole MRR of an account is at risk."""

_RECENT_DAYS: Final = 7
_NEVER: Final = 1 << 62

Interval = tuple[int, int]
"""`[start, end)` in µs."""


class Signal(Struct, frozen=True, gc=False):
    """A signal that is on: since when, and until when if it ends by itself (µs)."""

    name: str
    since: int
    until: int | None
    detail: str


class Use(NamedTuple):
    """What an account's use says at one `as_of`, and when (µs) time alone will change it."""

    signals: list[Signal]
    next: int
    share: Fraction | None = None
    """The uses of the last complete week as a share of the baseline, 0 to 100; None without a baseline."""


def run_at(intervals: Iterable[Interval], at: int) -> Interval | None:
    """Return the unbroken run of intervals that an instant lies in.

    >>> run_at([(0, 5), (5, 8), (20, 30)], 6)
    (0, 8)
    """
    run: Interval | None = None
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if run is None or start > run[1]:
            if run is not None and run[0] <= at < run[1]:
                return run
            run = (start, end)
        else:
            run = (run[0], max(run[1], end))
    return run if run is not None and run[0] <= at < run[1] else None


def cancel_scheduled(timelines: Iterable[Timeline], at: int) -> Signal | None:
    """On while a counted subscription has a known end that has not come."""
    run = run_at((interval for timeline in timelines for interval in _scheduled(timeline)), at)
    if run is None:
        return None
    return Signal("cancel_scheduled", run[0], run[1], f"a subscription ends at {format_time(run[1])}")


def _scheduled(timeline: Timeline) -> Iterator[Interval]:
    for state, following in _stretches(timeline):
        if state.end is not None and timeline.counted(state.at) is state:
            yield state.at, min(state.end, following)


def payment_failed(failures: Iterable[Interval], timelines: Iterable[Timeline], at: int) -> Signal | None:
    """On from a failed payment until it or another payment of its subscription succeeds, or while one is past due."""
    run = run_at([*failures, *(interval for timeline in timelines for interval in _past_due(timeline))], at)
    if run is None:
        return None
    until = None if run[1] >= _NEVER else run[1]
    return Signal("payment_failed", run[0], until, f"a payment is open since {format_time(run[0])}")


def open_failures(payments: Iterable[Sequence[Payment]], held_for: int) -> list[Interval]:
    """Return for each failed payment when it was open, for as long as it is held against the account (µs)."""
    groups = [group for told in payments for group in held(told, PAYMENT_HOLD)]
    successes = [(group, success) for group in groups if (success := success_of(group)) is not None]
    intervals: list[Interval] = []
    for group in groups:
        for failure in group:
            if failure.succeeded:
                continue
            made_good = min(
                (
                    success.at
                    for of, success in successes
                    if order(success) > order(failure)
                    and (
                        of is group
                        or (failure.subscription_id is not None and success.subscription_id == failure.subscription_id)
                    )
                ),
                default=_NEVER,
            )
            intervals.append((failure.at, min(made_good, failure.at + held_for)))
    return intervals


def _past_due(timeline: Timeline) -> Iterator[Interval]:
    for state, following in _stretches(timeline):
        if state.status == "past_due":
            yield state.at, min(_NEVER if state.end is None else state.end, following)


def _stretches(timeline: Timeline) -> Iterator[tuple[State, int]]:
    states = timeline.states
    for index, state in enumerate(states):
        yield state, states[index + 1].at if index + 1 < len(states) else _NEVER


class UseSignals:
    """Judges the use that accounts make of the product."""

    def __init__(self, settings: SignalsSection, calendar: Calendar) -> None:
        self._settings: Final = settings
        self._calendar: Final = calendar

    def of(self, row: Account, as_of: int) -> Use:
        """Return the signals of an account at `as_of` (seconds)."""
        now = as_of * MICRO
        settled = row.first_event + self._settings.warm_up * MICRO
        signals: list[Signal] = []
        coming = [settled + 1]
        against = None
        if row.last_use > LONG_AGO:
            sleeping = row.last_use + self._settings.dormant_after * MICRO
            coming.append(sleeping + 1)
            if sleeping < now:
                detail = f"no active use since {format_time(row.last_use)}"
                signals.append(Signal("dormant", max(sleeping, settled), None, detail))
            today = self._calendar.periods(as_of - 1).day
            coming.append(self._calendar.start("day", today + 1) * MICRO + 1)
            against = self.against_baseline(row, today)
            since = self.dropped(row, today)
            if since is not None:
                detail = f"uses of the last {_RECENT_DAYS} days dropped under the share of the baseline"
                signals.append(Signal("usage_drop", max(since, settled), None, detail))
        if settled >= now:
            signals = []
        return Use(signals, min((instant for instant in coming if instant > now), default=_NEVER), against)

    def against_baseline(self, row: Account, today: int) -> Fraction | None:
        """Return the uses of the seven days before a day against the baseline; None without one that says much."""
        settings, first = self._settings, row.first_use_day
        end = today - _RECENT_DAYS
        if first is None or end - first < settings.baseline_min_days:
            return None
        days = range(max(end - settings.baseline_days, first), end)
        baseline = Fraction(_RECENT_DAYS * sum(row.uses.get(day, 0) for day in days), len(days))
        if baseline < settings.usage_drop_min_week:
            return None
        return share(sum(row.uses.get(day, 0) for day in range(end, today)), baseline)

    def fold(self, row: Account, day: int) -> None:
        """Fold the judgements up to the start of a day into the row: no event can change the days before it."""
        if row.first_use_day is None or (row.judged is not None and day <= row.judged):
            return
        row.dropped_since = self.dropped(row, day)
        row.judged = day
        oldest = day - self._settings.baseline_days - _RECENT_DAYS - 1
        row.uses = {used: count for used, count in row.uses.items() if used >= oldest}

    def dropped(self, row: Account, until: int) -> int | None:
        """Return since when (µs) use has dropped, as judged at every local midnight up to the start of day `until`.

        Recent are the last seven days. The baseline is seven days of the mean over up to `baseline_days` days before
        those, and says nothing while they are fewer than `baseline_min_days` since the first use.
        """
        settings, since = self._settings, row.dropped_since
        if row.first_use_day is None or settings.baseline_min_days > settings.baseline_days:
            return None
        judged = row.first_use_day if row.judged is None else row.judged
        first = max(judged + 1, row.first_use_day + _RECENT_DAYS + settings.baseline_min_days)
        if first > until:
            return since
        if until > max(row.uses, default=row.first_use_day) + _RECENT_DAYS + settings.baseline_days:
            return None  # the baseline has run empty
        uses, below, recovers = row.uses, settings.usage_drop_below, settings.usage_drop_recovers
        end = first - _RECENT_DAYS
        start = max(end - settings.baseline_days, row.first_use_day)
        before = sum(uses.get(day, 0) for day in range(start, end))
        recent = sum(uses.get(day, 0) for day in range(end, first))
        for day in range(first, until + 1):
            days, baseline = end - start, _RECENT_DAYS * before  # the baseline proper is `baseline / days`
            enough = baseline >= settings.usage_drop_min_week * days
            if since is None:
                if enough and recent * days * below.denominator < baseline * below.numerator:
                    since = self._calendar.start("day", day) * MICRO
            elif not enough or recent * days * recovers.denominator >= baseline * recovers.numerator:
                since = None
            recent += uses.get(day, 0) - uses.get(end, 0)
            before += uses.get(end, 0)
            end += 1
            if end - start > settings.baseline_days:
                before -= uses.get(start, 0)
                start += 1
        return since
