"""Usage, from scratch: activity, users, sessions, features (part 1 of the catalogue)."""

from dataclasses import dataclass
from fractions import Fraction

from .common import ALL_WINDOWS, CALENDAR, DAY, MILLISECOND, as_text, attribute, number, quantile_seconds

SESSION_WINDOWS = ("1h", "24h", "7d", "30d", *CALENDAR)
FEATURE_WINDOWS = ("24h", "7d", "30d")

# The fields the contract knows; "Unknown fields are ignored".
COMMON_FIELDS = {
    *("id", "source", "type", "account_id", "test"),
    *("user_id", "anonymous_id", "session_id", "plan", "country", "platform", "channel", "is_bot", "active"),
}
OWN_FIELDS = {
    "usage.tracked": {"name", "feature", "outcome", "error_code", "value"},
    "usage.page_viewed": {"path", "page_view_id"},
    "usage.page_pinged": {"page_view_id", "path"},
    "usage.impressed": {"element", "impression_id"},
    "usage.clicked": {"element", "impression_id"},
    "usage.downloaded": {"file"},
    "usage.preference_set": {"setting", "value"},
    "usage.identified": set(),
}

# "An interaction is `usage.tracked`, `usage.clicked`, `usage.downloaded` or `usage.preference_set`."
INTERACTIONS = {"usage.tracked", "usage.clicked", "usage.downloaded", "usage.preference_set"}


# --- which events -----------------------------------------------------------------------------------------------------


def is_activity(event):
    """Activity: a counted event with `active` != false, of any usage type."""
    return event.get("active", True) is not False


def dimension(event, name):
    """An event belongs to `plan=pro` if it says `plan: pro` itself (field, else attribute)."""
    known = name in COMMON_FIELDS or name in OWN_FIELDS[event.type]
    return (as_text(event.get(name)) if known else None) or attribute(event, name)


def in_segment(event, segment):
    return segment is None or dimension(event, segment[0]) == segment[1]


def is_failure(event):
    return event.get("outcome", "success") == "failure"


def is_use(event):
    """A use = `usage.tracked` with `feature`, `outcome` success."""
    return event.type == "usage.tracked" and event.get("feature") is not None and not is_failure(event)


# --- users ------------------------------------------------------------------------------------------------------------


def raw_user(event):
    """User = (`account_id`, `user_id`), else (`account_id`, anonymous `anonymous_id`).

    "Without `account_id` the message key stands in its place"; the key of an event with an account is the account.
    "An event with both ids belongs to its `user_id`; having both does not link them."
    """
    if event.get("user_id") is not None:
        return (event.key, "user", event.get("user_id"))
    return (event.key, "anonymous", event.get("anonymous_id"))


def links(events):
    """Anonymous user -> its `usage.identified`: "the link with the earliest event time wins", ties by (source, id)."""
    result = {}
    for event in events:  # in order
        if event.type == "usage.identified":
            result.setdefault((event.key, "anonymous", event.get("anonymous_id")), event)
    return result


def person(raw, linked):
    return raw_user(linked[raw]) if raw in linked else raw


def distinct_users(events, linked):
    return {person(raw_user(event), linked) for event in events}


def new_users(world, window, activity, linked):
    """Users whose first activity ever is in the window.

    In a segment: "the class ... [is] the user's own, over all segments ... The user is counted in the segments they
    were active in during that period".
    """
    first_seen = {}
    for event in activity:  # in order
        first_seen.setdefault(person(raw_user(event), linked), event.time)
    start, end = world.window(window)
    there = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
    return sum(start <= first_seen[user] < end for user in distinct_users(there, linked))


# --- sessions ---------------------------------------------------------------------------------------------------------


@dataclass
class Session:
    user: tuple  # the raw user, while sessions are raw
    session_id: str | None
    events: list  # in order

    @property
    def first(self):
        return self.events[0].time

    @property
    def time(self):
        """A session is in the window of its **last** event, with everything it has."""
        return self.events[-1].time

    @property
    def milliseconds(self):
        """Durations are milliseconds, rounded down; last - first event."""
        return (self.time - self.first) // MILLISECOND


def limit(session_id, settings):
    """Limit = `sessions.gap` (30 m); for a client's `session_id` it is 24 h."""
    return settings.session_gap if session_id is None else DAY


def raw_sessions(activity, settings):
    """The key's events sorted by time; a difference >= limit starts a new session (exactly the gap: new)."""
    result = []
    for event in activity:  # in order
        user, session_id = raw_user(event), event.get("session_id")
        open_ones = [s for s in result if (s.user, s.session_id) == (user, session_id)]
        if open_ones and event.time - open_ones[-1].time < limit(session_id, settings):
            open_ones[-1].events.append(event)
        else:
            result.append(Session(user, session_id, [event]))
    return result


def is_kept(session, instant, settings):
    """Kept until last + limit + grace; "expiry ... judged against the later event's own time"."""
    return session.time + limit(session.session_id, settings) + settings.usage_grace > instant


def are_joined(a, b, linked, settings):
    """The user's sessions are these intervals, joined where the distance is < limit, if both were kept at the link."""
    if a.user == b.user or (person(a.user, linked), a.session_id) != (person(b.user, linked), b.session_id):
        return False
    became_one = max(linked[user].time for user in (a.user, b.user) if user in linked)
    if not (is_kept(a, became_one, settings) and is_kept(b, became_one, settings)):
        return False
    return max(a.first, b.first) - min(a.time, b.time) < limit(a.session_id, settings)


