"""Engaged time, from scratch: how long pages were looked at (part 1, section 3.4)."""

from collections import defaultdict
from fractions import Fraction

from .common import CALENDAR, DAY, MILLISECOND, quantile_seconds
from .usage import all_sessions, distinct_users, in_segment, person, raw_user, view_id

VIEW, PING = "usage.page_viewed", "usage.page_pinged"
LONG = ("24h", "7d", "30d", *CALENDAR)


def runs(events):
    """Events of one key, 24 h or more after the key's previous event a new one."""
    found = []
    for event in sorted(events, key=lambda event: event.order):
        if found and event.time - found[-1][-1].time < DAY:
            found[-1].append(event)
        else:
            found.append([event])
    return found


def kept_at(run, instant, settings):
    """Whether a run can still be joined at an instant: its last event is less than 24 h and the grace ago."""
    return run[-1].time + DAY + settings.usage_grace > instant


def are_joined(run, other, linked, settings):
    """Runs of two raw ids that are one person: less than 24 h apart, and both kept when they became one."""
    ids = [raw_user(run[0]), raw_user(other[0])]
    if ids[0] == ids[1]:
        return False
    became_one = max(linked[raw].time for raw in ids if raw in linked)
    if not (kept_at(run, became_one, settings) and kept_at(other, became_one, settings)):
        return False
    return max(run[0].time, other[0].time) - min(run[-1].time, other[-1].time) < DAY


def joined(by_raw, linked, settings):
    """The runs of the raw ids of one person, those joined (over any number of steps) made one."""
    waiting = [run for events in by_raw.values() for run in runs(events)]
    found = []
    while waiting:
        together = [waiting.pop()]
        for run in together:  # grows while we look
            near = [other for other in waiting if are_joined(run, other, linked, settings)]
            waiting = [other for other in waiting if not any(other is one for one in near)]
            together += near
        found.append(sorted((event for run in together for event in run), key=lambda event: event.order))
    return found


class Page:
    """A page with pings and a view: in the window of its last ping, with all its engaged time."""

    def __init__(self, events, settings):
        pings = [event.time for event in events if event.type == PING]
        # The rule: set of ping buckets `floor(time / heartbeat)` since the epoch; a ping sent twice shares its bucket.
        buckets = {time // settings.heartbeat for time in pings}
        self.events = events
        self.time = max(pings)
        self.milliseconds = (settings.heartbeat * (len(buckets) - 1) + settings.min_visit) // MILLISECOND


def is_looked_at(events):
    """No ping: no time. A page with pings but no view yet says nothing."""
    return {VIEW, PING} <= {event.type for event in events}


def pages(activity, linked, settings):
    """Page key: (user, `page_view_id`), else (user, session, `path`)."""
    told = [event for event in activity if event.type in (VIEW, PING)]
    with_id = defaultdict(lambda: defaultdict(list))
    for event in told:
        if view_id(event):
            key = person(raw_user(event), linked), view_id(event)
            with_id[key][raw_user(event)].append(event)
    found = [run for by_raw in with_id.values() for run in joined(by_raw, linked, settings)]
    for session in all_sessions(activity, linked, settings):
        by_path = defaultdict(list)
        for event in session.events:
            # A ping with neither an id nor a path only extends the session.
            if event.type in (VIEW, PING) and not view_id(event) and event.get("path") is not None:
                by_path[event.get("path")].append(event)
        found += [run for events in by_path.values() for run in runs(events)]
    return [Page(events, settings) for events in found if is_looked_at(events)]


def page_values(sheet, world, activity, linked):
    """A page is in every value that one of its events carries, with its whole duration."""
    found = [
        page
        for page in pages(activity, linked, world.settings)
        if any(in_segment(event, world.segment) for event in page.events)
    ]
    for window in ("1h", *LONG):
        durations = [page.milliseconds for page in world.within(window, found)]
        engaged = Fraction(sum(durations), 1_000)
        sheet.figure(f"engaged_time.{window}", engaged)
        if window not in LONG:
            continue
        inside = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
        users = len(distinct_users(inside, linked))
        sheet.ratio(f"engaged_time_per_user.{window}", engaged, users, "no active users")
        for name, q in (("p50", Fraction(1, 2)), ("p90", Fraction(9, 10))):
            if durations:
                sheet.figure(f"time_on_page_{name}.{window}", quantile_seconds(durations, q))
            else:
                sheet.null(f"time_on_page_{name}.{window}", "no page with heartbeats")
