"""Churn signals and MRR at risk, from scratch (part 2 of the catalogue, section 4).

As if only these signals existed: `cancel_scheduled`, `payment_failed`, `dormant`, `usage_drop`. A signal is given as
its `since`, or None while it is off. Everything is judged just before `as_of`.
"""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

from .common import DAY, number
from .mrr import ends_before, is_past_due
from .payments import payment_groups, success_of
from .subscriptions import end_of
from .usage import is_activity

POINTS = {"cancel_scheduled": 60, "payment_failed": 50, "dormant": 50, "usage_drop": 30}

# "*Active use* = activity (part 1) except" these.
PASSIVE = {"usage.page_pinged", "usage.impressed", "usage.identified"}

# Whose events are the account's ("since the account's first event").
FAMILIES = ("usage", "billing", "feedback")


def last_run(condition, candidates, now):
    """The beginning of the run of truth that lasts until now; between candidates the condition does not change."""
    since = None
    for t in sorted({t for t in candidates if t <= now}):
        if not condition(t):
            since = None
        elif since is None:
            since = t
    return since


def subscription_instants(account):
    for states in account.subscriptions.values():
        for state in states:
            yield state.time
            end = end_of(state, account.settings)
            if end is not None:
                yield end


def cancel_scheduled(account):
    """On: a counted subscription has a known E >= as_of. Off: un-cancel, or E."""

    def is_on(t):
        return any(ends_before(None)(states, t, account.settings) for states in account.subscriptions.values())

    return last_run(is_on, subscription_instants(account), account.world.as_of - 1)


def payment_failed(account, book):
    """On: a failed payment without later success of that `payment_id` or `subscription_id`, or `past_due`.

    Off: success and no longer `past_due`; a lone failure after 30 d.
    """
    groups = [group for group in payment_groups(book) if group[0].get("account_id") == account.id]
    failures = [event for group in groups for event in group if event.type == "billing.payment_failed"]
    successes = [success_of(group) for group in groups if success_of(group) is not None]

    def makes_good(success, failure):
        same_payment = success.get("payment_id") == failure.get("payment_id")
        name = failure.get("subscription_id")
        return success.order > failure.order and (
            same_payment or (name is not None and success.get("subscription_id") == name)
        )

    def is_on(t):
        known = [success for success in successes if success.time <= t]
        return any(
            failure.time <= t < failure.time + 30 * DAY and not any(makes_good(success, failure) for success in known)
            for failure in failures
        ) or any(is_past_due(states, t, account.settings) for states in account.subscriptions.values())

    candidates = [
        *subscription_instants(account),
        *(failure.time for failure in failures),
        *(failure.time + 30 * DAY for failure in failures),
        *(success.time for success in successes),
    ]
    return last_run(is_on, candidates, account.world.as_of - 1)


# --- use --------------------------------------------------------------------------------------------------------------


def uses(account_id, world):
    """The times of active use."""
    return [
        event.time
        for event in world.events
        if event.family == "usage"
        and event.get("account_id") == account_id
        and is_activity(event)
        and event.type not in PASSIVE
    ]


def unsuppressed(since, account_id, world):
    """Suppressed until 28 days after the account's first event."""
    first = min(e.time for e in world.events if e.get("account_id") == account_id and e.family in FAMILIES)
    allowed = first + 28 * DAY
    return max(since, allowed) if since is not None and allowed < world.as_of else None


def dormant(account_id, world):
    """On: no active use for 14 d (once used). Off: next active use."""
    times = uses(account_id, world)
    if not times:
        return None
    since = max(times) + 14 * DAY
    return unsuppressed(since if since < world.as_of else None, account_id, world)


def usage_drop(account_id, world):
    """Judged at every local midnight.

    On: "active-use events of the last 7 complete days < 50 % of baseline; baseline over the 28 days before those (at
    least 21 of them since first use), and >= 20 events a week". Off: ">= 70 %, or baseline < 20".
    """
    times = uses(account_id, world)
    if not times:
        return None
    calendar = world.settings.calendar
    a_day = timedelta(days=1)
    used = Counter(calendar.day_of(time) for time in times)
    first_day = min(used)
    since, day = None, first_day + a_day
    while calendar.day_start(day) < world.as_of:
        recent = sum(used[day - n * a_day] for n in range(1, 8))
        before = [day - n * a_day for n in range(8, 36) if day - n * a_day >= first_day]
        if len(before) >= 21:
            # The rule: "*Baseline* = 7 x Σ of active-use events / number of those days since first use".
            baseline = Fraction(7 * sum(used[one] for one in before), len(before))
            if since is None and baseline >= 20 and recent < baseline / 2:
                since = calendar.day_start(day)
            elif since is not None and (baseline < 20 or recent >= baseline * Fraction(7, 10)):
                since = None
        day += a_day
    return unsuppressed(since, account_id, world)


# --- all of it --------------------------------------------------------------------------------------------------------


def signals_of(account, world, book):
    """{signal: since} of those that are on."""
    found = {
        "cancel_scheduled": cancel_scheduled(account),
        "payment_failed": payment_failed(account, book),
        "dormant": dormant(account.id, world),
        "usage_drop": usage_drop(account.id, world),
    }
    return {name: since for name, since in found.items() if since is not None}


def mrr_at_risk(account, on, world, segment):
    """Points of all signals but `cancel_scheduled` >= 50: its whole MRR.

    "otherwise the MRR of the subscriptions with a scheduled end; otherwise 0".
    """
    now = world.as_of - 1
    if sum(POINTS[name] for name in on if name != "cancel_scheduled") >= 50:
        return account.mrr(now, segment)
    return account.worth(account.holdings(now, ends_before(None)), now, segment)


def signal_values(sheet, world, book):
    """Paying accounts only; "*Segments* of signals: where the account's MRR part is > 0"."""
    now, segment = world.as_of - 1, world.segment
    paying = [account for account in book.accounts if account.mrr(now, segment) > 0]
    on = {account.id: signals_of(account, world, book) for account in paying}
    risks = [mrr_at_risk(account, on[account.id], world, segment) for account in paying]
    mrr = sum(account.mrr(now, segment) for account in paying)
    sheet.values["churn_signals"] = {name: sum(name in found for found in on.values()) for name in POINTS}
    sheet.count("accounts_at_risk", sum(risk > 0 for risk in risks))
    sheet.money("mrr_at_risk", sum(risks))
    sheet.ratio("mrr_at_risk_share", sum(risks), mrr, "no MRR")


def account_rows(world, book):
    """The paying accounts, one by one."""
    rows = {}
    for account in book.accounts:
        mrr = account.mrr(world.as_of - 1)
        if mrr > 0:
            on = signals_of(account, world, book)
            risk = mrr_at_risk(account, on, world, None)
            rows[account.id] = {
                "mrr": number(Fraction(mrr, 1_000_000)),
                "mrr_at_risk": number(Fraction(risk, 1_000_000)),
                "signals": on,
            }
    return rows
