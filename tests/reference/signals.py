"""Churn signals and MRR at risk, from scratch (part 2 of the catalogue, section 4).

As if only these signals existed: `cancel_scheduled`, `payment_failed`, `dormant`, `usage_drop`. A signal is given as
its `since`, or None while it is off. Everything is judged just before `as_of`.
"""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

from .common import DAY, SECOND, exact, half_up, number
from .feedback import SCALES, answers
from .mrr import ends_before, is_past_due
from .payments import payment_groups, success_of
from .subscriptions import end_of, is_counted, licensed_items, not_ended, state_at
from .support import Ticket, tickets
from .usage import is_activity

POINTS = {
    "cancel_scheduled": 60,
    "payment_failed": 50,
    "dormant": 50,
    "usage_drop": 30,
    "low_score": 25,
    "severe_ticket": 25,
    "seats_removed": 25,
}

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


def failures_of(account, book):
    """The account's failed payments; and whether one was made good by t."""
    groups = [group for group in payment_groups(book) if group[0].get("account_id") == account.id]
    failures = [event for group in groups for event in group if event.type == "billing.payment_failed"]
    successes = [(group, success_of(group)) for group in groups if success_of(group) is not None]

    def made_good(failure, t):
        name = failure.get("subscription_id")
        return any(
            success.time <= t
            and success.order > failure.order
            and (failure in group or (name is not None and success.get("subscription_id") == name))
            for group, success in successes
        )

    return failures, made_good


