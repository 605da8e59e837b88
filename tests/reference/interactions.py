"""Pages, clicks, downloads, preferences, errors, hours, from scratch (part 1, sections 2.2, 2.4, 2.5)."""

from collections import Counter, defaultdict
from datetime import timedelta
from fractions import Fraction

from .common import ALL_WINDOWS, CALENDAR, EPOCH, HOUR, MINUTE, number
from .pages import joined, page_values
from .usage import distinct_users, in_segment, is_failure, is_use, person, raw_user

LONG = ("24h", "7d", "30d")
HOURLY = ("7d", "30d")


class Once:
    """Several events that count once, at the earliest that is seen."""

    def __init__(self, events, seen):
        self.events = events
        self.time = min(event.time for event in events if event.type == seen)


def counted_once(world, activity, linked, seen, key_of):
    """What counts of a type; `key_of` names what repeats, None where an event stands for itself."""
    keyed, found = defaultdict(lambda: defaultdict(list)), []
    for event in activity:
        key = key_of(event)
        if key is not None:
            keyed[person(raw_user(event), linked), key][raw_user(event)].append(event)
        elif event.type == seen:
            found.append(Once([event], seen))
    for by_raw in keyed.values():
        told = joined(by_raw, linked, world.settings)
        found.extend(Once(run, seen) for run in told if any(event.type == seen for event in run))
    return [one for one in found if any(in_segment(event, world.segment) for event in one.events)]


def page_key(event):
    """Page key: (user, `page_view_id`); pings are events of the page, too."""
    return event.get("page_view_id") or None if event.type in ("usage.page_viewed", "usage.page_pinged") else None


def element_key(kind):
    """(user, element, `impression_id`), once per type."""

    def key(event):
        if event.type != kind or event.get("impression_id") is None:
            return None
        return (event.get("element"), event.get("impression_id"))

    return key


def pairs(events, kind, linked):
    return {(person(raw_user(event), linked), event.get("element")) for event in events if event.type == kind}


def preferences(sheet, counted, linked):
    """Each user's latest value by event time, not arrival; share of the users with a value for that setting."""
    latest = {}
    for event in counted:  # in order
        if event.type == "usage.preference_set":
            latest[person(raw_user(event), linked), event.get("setting")] = event.get("value")
    table = {}
    for setting in {setting for _, setting in latest}:
        tally = Counter(value for (_, name), value in latest.items() if name == setting)
        table[setting] = {
            value: {"users": users, "share": number(Fraction(users, tally.total()))} for value, users in tally.items()
        }
    sheet.values["preferences"] = table


def hours(sheet, world, activity):
    """Activity except pings in that local hour / (seconds of that cell that the window covers / 3600)."""

    def cell(instant):
        local = (EPOCH + timedelta(microseconds=instant)).astimezone(world.settings.calendar.zone)
        return local.weekday() * 24 + local.hour

    for window in HOURLY:
        start, end = world.window(window)
        covered = Counter()
        for quarter in range(start, end, 15 * MINUTE):
            covered[cell(quarter)] += min(15 * MINUTE, end - quarter)
        inside = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
        tally = Counter(cell(event.time) for event in inside if event.type != "usage.page_pinged")
        rates = [Fraction(tally[n] * HOUR, covered[n]) if covered[n] else None for n in range(168)]
        sheet.values[f"usage_by_hour.{window}"] = [None if rate is None else number(rate) for rate in rates]
        highest = max(rate or 0 for rate in rates)
        if highest:
            sheet.count(f"peak_hour.{window}", rates.index(highest))
        else:
            sheet.null(f"peak_hour.{window}", "no activity")


def windowed(sheet, world, activity, linked):
    """The values that have a change, too."""
    once = {
        "page_views": counted_once(world, activity, linked, "usage.page_viewed", page_key),
        "impressions": counted_once(world, activity, linked, "usage.impressed", element_key("usage.impressed")),
        "clicks": counted_once(world, activity, linked, "usage.clicked", element_key("usage.clicked")),
    }
    for window in ALL_WINDOWS:
        inside = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
        users = len(distinct_users(inside, linked))
        for name, found in once.items():
            sheet.count(f"{name}.{window}", len(world.within(window, found)))
        affected = distinct_users([e for e in inside if e.type == "usage.tracked" and is_failure(e)], linked)
        sheet.ratio(f"affected_users_rate.{window}", len(affected), users, "no active users")
        if window in (*LONG, *CALENDAR):
            loads = [event for event in inside if event.type == "usage.downloaded"]
            sheet.count(f"downloads.{window}", len(loads))
            sheet.count(f"downloaders.{window}", len(distinct_users(loads, linked)))
            views = len(world.within(window, once["page_views"]))
            sheet.ratio(f"views_per_user.{window}", views, users, "no active users")
    page_values(sheet, world, activity, linked)


def interaction_values(sheet, world, activity, linked):
    windowed(sheet, world, activity, linked)
    for window in ("1h", *LONG):
        inside = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
        shown, clicked = (pairs(inside, f"usage.{kind}", linked) for kind in ("impressed", "clicked"))
        sheet.ratio(f"ctr.{window}", len(shown & clicked), len(shown), "no impressions")
        if window in LONG:
            used = {(person(raw_user(event), linked), event.get("feature")) for event in inside if is_use(event)}
            users = len(distinct_users(inside, linked))
            sheet.ratio(f"feature_breadth.{window}", len(used), users, "no active users")
    hours(sheet, world, activity)
    if world.segment is None:
        preferences(sheet, [event for event in world.events if event.family == "usage"], linked)
