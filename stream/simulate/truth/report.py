"""The report: all the truth of an instant, in the shape that `vitals simulate` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stream.simulate.accounts import Account
from stream.simulate.feedback import Feedback
from stream.simulate.growth import Growth
from stream.simulate.instants import short
from stream.simulate.segments import ALL
from stream.simulate.services import Service
from stream.simulate.truth.attendance import Attendance
from stream.simulate.truth.availability import Availability
from stream.simulate.truth.coming_back import ComingBack
from stream.simulate.truth.ledger import Ledger, standing
from stream.simulate.truth.numbers import Values
from stream.simulate.truth.pipeline import Pipeline
from stream.simulate.truth.presence import Presence
from stream.simulate.truth.reliability import Reliability
from stream.simulate.truth.revenue import Revenue
from stream.simulate.truth.voices import Said
from stream.simulate.truth.windows import Window, windows
from stream.simulate.visits import Visit


@dataclass(frozen=True, slots=True)
class World:
    """What the truth is computed from.

    Attributes:
        visits: All visits, those that count nowhere too.
        accounts: All accounts with their books.
        services: All services.
        days: The UTC days of the simulated span.
        end: Where the span ends, in milliseconds since the epoch.
        zone: IANA name of the zone of the business.
        full: Whether more is asked for than the plain truth.
        feedback: What customers say; None where it is not.
        growth: Where customers come from; None likewise.
    """

    visits: Iterable[Visit]
    accounts: Sequence[Account]
    services: Sequence[Service]
    days: range
    end: int
    zone: str
    full: bool = False
    feedback: Feedback | None = None
    growth: Growth | None = None


def report(world: World, as_of: int) -> dict[str, Any]:
    """Say the truth of an instant, for all and for each segment.

    Args:
        world: What happened.
        as_of: A whole second, in milliseconds since the epoch.
    """
    named = windows(as_of, world.zone)
    customers = [account for account in world.accounts if not account.test]
    attendance = Attendance(as_of, world.zone, world.end)
    visits = attendance.noting(world.visits) if world.full else world.visits
    presence = Presence(visits, as_of, named, world.end)
    ledger = Ledger([account.worths for account in customers], as_of, named)
    revenue = Revenue((receipt for account in customers for receipt in account.receipts), as_of, named)
    availability = Availability(world.services, as_of, named, world.days)

    def business(segment: str) -> dict[str, Any]:
        return {**presence.values(segment), **ledger.values(segment), **revenue.values(segment)}

    named_segments = (presence.segments | ledger.segments | revenue.segments) - {ALL}
    segments = {segment: business(segment) for segment in sorted(named_segments)}
    segments |= {segment: availability.values(segment) for segment in sorted(availability.segments)}
    said = {
        "schema": "vitals.truth.v1",
        "segment": ALL,
        "as_of": short(as_of),
        "values": {**business(ALL), **availability.values()},
        "segments": segments,
    }
    if not world.full:
        return said
    usage = _shaped(presence.segments, ComingBack(attendance, as_of, named, world.zone).values)
    return {**said, "families": {"usage": usage, **_families(world, as_of, named, presence, ledger)}}


def _families(world: World, as_of: int, named: dict[str, Window], presence: Presence, ledger: Ledger) -> dict[str, Any]:
    """Say the truth about families other than usage, each by itself: what the plain truth does not say."""
    reliability = Reliability(world.services, as_of, named, world.days)
    found = {"uptime": _shaped(reliability.segments, reliability.values)}
    if world.feedback is not None:
        said = Said(world.feedback.answers, world.feedback.tickets, as_of, named)
        worth = {account.name: standing(account.worths, as_of) for account in world.accounts}

        def heard(segment: str) -> Values:
            return said.values(segment, lambda window: presence.active_accounts(segment, window), worth.__getitem__)

        found["feedback"] = _shaped(said.segments, heard)
    if world.growth is not None:
        pipeline = Pipeline(world.growth.leads, world.growth.spends, as_of, named, world.zone)
        found["growth"] = _shaped(pipeline.segments, lambda segment: pipeline.values(segment, ledger.new_accounts))
    return found


def _shaped(segments: set[str], values: Callable[[str], Values]) -> dict[str, Any]:
    """Say the values of a family in the shape of the whole."""
    return {"values": values(ALL), "segments": {segment: values(segment) for segment in sorted(segments - {ALL})}}