def payment_failed(account, book):
    """On: a failed payment without later success of that `payment_id` or `subscription_id`, or `past_due`.

    Off: success and no longer `past_due`; a lone failure after 30 d.
    """
    failures, made_good = failures_of(account, book)

    def is_on(t):
        return any(
            failure.time <= t < failure.time + 30 * DAY and not made_good(failure, t) for failure in failures
        ) or any(is_past_due(states, t, account.settings) for states in account.subscriptions.values())

    candidates = [
        *subscription_instants(account),
        *(failure.time for failure in failures),
        *(failure.time + 30 * DAY for failure in failures),
        *(event.time for event in book.events),
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


# --- seats and answers ------------------------------------------------------------------------------------------------


def seats(account, t):
    """Σ licensed quantity of counted subscriptions."""
    states = [state_at(s, t) for s in account.subscriptions.values() if is_counted(s, t, account.settings)]
    items = [item for state in states for item in licensed_items(state)]
    return sum(1 if item.get("quantity") is None else item["quantity"] for item in items)


def seats_removed(account):
    """On: seats >= 10 % below their maximum of the last 28 d, account still paying. Off: regained, or 28 d after."""
    instants = account.candidates()

    def is_on(t):
        past = [t, t - 28 * DAY, *(i for i in instants if t - 28 * DAY <= i <= t)]
        highest = max(seats(account, one) for one in past)
        return highest > 0 and 10 * seats(account, t) <= 9 * highest and account.mrr(t) > 0

    return last_run(is_on, [t for i in instants for t in (i, i + 28 * DAY)], account.world.as_of - 1)


def latest_answers(account_id, world):
    """Of the last 90 days: the latest answer of each respondent to each survey."""
    found = {}
    for one in sorted(answers(world), key=lambda answer: answer.order):
        if one.is_scored and one.event.get("account_id") == account_id and world.as_of - 1 < one.time + 90 * DAY:
            found[one.event.get("respondent_id"), one.survey] = one
    return found


def low_score(account_id, world):
    """On: a respondent's latest nps <= 6, or csat or stars <= 2 (other scales: lowest 30 % of the range)."""

    def is_low(one):
        usual = tuple(exact(one.event.get(name, usual)) for name, usual in zip(SCALE, SCALES[one.survey], strict=True))
        if usual != SCALES[one.survey]:
            return one.share <= Fraction(3, 10)
        return one.score <= {"nps": 6, "csat": 2, "stars": 2}[one.survey]

    low = [one for one in latest_answers(account_id, world).values() if one.survey != "ces" and is_low(one)]
    return min((one.time for one in low), default=None)


SCALE = ("scale_min", "scale_max")


def is_severe(ticket):
    return ticket.last("severity") == 1 or ticket.last("priority") == "urgent"


def severe_since(ticket):
    """Since when the ticket is open and severe, going by its events one by one."""
    since, known = None, None
    for event in ticket.events:
        if known is None:
            known = Ticket([event])
        else:
            known.take(event)
        if known.state != "open" or not is_severe(known):
            since = None
        elif since is None:
            since = event.time
    return since


def tickets_of(account_id, world):
    return [one for one in tickets(world) if one.who == ("account", account_id) and one.state != "merged"]


def severe_ticket(account_id, world):
    """On: an open ticket with severity 1 or priority `urgent`. Off: solved, closed, merged, or 30 d."""
    since = [severe_since(one) for one in tickets_of(account_id, world)]
    held = [one for one in since if one is not None and world.as_of - 1 < one + 30 * DAY]
    return min(held, default=None)


def support_health(account_id, world):
    """100 - 50 for each open severe ticket - 15 for each other open one, >= 0; of the last 62 d, if none is open."""
    mine = tickets_of(account_id, world)
    if not any(one.state == "open" or world.as_of - 1 < one.events[-1].time + 62 * DAY for one in mine):
        return None
    open_ones = [one for one in mine if one.state == "open"]
    severe = sum(is_severe(one) for one in open_ones)
    return max(0, 100 - 50 * severe - 15 * (len(open_ones) - severe))


# --- health -----------------------------------------------------------------------------------------------------------


def usage_health(account_id, world):
    """min(100, 100 x last 7 complete days / baseline); missing if no baseline as above (and >= 20 events a week)."""
    calendar, a_day = world.settings.calendar, timedelta(days=1)
    used = Counter(calendar.day_of(time) for time in uses(account_id, world))
    if not used:
        return None
    today = calendar.day_of(world.as_of - 1)
    before = [day for day in (today - n * a_day for n in range(8, 36)) if day >= min(used)]
    baseline = Fraction(7 * sum(used[day] for day in before), len(before)) if len(before) >= 21 else 0
    if baseline < 20:
        return None
    return min(Fraction(100), 100 * sum(used[today - n * a_day] for n in range(1, 8)) / baseline)


def payment_health(account, book):
    """100; 50 with a lone open failure; 0 if `past_due` or `unpaid`."""
    now = account.world.as_of - 1
    in_force = [state_at(states, now) for states in account.subscriptions.values()]
    standing = [state for state in in_force if state is not None and not_ended(state, now, account.settings)]
    if any(state.get("status") in ("past_due", "unpaid") for state in standing):
        return 0
    failures, made_good = failures_of(account, book)
    return 50 if any(now < f.time + 30 * DAY and not made_good(f, now) for f in failures) else 100


def health(account, world, book):
    """HALF_UP(Σ weight x component / Σ weight) over the components that exist."""
    now = world.as_of - 1
    latest = {}
    for (respondent, survey), one in latest_answers(account.id, world).items():
        latest[respondent] = max(latest.get(respondent, (-1, "", None)), (one.time, survey, one.share))
    shares = [share for _, _, share in latest.values()]
    before = account.mrr(now - 28 * DAY)
    components = [
        (30, usage_health(account.id, world)),
        (20, payment_health(account, book)),
        (20, 100 * sum(shares) / len(shares) if shares else None),
        (15, support_health(account.id, world)),
        (15, min(Fraction(100), Fraction(100 * account.mrr(now), before)) if before else None),
    ]
    known = [(weight, value) for weight, value in components if value is not None]
    return half_up(sum(weight * value for weight, value in known) / Fraction(sum(weight for weight, _ in known)))


def health_values(sheet, world, book, paying):
    scores = [health(account, world, book) for account in paying]
    bands = {"healthy": 0, "watch": 0, "poor": 0, "unknown": 0}
    for score in scores:
        bands["healthy" if score >= 70 else "watch" if score >= 40 else "poor"] += 1
    sheet.values["health_bands"] = bands
    sheet.ratio("health_score_avg", sum(scores), len(scores), "no scored accounts")


# --- all of it --------------------------------------------------------------------------------------------------------


def signals_of(account, world, book):
    """{signal: since} of those that are on."""
    found = {
        "cancel_scheduled": cancel_scheduled(account),
        "payment_failed": payment_failed(account, book),
        "dormant": dormant(account.id, world),
        "usage_drop": usage_drop(account.id, world),
        "low_score": low_score(account.id, world),
        "severe_ticket": severe_ticket(account.id, world),
        "seats_removed": seats_removed(account),
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
    health_values(sheet, world, book, paying)


def present_accounts(world, book):
    """The accounts that readers find: "a hash is deleted 90 d after the last event of an account without MRR".

    An event counts from its whole second. MRR in a currency without a rate is MRR, though nobody can say how much.
    """
    last = {}
    for event in world.events:
        if event.get("account_id") is not None and event.family in FAMILIES:
            last[event.get("account_id")] = max(last.get(event.get("account_id"), 0), event.time // SECOND * SECOND)
    paying = {
        account.id
        for account in book.accounts
        if any(micro > 0 for holding in account.holdings(world.as_of - 1) for micro in holding.native.values())
    }
    return {account for account, time in last.items() if account in paying or world.as_of < time + 90 * DAY}


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
