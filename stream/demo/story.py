"""The story that the demo tells: a small business, the day of a launch, and an outage of its checkout.

The business is that of `vitals simulate`. On an ordinary day a small one has an event every few minutes, which is not
much to look at, so crowds grow in the hours before the demo begins, and stay. What is further back is told in part,
whole visits each: forty days have to be there within seconds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from math import exp
from typing import Final
from zlib import crc32

from stream.simulate import Business
from stream.simulate.chance import Chance
from stream.simulate.events import Dated, Event
from stream.simulate.founding import found
from stream.simulate.instants import DAY, HOUR, SECOND, moment, text
from stream.simulate.places import LIKELY
from stream.simulate.sittings import Sitting
from stream.simulate.usage import written
from stream.simulate.users import User, hire
from stream.simulate.visits import Part, Visit

SEED: Final = 7
ACCOUNTS: Final = 8
PAST_DAYS: Final = 40
"""More than a month, so that windows of 30 days and the month before are full."""
AHEAD_DAYS: Final = 7
CHECKED_DAYS: Final = 8
CHECKED_EVERY: Final = 4
"""Minutes between the checks of the past, which begin some days ago: enough to know of every minute since."""
CHECKOUT: Final = "checkout"
OUTAGE_LASTS: Final = 20 * SECOND

VISITS_TOLD: Final = 3
"""Of so many visits before the launch, one is told."""

_LAUNCH: Final = DAY
_GROWTH: Final = 2 * HOUR
"""A day before the beginning, crowds begin to come; in so many hours they grow by e, and then they stay as they are."""
_VISITS_A_SECOND: Final = 0.2
_POINTS: Final = ((3_600, 240), (86_400, 3_600), (7 * 86_400, 12 * 3_600))
"""The history that charts begin with: so many seconds back, a point every so many seconds."""
_FAILS, _FAILS_IN_OUTAGE = 3, 60


class Story:
    """All events of the demo.

    Args:
        now: when it begins, in ms since the epoch: what is before is history.
        fx: currency → reporting currency for one of it.
    """

    def __init__(self, now: int, fx: dict[str, str]) -> None:
        self.now: Final = now
        self._start: Final = now - PAST_DAYS * DAY
        self._end: Final = now + AHEAD_DAYS * DAY
        self._checked: Final = text(now - CHECKED_DAYS * DAY)
        self._launch: Final = text(now - _LAUNCH)
        self._often: Final = text(now - HOUR)
        days = PAST_DAYS + AHEAD_DAYS
        self._business: Final = Business(SEED, days, moment(self._start), ACCOUNTS, fx=fx)
        accounts = found(SEED, ACCOUNTS, self._start, self._end, fx)
        self._users: Final = [user for account in accounts if not account.test for user in hire(account, SEED)]
        self._outage: tuple[int, int] | None = None

    def break_checkout(self, at: int) -> None:
        """Let the checkout be down from an instant that is not told yet, for a while."""
        self._outage = (at, at + OUTAGE_LASTS)

    def outage(self) -> list[Dated]:
        """Return what the status page says of the outage."""
        if self._outage is None:
            return []
        begin, end = self._outage
        incident = {"incident_id": f"checkout-{begin}", "severity": 1}
        return [
            _uptime(begin, "status_changed", {"status": "down"}),
            _uptime(begin + SECOND, "incident_changed", {**incident, "status": "opened"}),
            _uptime(end, "status_changed", {"status": "up"}),
            _uptime(end + SECOND, "incident_changed", {**incident, "status": "resolved"}),
        ]

    def events(self) -> Iterator[Event]:
        """Tell all events but those of the outage in time order, for a week from the beginning."""
        ordinary = filter(self._is_told, self._business.events())
        crowd = (event for _, event in self._crowd())
        up = [_uptime(self._start, "status_changed", {"status": "up"})[1]]
        return heapq.merge(ordinary, crowd, up, key=time_of)

    def _is_told(self, event: Event) -> bool:
        """Say whether an event is not one of the many checks, or visits, of long ago."""
        if event["type"].startswith("usage."):
            return event["time"] > self._launch or crc32(event["id"].rpartition(".")[0].encode()) % VISITS_TOLD == 0
        if event["type"] != "uptime.checked" or event["time"] > self._often:
            return True
        return event["time"] > self._checked and int(event["id"].rpartition("-")[2]) % CHECKED_EVERY == 0

    def _is_down(self, at: int) -> bool:
        return self._outage is not None and self._outage[0] <= at < self._outage[1]

    # --- crowds

    def _crowd(self) -> Iterator[Dated]:
        """Tell the visits of the launch in time order."""
        chance = Chance(SEED, "crowd", self.now)
        waiting: list[tuple[int, int, Event]] = []
        at, number, told = self.now - _LAUNCH, 0, 0
        while at < self._end:
            grown = exp(min(0, at - self.now) / _GROWTH)
            at += max(1, int(chance.draw() * 2 * SECOND / _VISITS_A_SECOND))
            if chance.draw() >= grown:
                continue
            number += 1
            while waiting and waiting[0][0] < at:
                when, _, event = heapq.heappop(waiting)
                if event["type"] == "usage.tracked" and self._is_down(when) and chance.happens(_FAILS_IN_OUTAGE):
                    event |= {"outcome": "failure", "error_code": "checkout_down"}
                yield when, event
            visit = self._visit(at, number, chance)
            for when, event in () if visit is None else written(visit, self._end):
                told += 1
                heapq.heappush(waiting, (when, told, event))

    def _visit(self, at: int, number: int, chance: Chance) -> Visit | None:
        """Let somebody come; None if they are no customers any more."""
        name = f"launch-{self.now // SECOND}-{number}"
        steps = Sitting(name, chance.draw, at + HOUR, fails=_FAILS).browse(at)
        if chance.happens(35):
            part = Part(None, f"anon-{name}", None, chance.pick(LIKELY).country, steps)
            return Visit(name, None, f"s-{name}", "web", [part])
        user: User = chance.pick(self._users)
        plan = user.account.plan_at(at)
        if at < user.account.signup or not user.account.warmth_at(at):
            return None
        part = Part(user.name, None, plan, user.country, steps)
        return Visit(name, user.account.name, f"s-{name}", "web", [part])


def time_of(event: Event) -> str:
    """Return the time of an event, as the simulator writes it: texts that are ordered as times are."""
    return str(event["time"])


def _uptime(at: int, kind: str, fields: dict[str, object]) -> Dated:
    event = {"id": f"{CHECKOUT}-{kind}-{at}", "source": "status-page", "type": f"uptime.{kind}", "time": text(at)}
    return at, {**event, "service": CHECKOUT, **fields}


def past_instants(now: int) -> list[int]:
    """Return the seconds of the history that charts begin with: the nearer, the denser.

    Args:
        now: in seconds.
    """
    instants: set[int] = set()
    for back, apart in _POINTS:
        last = now // apart * apart
        instants.update(range(last - back + apart, last + 1, apart))
    return sorted(instants)