def all_sessions(activity, linked, settings):
    """Raw sessions, those joined (over any number of steps) made one."""
    waiting = raw_sessions(activity, settings)
    result = []
    while waiting:
        together = [waiting.pop()]
        for session in together:  # grows while we look
            near = [other for other in waiting if are_joined(session, other, linked, settings)]
            waiting = [other for other in waiting if not any(other is one for one in near)]
            together += near
        events = sorted((event for session in together for event in session.events), key=lambda event: event.order)
        result.append(Session(person(together[0].user, linked), together[0].session_id, events))
    return result


def view_id(event):
    """An empty `page_view_id` is none."""
    return event.get("page_view_id") or None


def views(session):
    """The same `page_view_id` once; without ids, repeated views of one path are several views of one page."""
    viewed = [event for event in session.events if event.type == "usage.page_viewed"]
    ids = {view_id(event) for event in viewed}
    return len(ids - {None}) + sum(view_id(event) is None for event in viewed)


def pages(session):
    """Page key: `page_view_id`, else `path`."""
    viewed = [event for event in session.events if event.type == "usage.page_viewed"]
    with_id = {("id", view_id(event)) for event in viewed if view_id(event) is not None}
    return with_id | {("path", event.get("path")) for event in viewed if view_id(event) is None}


def is_closed(session, world):
    """Open until the timer at last + `gap` (also for client ids). At `as_of` = last + `gap` it is closed."""
    return session.time + world.settings.session_gap <= world.as_of


def is_bounce(session):
    """Single page, no interaction; "a second `page_viewed` of the same page is not a second view"."""
    return len(pages(session)) == 1 and not any(event.type in INTERACTIONS for event in session.events)


def session_values(sheet, world, activity, linked):
    """A session is in every value that one of its events carries, with its whole duration and views."""
    sessions = [
        session
        for session in all_sessions(activity, linked, world.settings)
        if any(in_segment(event, world.segment) for event in session.events)
    ]
    for window in SESSION_WINDOWS:
        inside = world.within(window, sessions)
        durations = [session.milliseconds for session in inside]
        sheet.count(f"sessions.{window}", len(inside))
        average = Fraction(sum(durations), 1_000)
        sheet.ratio(f"session_duration_avg.{window}", average, len(inside), "no sessions")
        for name, q in (("p50", Fraction(1, 2)), ("p90", Fraction(9, 10))):
            if inside:
                sheet.figure(f"session_duration_{name}.{window}", quantile_seconds(durations, q))
            else:
                sheet.null(f"session_duration_{name}.{window}", "no sessions")
        sheet.ratio(f"pages_per_session.{window}", sum(map(views, inside)), len(inside), "no sessions")
        # The rule: "over *closed* sessions with >= 1 page view and last event in the window".
        viewed = [session for session in inside if is_closed(session, world) and views(session) >= 1]
        bounces = sum(map(is_bounce, viewed))
        sheet.ratio(f"bounce_rate.{window}", bounces, len(viewed), "no closed sessions with a page view")


# --- features ---------------------------------------------------------------------------------------------------------


def feature_row(name, plans, inside, linked):
    """One row of `features`: inside = the activity events of the window and segment."""

    def on_plan(event):
        """The rule: "`eligible` = U(W), or, if the feature is configured for some plans, ... of such a `plan`"."""
        return not plans or dimension(event, "plan") in {as_text(plan) for plan in plans}

    used = [event for event in inside if is_use(event) and event.get("feature") == name]
    adopters = distinct_users(used, linked)
    eligible = distinct_users(filter(on_plan, inside), linked)
    adopted = distinct_users(filter(on_plan, used), linked)
    return {
        "feature": name,
        "uses": len(used),
        "adopters": len(adopters),
        "eligible": len(eligible),
        "adoption": number(Fraction(len(adopted), len(eligible))) if eligible else None,  # no eligible users
        "depth": number(Fraction(len(used), len(adopters))) if adopters else None,  # no adopters
    }


def feature_values(sheet, world, activity, linked):
    """Most uses first, then by name, the first 100; no use in the window: not listed, unless it is configured."""
    plans = world.settings.features
    for window in FEATURE_WINDOWS:
        inside = [event for event in world.within(window, activity) if in_segment(event, world.segment)]
        names = {event.get("feature") for event in inside if is_use(event)} | set(plans)
        rows = [feature_row(name, plans.get(name), inside, linked) for name in names]
        sheet.values[f"features.{window}"] = sorted(rows, key=lambda row: (-row["uses"], row["feature"]))[:100]


# --- all of it --------------------------------------------------------------------------------------------------------


def usage_of(world):
    """The activity, in order, and the links."""
    counted = [event for event in world.events if event.family == "usage"]
    return [event for event in counted if is_activity(event)], links(counted)


def usage_values(sheet, world):
    counted = [event for event in world.events if event.family == "usage"]
    activity, linked = usage_of(world)
    for window in ALL_WINDOWS:
        inside = [event for event in world.within(window, counted) if in_segment(event, world.segment)]
        active = [event for event in inside if is_activity(event)]
        attempts = [event for event in inside if event.type == "usage.tracked"]
        sheet.count(f"events.{window}", len(inside))
        sheet.count(f"activity_events.{window}", len(active))
        sheet.count(f"active_users.{window}", len(distinct_users(active, linked)))
        sheet.count(f"active_accounts.{window}", len({event.get("account_id") for event in active} - {None}))
        sheet.count(f"new_users.{window}", new_users(world, window, activity, linked))
        sheet.count(f"attempts.{window}", len(attempts))
        sheet.ratio(f"error_rate.{window}", sum(map(is_failure, attempts)), len(attempts), "no attempts")
    session_values(sheet, world, activity, linked)
    feature_values(sheet, world, activity, linked)
