"""Traffic: all the visits of one day, by users, strangers, robots and nightly jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import DAY, HOUR, MINUTE, midnight, weekday
from stream.simulate.places import LIKELY, PLACES
from stream.simulate.sittings import Sitting
from stream.simulate.users import Login, User
from stream.simulate.visits import Act, Part, Step, Visit

# A user's day is over at a quarter past one in the night, and the next one begins at seven: so no visit without a
# session id comes closer than the gap to one of the day before, nor does it where a day has 23 hours.
NIGHT = 25 * HOUR + 15 * MINUTE
GAP = 30 * MINUTE
_VISITS = (1, 1, 2, 2, 2, 3, 3, 4)
_EVENING = 20 * HOUR


@dataclass(slots=True)
class Traffic:
    """Who visits.

    Each user draws from a stream of their own each day, so any day can be told by itself.

    Attributes:
        seed: Of the world.
        start: No visit begins before it.
        users: All users, by account.
        fails: Percent of the tries that fail at an instant.
    """

    seed: int
    start: int
    users: Sequence[tuple[Account, Sequence[User]]]
    fails: Callable[[int], int]

    def day(self, day: int) -> Iterator[Visit]:
        """Tell the visits of a day: the local one of each user, the UTC one of all others.

        Args:
            day: In days since 1970-01-01.
        """
        for account, users in self.users:
            for user in users:
                for visit in self._by_user(user, day):
                    if visit.parts[0].steps and visit.start >= max(self.start, account.signup):
                        yield visit
            if account.warmth_at(day * DAY):
                yield from self._jobs(account, users[0], day)
        yield from self._by_strangers(day)

    # -- users

    def _by_user(self, user: User, day: int) -> Iterator[Visit]:
        chance = Chance(self.seed, user.key, day)
        if any(login.glance == day for login in user.logins) and user.account.warmth_at(day * DAY):
            yield self._glance(user, day, chance)
        if day < user.joins or not user.comes(day, chance):
            return
        begins = midnight(user.zone, day)
        at = begins + user.morning * MINUTE + chance.below(75 * MINUTE)
        login = user.login_on(day)
        for number in range(chance.pick(_VISITS)):
            sitting = Sitting(
                name=f"{user.key}-{day}-{number}",
                draw=chance.draw,
                stop=begins + NIGHT,
                marks=user.pages,
                pauses=user.sessions,
                fails=self.fails(at),
            )
            visit = self._sit(user, sitting, at, chance, login)
            if visit is None:
                break
            yield visit
            login = None
            at = visit.parts[-1].steps[-1][0] + GAP
            if chance.happens(95):  # the others are back after exactly the gap
                at += chance.below(150 * MINUTE)
            if chance.happens(10):
                at = max(at, begins + _EVENING + chance.below(4 * HOUR))
        yield from self._elsewhere(user, day, begins, chance)

    def _sit(self, user: User, sitting: Sitting, at: int, chance: Chance, login: Login | None) -> Visit | None:
        scripted = login is None and chance.happens(8)
        steps = sitting.work(at) if scripted else sitting.browse(at)
        if not steps:
            return None
        plan = user.account.plan_at(at)
        if login is not None:
            parts = _login(user, login, plan, steps, chance)
        elif chance.happens(2) and len(steps) > 1:
            # On the road: the country changes in the middle.
            turn, abroad = chance.between(1, len(steps) - 1), chance.pick(PLACES).country
            parts = [
                Part(user.name, None, plan, user.country, steps[:turn]),
                Part(user.name, None, plan, abroad, steps[turn:]),
            ]
        else:
            parts = [Part(user.name, None, plan, user.country, steps)]
        session = f"s-{sitting.name}" if user.sessions and not scripted else None
        return _visit(user.account, sitting.name, session, "api" if scripted else "web", parts)

    def _elsewhere(self, user: User, day: int, begins: int, chance: Chance) -> Iterator[Visit]:
        """Visits beside the others, even at the same time: those of a phone, and of a tablet once a week."""
        for device, session in (("p", None), ("t", f"tablet-{user.key}")):
            comes = chance.happens(12) if session is None else user.tablet == weekday(day)
            if not comes:
                continue
            name = f"{user.key}-{day}-{device}"
            at = begins + 8 * HOUR + chance.below(15 * HOUR)
            steps = Sitting(name, chance.draw, begins + NIGHT, fails=self.fails(at)).browse(at)
            part = Part(user.name, None, user.account.plan_at(at), user.country, steps)
            platform = "ios" if len(user.name) % 2 else "android"
            yield _visit(user.account, name, session or f"s-{name}", platform, [part])

    def _glance(self, user: User, day: int, chance: Chance) -> Visit:
        login = next(login for login in user.logins if login.glance == day)
        name = f"{user.key}-{day}-g"
        begins = midnight(user.zone, day)
        at = begins + 9 * HOUR + chance.below(9 * HOUR)
        steps = Sitting(name, chance.draw, begins + NIGHT, user.pages).browse(at)
        part = Part(None, login.anonymous, None, user.country, steps)
        return _visit(user.account, name, f"s-{name}" if user.sessions else None, "web", [part])

    # -- others

    def _jobs(self, account: Account, owner: User, day: int) -> Iterator[Visit]:
        chance = Chance(self.seed, "job", account.name, day)
        at = day * DAY + chance.below(5 * HOUR)
        if at < account.signup or at < self.start or chance.happens(40):
            return
        name = f"{account.name}-{day}-job"
        steps: list[Step] = []
        for _ in range(chance.between(2, 6)):
            steps.append((at, Act.TRY, chance.pick(("import", "export", "sync")), not chance.happens(12)))
            at += chance.between(1_000, 5 * MINUTE)
        part = Part(owner.name, None, account.plan_at(at), account.country, steps)
        visit = _visit(account, name, None, "jobs", [part])
        visit.active = False
        yield visit

    def _by_strangers(self, day: int) -> Iterator[Visit]:
        """Visitors of the public pages, who have no account; some are robots, some come again."""
        chance = Chance(self.seed, "strangers", day)
        size = len(self.users)
        for number in range(2 + size // 2 + chance.below(4)):
            name = f"v-{day}-{number}"
            at = day * DAY + chance.below(DAY)
            robot = chance.happens(15)
            fan = number < size // 10
            who = f"anon-fan-{number}" if fan else f"anon-{name}"
            marks = not chance.happens(30)
            # Who comes every day is gone before midnight by more than the gap, as users are.
            steps = Sitting(name, chance.draw, (day + 1) * DAY + (-GAP if fan else HOUR), marks).browse(at)
            country = None if chance.happens(20) else chance.pick(LIKELY).country
            if steps and at >= self.start:
                session = f"s-{name}" if marks else None
                part = Part(None, who, None, country, steps)
                yield Visit(name, None, session, "web", [part], "bot" if robot else None)


def _visit(account: Account, name: str, session: str | None, platform: str, parts: list[Part]) -> Visit:
    return Visit(name, account.name, session, platform, parts, "test" if account.test else None)


def _login(user: User, login: Login, plan: str | None, steps: list[Step], chance: Chance) -> list[Part]:
    """Split a visit where a stranger says who they are: half a second after a step."""
    turn = chance.between(1, len(steps))
    said: Step = (steps[turn - 1][0] + 500, Act.IDENTIFY, None, None)
    return [
        Part(None, login.anonymous, None, user.country, steps[:turn]),
        Part(user.name, login.anonymous, plan, user.country, [said, *steps[turn:]]),
    ]
