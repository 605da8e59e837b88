"""The business that never was: its events, and the truth about it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from schemas.keys import TOPICS
from stream.simulate.delivery import delivered
from stream.simulate.events import QUIET, Dated, Event
from stream.simulate.feedback import Feedback
from stream.simulate.founding import found
from stream.simulate.growth import Growth
from stream.simulate.instants import DAY, HOUR, SECOND, instant
from stream.simulate.services import services
from stream.simulate.traffic import Traffic
from stream.simulate.truth.report import World, report
from stream.simulate.uptime import Uptime
from stream.simulate.usage import written
from stream.simulate.users import hire
from stream.simulate.visits import Visit

START = datetime(2026, 1, 5, tzinfo=UTC)
# The earliest instant of a local day anywhere, before that day's midnight in UTC.
_EAST = 14 * HOUR
# A user's day reaches that many days beyond its own in UTC.
_SPILL = 2
_time = itemgetter(0)
_FAILS, _FAILS_IN_FAILURE = 3, 55


class Business:
    """A simulated software business, with all that its systems would send.

    The same arguments give the same events, to the byte. Each day of the world can be told without the days
    before, so `events` holds two days at a time, and `truth` tells the world once more instead of reading what
    was sent.

    Args:
        seed: Which world.
        days: How long it is simulated, in days of 24 hours.
        start: When it begins.
        accounts: How many customers there are in all; the number of events grows with it.
        zone: IANA name of the zone of the business, for the calendar windows of the truth.
        fx: Currency → USD for one of it, as written in `vitals.yaml`; customers of its countries are billed in it.
        duplicates: Share of the events that are sent twice, 0…1.
        late: Share of the events that arrive up to 30 minutes late, 0…1.
        families: Which families of events are told; the world is the same, and so are the events of each.

    Raises:
        ValueError: There is no such family.

    Example:
        >>> business = Business(seed=7, days=1, accounts=2)
        >>> sum(1 for event in business.events() if event["type"] == "uptime.checked") > 1400
        True
        >>> business.truth()["values"]["availability.30d"] is not None
        True
    """

    def __init__(
        self,
        seed: int,
        days: int,
        start: datetime = START,
        accounts: int = 40,
        zone: str = "UTC",
        *,
        fx: Mapping[str, str] | None = None,
        duplicates: float = 0.0,
        late: float = 0.0,
        families: Collection[str] = TOPICS,
    ) -> None:
        unknown = sorted(set(families) - set(TOPICS))
        if unknown:
            raise ValueError(f"there is no family {unknown[0]!r}; there are {', '.join(TOPICS)}")
        self.seed = seed
        self.zone = zone
        self.duplicates = duplicates
        self.late = late
        self._start = instant(start)
        self._end = self._start + days * DAY
        self._accounts = found(seed, accounts, self._start, self._end, fx or {})
        self._services = services(seed, self._start, self._end)
        self._families = frozenset(families)
        self._fx = fx or {}
        self._users = [(account, hire(account, seed)) for account in self._accounts]
        probes = [probe for service in self._services for probe in service.probes]
        self._failures = [(one.start, one.end) for one in probes[0].failures if one.region is None]
        self._traffic = Traffic(seed, self._start, self._users, self._fails)
        self._uptime = Uptime(self._services, self._end)
        self._days = range(self._start // DAY - 1, self._end // DAY + 1)

    # What customers say and how they came ends a little before the span does: its last event is always a check, so
    # that the default `as_of` of a world is the same with these families and without.

    @cached_property
    def feedback(self) -> Feedback:
        """What customers say."""
        return Feedback(self.seed, self._users, self._start, self._end - QUIET)

    @cached_property
    def growth(self) -> Growth:
        """Where customers come from."""
        return Growth(self.seed, self._accounts, self._start, self._end - QUIET, self._fx)

    @cached_property
    def _told(self) -> dict[int, list[Dated]]:
        """All events that are not of one day only, by UTC day."""
        told: dict[int, list[Dated]] = {}
        diaries = [account.diary for account in self._accounts] if "billing" in self._families else []
        if "feedback" in self._families:
            diaries.append(self.feedback.events())
        if "growth" in self._families:
            diaries.append(self.growth.events())
        for diary in diaries:
            for at, event in diary:
                told.setdefault(at // DAY, []).append((at, event))
        return told

    def events(self) -> Iterator[Event]:
        """Tell the events in time order, or in the order of arrival where some are late or come twice."""
        return delivered(self._dated(self._days), self.seed, late=self.late, duplicates=self.duplicates)

    def truth(self, as_of: datetime | None = None, *, families: bool = False) -> dict[str, Any]:
        """Say what the catalogue's values are, by what the world knows of itself.

        Args:
            as_of: A whole second; by default the first one after the latest event.
            families: Say under `families` also what is not in the plain truth, which not every reader knows: of
                `usage` who comes back and how often, of `uptime` outages, checks and incidents, by service, region
                and severity, and all of `feedback` and `growth`, by plan, country, channel and campaign.

        Raises:
            ValueError: `as_of` is not a whole second.

        Example:
            >>> truth = Business(seed=7, days=2, accounts=3).truth(datetime(2026, 1, 6, tzinfo=UTC))
            >>> truth["as_of"], truth["values"]["events.today"]
            ('2026-01-06T00:00:00Z', 0)
        """
        at = self._after_latest() if as_of is None else instant(as_of)
        if at % SECOND or (as_of is not None and as_of.microsecond):
            raise ValueError(f"as_of must be a whole second, not {as_of}")
        days = range(self._days.start, min(self._days.stop, at // DAY + _SPILL))
        visits = self._visits(days)
        more = (True, self.feedback, self.growth) if families else ()
        return report(World(visits, self._accounts, self._services, days, self._end, self.zone, *more), at)

    def _dated(self, days: range) -> Iterator[Dated]:
        """Tell the events of some days, each as soon as no earlier one can follow."""
        waiting: list[Dated] = []
        for day in days:
            if "usage" in self._families:
                for visit in self._traffic.day(day):
                    waiting.extend(written(visit, self._end))
            waiting.extend(self._told.get(day, ()))
            if "uptime" in self._families:
                waiting.extend(self._uptime.day(day))
            waiting.sort(key=_time)
            ready = bisect_left(waiting, (day + 1) * DAY - _EAST, key=_time)
            yield from waiting[:ready]
            waiting = waiting[ready:]
        yield from waiting

    def _visits(self, days: range) -> Iterator[Visit]:
        for day in days:
            yield from self._traffic.day(day)

    def _after_latest(self) -> int:
        """Find the first whole second after the latest event; it is never far from the end, where probes check."""
        last = range(max(self._days.start, self._days.stop - _SPILL - 2), self._days.stop)
        latest = max((at for at, _ in self._dated(last)), default=self._start)
        return latest // SECOND * SECOND + SECOND

    def _fails(self, at: int) -> int:
        """Say what percent of the tries fail at an instant."""
        return _FAILS_IN_FAILURE if any(start <= at < end for start, end in self._failures) else _FAILS
