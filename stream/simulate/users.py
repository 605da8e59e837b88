"""Users: who they are, where they sit, and when they are at work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import HOUR, local_day, midnight, weekday
from stream.simulate.places import PLACES, Place

NAMES = ("ana", "ben", "cleo", "dan", "eva", "finn", "gil", "hana", "ivo", "jana", "kim", "leo", "mia", "noa", "ole")
# How many of the users sit where the account does: the rest anywhere.
_NEAR = 80


@dataclass(frozen=True, slots=True)
class Login:
    """A day on which the user begins as an anonymous visitor and then says who they are.

    Attributes:
        day: The local day, since 1970-01-01.
        anonymous: The `anonymous_id` of the device.
        glance: An earlier day on which the same device only looked around, if there was one.
    """

    day: int
    anonymous: str
    glance: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A person who works with the product.

    Attributes:
        account: Whose colleague.
        name: The `user_id`, unique within the account only.
        place: The country they sit in.
        country: As their events say it; None if they say none.
        zone: IANA name of the zone they live by.
        joins: Local day of their first visit.
        eager: How often they come on a working day, in percent.
        morning: When they begin, in minutes after local midnight.
        weekends: Whether they work on weekends too.
        holiday: First of seven days without work.
        sessions: Whether their browser sends a `session_id`.
        pages: Whether it sends a `page_view_id`.
        tablet: The weekday on which a tablet with a `session_id` that never changes comes out; None: no tablet.
        logins: Their anonymous beginnings.
    """

    account: Account
    name: str
    place: Place
    country: str | None
    zone: str
    joins: int
    eager: int
    morning: int
    weekends: bool
    holiday: int
    sessions: bool
    pages: bool
    tablet: int | None
    logins: tuple[Login, ...]

    @property
    def key(self) -> str:
        """A name that no other user has."""
        return f"{self.account.name}-{self.name}"

    def login_on(self, day: int) -> Login | None:
        """Find the login of a local day."""
        return next((login for login in self.logins if login.day == day), None)

    def comes(self, day: int, chance: Chance) -> bool:
        """Draw whether they work on a local day."""
        if self.login_on(day) is not None:
            return True
        percent = self.eager * self.account.warmth_at(midnight("UTC", day) + 12 * HOUR) / 100
        local = date(1970, 1, 1) + timedelta(days=day)
        if weekday(day) > 4:
            percent *= 0.7 if self.weekends else 0.06
        elif (local.month, local.day) in self.place.holidays:
            percent *= 0.1
        if self.holiday <= day < self.holiday + 7:
            percent *= 0.05
        return chance.happens(percent)


def hire(account: Account, seed: int) -> list[User]:
    """Make the users of an account: one from the first day on, the others by and by."""
    chance = Chance(seed, "users", account.name)
    return [_user(account, number, chance) for number in range(account.seats)]


def _user(account: Account, number: int, chance: Chance) -> User:
    place = account.place if chance.happens(_NEAR) else chance.pick(PLACES)
    zone = chance.pick(place.zones)
    name = NAMES[number % len(NAMES)] + (str(number // len(NAMES) + 1) if number >= len(NAMES) else "")
    begins = local_day(zone, account.signup)
    joins = begins if number == 0 else begins + chance.pick((0, 0, 1, 1, 2, 3, 5, 8, 13, 21))
    return User(
        account=account,
        name=name,
        place=place,
        country=None if chance.happens(5) else place.country,
        zone=zone,
        joins=joins,
        eager=chance.pick((96, 90, 85, 80, 70, 55, 30, 12)),
        morning=chance.between(7 * 60, 10 * 60),
        weekends=chance.happens(12),
        holiday=joins + chance.between(5, 200),
        sessions=chance.happens(70),
        pages=chance.happens(80),
        tablet=chance.below(7) if chance.happens(10) else None,
        logins=_logins(f"{account.name}-{name}", joins, number, chance),
    )


def _logins(key: str, joins: int, number: int, chance: Chance) -> tuple[Login, ...]:
    """Invited users mostly arrive as strangers, some after a look around; a few get a second device later."""
    logins = []
    if number and chance.happens(60):
        glance = joins - chance.between(1, 3) if chance.happens(40) else None
        logins.append(Login(joins, f"anon-{key}-1", glance))
    if chance.happens(20):
        logins.append(Login(joins + chance.between(2, 25), f"anon-{key}-2"))
    return tuple(logins)
