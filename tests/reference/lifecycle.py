"""Users over time, from scratch: life-cycle, stickiness, tiers, retention, presence (part 1, sections 2.1 to 2.3)."""

from collections import Counter, defaultdict
from datetime import timedelta
from fractions import Fraction

from .common import CALENDAR, DAY, number
from .usage import all_sessions, distinct_users, in_segment, person, raw_user

ENDED = ("yesterday", "last_week", "last_month")
SPANNED = ("7d", "30d", "week", "last_week", "month", "last_month")
GRAINS = {"today": "day", "yesterday": "day", "week": "week", "last_week": "week", "month": "month"}
TIERS = {"7d": {"power": 4, "core": 2, "casual": 1}, "30d": {"power": 15, "core": 5, "casual": 1}}
FREQUENT = {"7d": 3, "30d": 8}
COHORTS = {"day": 31, "week": 13, "month": 13}


# --- periods: each is named by its first day --------------------------------------------------------------------------


def period_of(day, grain, calendar):
    if grain == "day":
        return day
    return calendar.first_of_week(day) if grain == "week" else day.replace(day=1)


def shifted(period, grain, steps):
    """The period so many after one."""
    if grain == "month":
        months = period.year * 12 + period.month - 1 + steps
        return period.replace(year=months // 12, month=months % 12 + 1)
    return period + timedelta(days=steps * (1 if grain == "day" else 7))


class Past:
    """Who was active in which period, anywhere and in the segment, and on which day each user was there first."""

    def __init__(self, world, activity, who):
        self.anywhere = defaultdict(set)
        self.here = defaultdict(set)
        self.first = {}
        calendar = world.settings.calendar
        for event in activity:  # in order
            user = who(event)
            if user is None:
                continue
            day = calendar.day_of(event.time)
            self.first.setdefault(user, day)
            for grain in COHORTS:
                period = period_of(day, grain, calendar)
                self.anywhere[grain, period].add(user)
                if in_segment(event, world.segment):
                    self.here[grain, period].add(user)

    def born(self, grain, period, calendar):
        return {user for user, day in self.first.items() if period_of(day, grain, calendar) == period}


def life_cycle(sheet, world, past):
    """New if the period contains the first activity; else returning if active in the one before; else resurrected."""
    calendar = world.settings.calendar
    for window in CALENDAR:
        grain = GRAINS.get(window, "month")
        period = period_of(calendar.day_of(world.window(window)[0]), grain, calendar)
        previous = shifted(period, grain, -1)
        new = past.here[grain, period] & past.born(grain, period, calendar)
        others = past.here[grain, period] - new
        returning = others & past.anywhere[grain, previous]
        sheet.count(f"returning_users.{window}", len(returning))
        sheet.count(f"resurrected_users.{window}", len(others - returning))
        if window in ENDED:
            # Dormant users count in the segments they were active in during the period before.
            dormant = past.here[grain, previous] - past.anywhere[grain, period]
            sheet.count(f"dormant_users.{window}", len(dormant))
            comers = len(new) + len(others - returning)
            sheet.ratio(f"usage_quick_ratio.{window}", comers, len(dormant), "no dormant users")


# --- days -------------------------------------------------------------------------------------------------------------


def days_of(world, window):
    """The local days whose first instant lies in [start, as_of), where start is the exact, unfloored window start."""
    calendar = world.settings.calendar
    if window in CALENDAR:
        start, end = world.window(window)
    else:
        start, end = world.as_of - int(window[:-1]) * DAY, world.as_of
    first = calendar.day_of(start) - timedelta(days=1)
    count = (end - start) // DAY + 4
    days = [first + timedelta(days=number) for number in range(count)]
    return [day for day in days if start <= calendar.day_start(day) < end]


def active_days(world, past, window):
    """{user: number of the days of the window on which they were active}, and how many days it has."""
    days = days_of(world, window)
    return Counter(user for day in days for user in past.here["day", day]), len(days)


def habits(sheet, world, past):
    for window in SPANNED:
        active, days = active_days(world, past, window)
        total = Fraction(sum(active.values()), max(days, 1))
        sheet.ratio(f"stickiness.{window}", total, len(active), "no active users")
        tally = Counter(active.values())
        sheet.values[f"stickiness_histogram.{window}"] = [tally[n] for n in range(1, days + 1)]
    for window, tiers in TIERS.items():
        active, _ = active_days(world, past, window)
        users, left = {}, list(active.values())
        for name, fewest in tiers.items():
            users[name] = sum(count >= fewest for count in left)
            left = [count for count in left if count < fewest]
            sheet.count(f"{name}_users.{window}", users[name])
        frequent = sum(count >= FREQUENT[window] for count in active.values())
        sheet.count(f"frequent_users.{window}", frequent)
        sheet.count(f"rare_users.{window}", len(active) - frequent)
        sheet.values[f"usage_tiers.{window}"] = {
            name: {
                "from_days": fewest,
                "users": users[name],
                "share": number(Fraction(users[name], len(active))) if active else None,
            }
            for name, fewest in tiers.items()
        }


# --- retention --------------------------------------------------------------------------------------------------------


def cohort_row(world, past, grain, cohort):
    """A cohort in a segment = its users active in that segment in the cohort's period; later active anywhere."""
    calendar = world.settings.calendar
    current = period_of(calendar.day_of(world.as_of), grain, calendar)
    members = past.born(grain, cohort, calendar) & past.here[grain, cohort]
    users = []
    for n in range(COHORTS[grain]):
        period = shifted(cohort, grain, n)
        users.append(len(members & past.anywhere[grain, period]) if period < current else None)
    rates = [None if count is None or not members else number(Fraction(count, len(members))) for count in users]
    name = cohort.isoformat()[:7] if grain == "month" else cohort.isoformat()
    return {"cohort": name, "size": len(members), "users": users, "rates": rates}


def retention(sheet, world, past, accounts):
    calendar = world.settings.calendar
    for grain, shown in COHORTS.items():
        current = period_of(calendar.day_of(world.as_of), grain, calendar)
        cohorts = [shifted(current, grain, -back) for back in range(shown - 1, -1, -1)]
        sheet.values[f"retention_by_{grain}"] = [cohort_row(world, past, grain, cohort) for cohort in cohorts]
        if grain == "month":
            rows = [cohort_row(world, accounts, grain, cohort) for cohort in cohorts]
            sheet.values["account_retention_by_month"] = rows
    for grain, periods in {"day": (1, 7, 30), "week": (1, 4), "month": (1, 3)}.items():
        current = period_of(calendar.day_of(world.as_of), grain, calendar)
        for n in periods:
            row = cohort_row(world, past, grain, shifted(current, grain, -1 - n))
            sheet.ratio(f"retention_{grain[0]}{n}", row["users"][n], row["size"], "no new users in cohort")


# --- presence ---------------------------------------------------------------------------------------------------------


def presence(sheet, world, activity, linked):
    """Sessions with last event + `gap` > `as_of`; distinct users with >= 1 of them."""
    open_ones = [
        session
        for session in all_sessions(activity, linked, world.settings)
        if session.time + world.settings.session_gap > world.as_of
        and any(in_segment(event, world.segment) for event in session.events)
    ]
    sheet.count("open_sessions", len(open_ones))
    sheet.count("concurrent_users", len({session.user for session in open_ones}))


def lifecycle_values(sheet, world, activity, linked):
    users = Past(world, activity, lambda event: person(raw_user(event), linked))
    windowed_values(sheet, world, users, activity, linked)
    retention(sheet, world, users, Past(world, activity, lambda event: event.get("account_id")))
    presence(sheet, world, activity, linked)


def windowed_values(sheet, world, users, activity, linked):
    life_cycle(sheet, world, users)
    habits(sheet, world, users)
    for window in ("24h", "7d", "30d", *CALENDAR):
        inside = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
        users_there = len(distinct_users(inside, linked))
        sheet.ratio(f"events_per_user.{window}", len(inside), users_there, "no active users")
