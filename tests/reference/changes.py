"""Changes against the window before, from scratch (part 1, section 2.5)."""

from fractions import Fraction

from .common import CALENDAR, Sheet, World
from .interactions import windowed
from .lifecycle import Past, windowed_values
from .usage import in_segment, person, raw_user, usage_values

ROLLING = ("24h", "7d", "30d")
ENDED = ("yesterday", "last_week", "last_month")
# "Only for X made of sums"; the others have calendar changes alone.
SUMS = {
    *("events", "activity_events", "new_users", "sessions", "session_duration_avg", "pages_per_session"),
    *("bounce_rate", "frustrated_sessions_rate", "page_views", "engaged_time", "impressions", "clicks", "downloads"),
    *("attempts", "error_rate"),
}
OTHERS = {
    *("active_users", "active_accounts", "returning_users", "resurrected_users", "dormant_users"),
    *("usage_quick_ratio", "events_per_user", "stickiness", "session_duration_p50", "session_duration_p90"),
    *("views_per_user", "time_on_page_p50", "time_on_page_p90", "engaged_time_per_user", "downloaders"),
    "affected_users_rate",
}


class ExactSheet(Sheet):
    """Values before they are rounded."""

    def figure(self, name, value):
        self.values[name] = Fraction(value)

    def ratio(self, name, numerator, denominator, reason, publish=None):
        super().ratio(name, numerator, denominator, reason, publish or Fraction)


class Before(World):
    """The same world, each window being the one just before it."""

    def window(self, name):
        start, _ = super().window(name)
        if name in CALENDAR:
            # "a month against a month, whatever their lengths"
            calendar = self.settings.calendar
            ended = {"yesterday": "yesterday", "last_week": "last_week", "last_month": "last_month"}
            return calendar.window(ended.get(name, "yesterday"), start)
        length = int(name[:-1]) * {"m": 60, "h": 3_600, "d": 86_400}[name[-1]] * 1_000_000
        doubled, _ = World(self.events, self.settings, self.as_of - length, self.segment).window(name)
        return doubled, start


def exact_values(world, activity, linked):
    sheet = ExactSheet()
    users = Past(world, activity, lambda event: person(raw_user(event), linked))
    usage_values(sheet, world)
    windowed_values(sheet, world, users, activity, linked)
    windowed(sheet, world, activity, linked)
    return sheet


def new_since(world, window, activity, linked):
    """Users first seen in an earlier rolling window; in a segment those of them that have been active there since.

    When somebody was first active in a segment is not part of their state, so the earlier window cannot tell.
    """
    first_seen = {}
    for event in activity:  # in order
        first_seen.setdefault(person(raw_user(event), linked), event.time)
    here = {person(raw_user(event), linked) for event in activity if in_segment(event, world.segment)}
    return sum(window[0] <= first_seen[user] < window[1] for user in here)


def change_values(sheet, world, activity, linked):
    """(X - P) / abs(P), P = X over the window just before."""
    before = Before(world.events, world.settings, world.as_of, world.segment)
    now, then = exact_values(world, activity, linked), exact_values(before, activity, linked)
    for window in ROLLING:
        then.values[f"new_users.{window}"] = new_since(world, before.window(window), activity, linked)
    first = min((event.time for event in world.events if event.family == "usage"), default=None)
    for kpi in sorted(SUMS | OTHERS):
        for window in (*ROLLING, *ENDED) if kpi in SUMS else ENDED:
            value = f"{kpi}.{window}"
            if value not in now.values:
                continue
            name, x, p = f"{kpi}_change.{window}", now.values[value], then.values[value]
            if first is None or first > before.window(window)[0]:
                sheet.null(name, "no history")
            elif x is None or p is None:
                sheet.null(name, now.reasons.get(value) or then.reasons.get(value))
            else:
                sheet.ratio(name, Fraction(x) - p, abs(Fraction(p)), "previous is zero")
