"""Opportunities, from scratch (part 2 of the catalogue, section 4).

"Days are local days of the business": use is judged by whole days. Of windows that begin within a day, "the pane that
the start cuts counts whole": the day that a billing period begins in, and the one 28 days ago.
"""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

from .common import DAY, exact
from .mrr import is_in_trial
from .signals import FAMILIES, subscription_instants
from .subscriptions import is_counted, licensed_items, not_ended, own_dimension, state_at
from .usage import distinct_users, is_activity, is_failure, links

A_DAY = timedelta(days=1)
NAMES = ("near_plan_limit", "seat_saturation", "very_active_free")


class Use:
    """What an account has used, by local day."""

    def __init__(self, account_id, world):
        self.world = world
        self.day_of = world.settings.calendar.day_of
        self.usage = [e for e in world.events if e.family == "usage" and e.get("account_id") == account_id]
        self.active = [event for event in self.usage if is_activity(event)]
        self.linked = links(self.usage)
        self.days = {self.day_of(event.time) for event in self.active}
        self.first = min(e.time for e in world.events if e.get("account_id") == account_id and e.family in FAMILIES)
        self.today = self.day_of(world.as_of - 1)

    def users(self, day):
        """Distinct active users of 28 d."""
        return len(
            distinct_users([e for e in self.active if day - 28 * A_DAY <= self.day_of(e.time) <= day], self.linked)
        )

    def active_days(self, day):
        """Active on how many of the last 7 complete days?"""
        return sum(day - n * A_DAY in self.days for n in range(1, 8))

    def sum(self, name, first, last):
        """Σ `value` of `usage.tracked` successes (only events of a name, if given)."""
        return sum(
            exact(e.get("value", 1))
            for e in self.usage
            if e.type == "usage.tracked"
            and not is_failure(e)
            and (name is None or e.get("name") == name)
            and first <= self.day_of(e.time) <= last
        )

    def midnights(self, first):
        day, found = first, []
        while day <= self.today:
            found.append(self.world.settings.calendar.day_start(day))
            day += A_DAY
        return found


def episode(instants, now, on, off):
    """Once an episode: since when it lasts, in the run from an instant that is on to the next that is off."""
    since = None
    for t in sorted({t for t in instants if t <= now}):
        if since is None and on(t):
            since = t
        elif since is not None and off(t):
            since = None
    return since


def told(since, now, until=None):
    """All clock out after 28 d."""
    ends = [end for end in (None if since is None else since + 28 * DAY, until) if end is not None]
    return since is not None and now < min(ends)


def limit_of(state):
    limit = (state.get("attributes") or {}).get("plan_limit")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit <= 0:
        return None
    return exact(limit)


def near_plan_limit(account, use):
    """Σ in the current billing period >= 80 % of `attributes.plan_limit`; off below 70 %, at the period's end."""
    now, settings = use.world.as_of - 1, use.world.settings

    def in_force(states, t):
        state = state_at(states, t)
        if state is None or not (is_counted(states, t, settings) or is_in_trial(states, t, settings)):
            return None
        end = state.instant("current_period_end")
        return state if limit_of(state) is not None and (end is None or t < end) else None

    def period(state):
        start = state.instant("current_period_start")
        return state.time if start is None else min(start, state.time), state.instant("current_period_end")

    def is_near(states):
        current = in_force(states, now)
        if current is None:
            return False
        start, end = period(current)
        first = use.day_of(start)

        def share(t):
            state = in_force(states, t)
            if state is None or period(state) != (start, end):
                return Fraction(0)
            name = state.get("attributes").get("limit_name")
            return use.sum(name, first, use.day_of(t)) / limit_of(state)

        instants = [start, *(t for t in use.midnights(first) if t >= start)]
        instants += [t for t in subscription_instants(account) if t >= start]
        since = episode(instants, now, lambda t: share(t) >= Fraction(8, 10), lambda t: share(t) < Fraction(7, 10))
        return told(since, now, end)

    return any(is_near(states) for states in account.subscriptions.values())


def seat_saturation(account, use):
    """Distinct active users of 28 d >= 90 % of Σ licensed quantity, which is >= 3; off below 80 %."""
    now = use.world.as_of - 1

    def share(t):
        states = [s for s in account.subscriptions.values() if is_counted(s, t, account.settings)]
        items = [item for s in states for item in licensed_items(state_at(s, t))]
        seats = sum(1 if item.get("quantity") is None else item["quantity"] for item in items)
        return Fraction(use.users(use.day_of(t)), seats) if seats >= 3 else Fraction(-1)

    if not use.active or share(now) < Fraction(8, 10):
        return False
    instants = [*use.midnights(min(use.days)), *subscription_instants(account)]
    return told(
        episode(instants, now, lambda t: share(t) >= Fraction(9, 10), lambda t: share(t) < Fraction(8, 10)), now
    )


def very_active_free(account, use):
    """MRR 0, no trial, active on >= 5 of the last 7 complete days; off below 3 days, or when paying.

    Suppressed until 28 days after the account's first event.
    """
    now = use.world.as_of - 1

    def pays(t):
        return account is not None and any(
            micro > 0 for holding in account.holdings(t) for micro in holding.native.values()
        )

    def tries(t):
        return account is not None and any(
            is_in_trial(states, t, account.settings) for states in account.subscriptions.values()
        )

    if not use.days:
        return False
    instants = [*use.midnights(min(use.days)), *(() if account is None else subscription_instants(account))]
    since = episode(
        instants,
        now,
        lambda t: use.active_days(use.day_of(t)) >= 5 and not pays(t) and not tries(t),
        lambda t: use.active_days(use.day_of(t)) < 3 or pays(t),
    )
    allowed = use.first + 28 * DAY
    return since is not None and allowed <= now and told(max(since, allowed), now)


def opportunities_of(account_id, account, world):
    use = Use(account_id, world)
    found = {"very_active_free": very_active_free(account, use)}
    if account is not None:
        found |= {"near_plan_limit": near_plan_limit(account, use), "seat_saturation": seat_saturation(account, use)}
    return {name for name, is_on in found.items() if is_on}


def is_there(account, world):
    """Where the account's MRR part is > 0; of unpaying accounts: the segments of its states in force."""
    now, segment = world.as_of - 1, world.segment
    if account is not None and account.mrr(now) > 0:
        return account.mrr(now, segment) > 0
    if segment is None:
        return True
    states = [] if account is None else [state_at(states, now) for states in account.subscriptions.values()]
    there = [state for state in states if state is not None and not_ended(state, now, account.settings)]
    return any(own_dimension(state, segment[0]) == segment[1] for state in there)


def opportunity_values(sheet, world, book):
    """{signal: accounts on which it is on}."""
    billed = {account.id: account for account in book.accounts}
    ids = {event.get("account_id") for event in world.events if event.family in FAMILIES} - {None}
    on = Counter()
    for account_id in ids:
        if is_there(billed.get(account_id), world):
            on.update(opportunities_of(account_id, billed.get(account_id), world))
    sheet.values["opportunities"] = {name: on[name] for name in NAMES}
