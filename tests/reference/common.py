"""What every part of the reference needs: events, settings, calendar, windows, rounding, quantile cells.

Times are integers: microseconds since the Unix epoch. Numbers are integers and fractions until they are published.
All times being whole microseconds, "just before t" is the instant t - 1.
"""

import json
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"ms": MILLISECOND, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}

# "Rolling windows 5m 1h 24h 7d 30d end at as_of ... exact to the pane of the window": length and pane.
ROLLING = {
    "5m": (5 * MINUTE, SECOND),
    "1h": (HOUR, 10 * SECOND),
    "24h": (DAY, 5 * MINUTE),
    "7d": (7 * DAY, HOUR),
    "30d": (30 * DAY, HOUR),
}
CALENDAR = ("today", "yesterday", "week", "last_week", "month", "last_month")
ALL_WINDOWS = (*ROLLING, *CALENDAR)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))",
)


# --- times ------------------------------------------------------------------------------------------------------------


def micros(text):
    """`time` is RFC 3339 with seconds; digits beyond the microsecond are cut."""
    match = RFC_3339.fullmatch(text)
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    digits, sign, offset_hours, offset_minutes = match.groups()[6:]
    days = date(year, month, day).toordinal() - EPOCH.date().toordinal()
    result = days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + int(((digits or "") + "000000")[:6])
    if sign:
        offset = int(offset_hours) * HOUR + int(offset_minutes) * MINUTE
        result -= offset if sign == "+" else -offset
    return result


def optional_micros(text):
    return None if text is None else micros(text)


def duration(text):
    """Durations: `30s 15m 6h 1d 1w`."""
    number, unit = re.fullmatch(r"(\d+)\s*(ms|s|m|h|d|w)", str(text).strip()).groups()
    return int(number) * UNITS[unit]


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    time: int
    source: str
    id: str
    type: str
    key: str
    data: dict = field(compare=False, hash=False)

    @property
    def family(self):
        return self.type.partition(".")[0]

    @property
    def order(self):
        """Ordered by (`time`, `source`, `id`); of equal times the greatest (`source`, `id`) is the later."""
        return (self.time, self.source, self.id)

    def get(self, name, default=None):
        value = self.data.get(name)
        return default if value is None else value

    def instant(self, name):
        return optional_micros(self.data.get(name))


def event_time(data):
    """When both are given, the client clock is corrected: event time = `received_at` - (`sent_at` - `time`)."""
    time = micros(data["time"])
    if data.get("sent_at") is not None and data.get("received_at") is not None:
        return micros(data["received_at"]) - (micros(data["sent_at"]) - time)
    return time


# Kafka message key, by family: the first of these that is given, and else `id`.
KEYS = {
    "usage": ("account_id", "anonymous_id", "user_id"),
    "billing": ("account_id",),
    "feedback": ("account_id", "ticket_id", "respondent_id"),
    "uptime": ("service", "incident_id"),
    "growth": ("lead_id",),
}


def message_key(data):
    family = data["type"].partition(".")[0]
    given = [data[name] for name in KEYS[family] if data.get(name) is not None]
    return given[0] if given else data["id"]


def decode(data):
    return Event(event_time(data), data["source"], data["id"], data["type"], message_key(data), data)


def is_excluded(event):
    """`test`: accepted, counted as `excluded`, in no KPI; `is_bot` (excluded)."""
    return event.get("test", False) is True or (event.family == "usage" and event.get("is_bot", False) is True)


def accept(events, lines=None):
    """One event an identity, without the excluded ones; and the counts.

    "The same (key, `source`, `id`) again is a duplicate ... even with another `type` or payload (then also counted as
    *conflicting*) ... in `replay` [counts] the one with the smallest (event time, bytes of the line)."
    """
    if lines is None:
        lines = [json.dumps(data, separators=(",", ":")).encode() for data in events]
    same = defaultdict(list)
    for data, line in zip(events, lines, strict=True):
        event = decode(data)
        same[event.key, event.source, event.id].append((event.time, line, event))
    chosen, conflicts = [], 0
    for group in same.values():
        first, *rest = (event for _, _, event in sorted(group, key=lambda item: item[:2]))
        chosen.append(first)
        conflicts += sum(event.data != first.data for event in rest)
    accepted = [event for event in chosen if not is_excluded(event)]
    counts = {
        "events": len(accepted),
        "duplicates": len(events) - len(chosen),
        "conflicts": conflicts,
        "excluded": len(chosen) - len(accepted),
        "late": 0,
        "too_late": 0,
        "dead_letters": 0,
    }
    return sorted(accepted, key=lambda event: event.order), counts


# --- dimensions -------------------------------------------------------------------------------------------------------


def lives(events, name_of, hold, is_over=lambda _: True):
    """The events of each name in groups; what comes `hold` after the latest one of a group that is over is anew."""
    latest, found = {}, []
    for event in events:  # in order
        name = name_of(event)
        told = latest.get(name)
        if told is None or (event.time >= told[-1].time + hold and is_over(told)):
            told = latest[name] = []
            found.append(told)
        told.append(event)
    return found


def as_text(value):
    """Values are compared exactly, as text (`true`, `3`); empty text counts as absent."""
    if value is None or isinstance(value, list | dict):
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text or None


def attribute(event, dimension):
    return as_text((event.get("attributes") or {}).get(dimension))


# --- calendar ---------------------------------------------------------------------------------------------------------


class Calendar:
    """Local days, weeks (`week_start`), months of the business's zone, half-open, 23 or 25 h where the zone says so."""

    def __init__(self, zone, week_start):
        self.zone = ZoneInfo(zone)
        self.first_weekday = WEEKDAYS.index(week_start)

    def local_date(self, instant):
        return (EPOCH + timedelta(microseconds=instant)).astimezone(self.zone).date()

    def day_start(self, day):
        """The first instant of a local day; where 00:00 comes twice the first, where it is skipped the jump."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        instant = (midnight - EPOCH) // timedelta(microseconds=1)
        while self.local_date(instant - 15 * MINUTE) == day:
            instant -= 15 * MINUTE
        return instant

    def day_of(self, instant):
        day = self.local_date(instant)
        while self.day_start(day) > instant:
            day -= timedelta(days=1)
        while self.day_start(day + timedelta(days=1)) <= instant:
            day += timedelta(days=1)
        return day

    def first_of_week(self, day):
        return day - timedelta(days=(day.weekday() - self.first_weekday) % 7)

    def window(self, name, as_of):
        """`today`, `week`, `month` up to `as_of` ("the periods that contain the instant"); the others complete."""
        today = self.day_of(as_of)
        week = self.first_of_week(today)
        month = today.replace(day=1)
        starts = {
            "today": today,
            "yesterday": today - timedelta(days=1),
            "week": week,
            "last_week": week - timedelta(days=7),
            "month": month,
            "last_month": (month - timedelta(days=1)).replace(day=1),
        }
        ends = {"yesterday": today, "last_week": week, "last_month": month}
        return self.day_start(starts[name]), self.day_start(ends[name]) if name in ends else as_of


# --- settings ---------------------------------------------------------------------------------------------------------


class Settings:
    """The keys of `vitals.yaml` that matter here; "defaults make an empty file valid"."""

    def __init__(self, config):
        def section(name):
            return (config or {}).get(name) or {}

        business = section("business")
        self.calendar = Calendar(business.get("zone", "UTC"), business.get("week_start", "monday"))
        self.currency = business.get("currency", "USD")
        self.fx = section("fx")
        self.session_gap = duration(section("sessions").get("gap", "30m"))
        self.heartbeat = duration(section("sessions").get("heartbeat", "10s"))
        self.min_visit = duration(section("sessions").get("min_visit", "5s"))
        self.usage_grace = duration((section("lateness").get("grace") or {}).get("usage", "1h"))
        self.features = {entry["name"]: entry.get("plans") for entry in section("features") or []}
        self.dimensions = list((config or {}).get("segments", ["plan", "country", "service"]) or [])
        mrr = section("mrr")
        self.discounts = mrr.get("discounts", "recurring")
        self.past_due = mrr.get("past_due", "counts")
        self.paused = mrr.get("paused", "excluded")
        self.churn_at = mrr.get("churn_at", "period_end")
        self.netting = duration(mrr.get("netting", "60m"))
        self.renewal_grace = duration(mrr.get("renewal_grace", "14d"))
        growth = section("growth")
        self.trial_length = duration(growth.get("trial_length", "14d"))
        self.trial_grace = duration(growth.get("trial_grace", "7d"))
        quality = section("quality")
        self.degraded = quality.get("degraded", "up")
        self.check_stale = duration(quality.get("check_stale", "5m"))
        feedback = section("feedback")
        self.one_vote = feedback.get("one_vote", ["nps", "csat", "ces", "stars"])
        self.ces_direction = feedback.get("ces_direction", "ease")
        self.complaint_sentiment = exact(feedback.get("complaint_sentiment", 0))
        self.bayes_weight = feedback.get("bayes_weight", 10)
        self.priority_top = feedback.get("priority_top", 20)
        self.outage_merge = duration(quality.get("outage_merge", "60s"))
        self.apdex = duration(quality.get("apdex", "500ms"))
        self.detect_within = duration(quality.get("detect_within", "15m"))


@dataclass(frozen=True)
class World:
    """All that a value depends on: the events before `as_of` (in order), the settings, and the segment asked for."""

    events: list
    settings: Settings
    as_of: int
    segment: tuple | None  # (dimension, value); None is `all`

    def window(self, name):
        """Half-open [start, end): rolling starts are floored to the window's pane, calendar edges are exact."""
        if name in CALENDAR:
            return self.settings.calendar.window(name, self.as_of)
        length, pane = ROLLING[name]
        return (self.as_of - length) // pane * pane, self.as_of

    def within(self, window, facts):
        start, end = self.window(window)
        return [fact for fact in facts if start <= fact.time < end]


def make_world(events, config, as_of, segment):
    """A snapshot at T counts exactly the events with event time < T."""
    settings = Settings(config)
    instant = as_of * SECOND
    chosen = None if segment == "all" else tuple(segment.split("=", 1))
    return World([event for event in events if event.time < instant], settings, instant, chosen)


# --- numbers ----------------------------------------------------------------------------------------------------------


def half_up(value):
    """HALF_UP to a whole number: ties away from zero."""
    value = Fraction(value)
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def exact(value):
    """A decimal, read exactly as written."""
    return Fraction(str(value))


def six_decimals(millionths):
    """The JSON number with these digits."""
    return float(Decimal(millionths).scaleb(-6))


def number(value):
    """Every published number that is not a count is rounded once, at the end, HALF_UP to 6 decimals."""
    return six_decimals(half_up(Fraction(value) * 1_000_000))


def number_cut(value):
    """Values marked as cut: floor at 6 decimals."""
    return six_decimals(Fraction(value) * 1_000_000 // 1)


class Sheet:
    """The values and reasons of one snapshot."""

    def __init__(self):
        self.values = {}
        self.reasons = {}

    def count(self, name, value):
        self.values[name] = value

    def figure(self, name, value):
        self.values[name] = number(value)

    def money(self, name, micro, missing=()):
        """Publication: micro / 10^6. "A currency with no rate ... `reasons[value] = "no fx rate: GBP"`"."""
        self.figure(name, Fraction(micro, 1_000_000))
        self.qualify(name, missing)

    def qualify(self, name, missing):
        if missing and name not in self.reasons:
            self.reasons[name] = "no fx rate: " + ", ".join(sorted(missing))

    def null(self, name, reason):
        self.values[name] = None
        self.reasons[name] = reason

    def ratio(self, name, numerator, denominator, reason, publish=number):
        """Null when a denominator is empty, with the reason."""
        if denominator == 0:
            self.null(name, reason)
        else:
            self.values[name] = publish(Fraction(numerator) / Fraction(denominator))


# --- quantiles --------------------------------------------------------------------------------------------------------

GAMMA = Fraction(101, 99)
LONGEST = 31 * DAY // MILLISECOND  # "Durations above 31 days go in 31 days' cell"


def cell(milliseconds, longest=LONGEST):
    """x ms >= 1 falls in cell i = ceil(log_gamma x): gamma^(i-1) < x <= gamma^i; below 1 ms: the zero cell (None)."""
    if milliseconds < 1:
        return None
    x = Fraction(milliseconds if longest is None else min(milliseconds, longest))
    return bisect_left(range(1_500), x=True, key=lambda i: 101**i >= x * 99**i)


def cell_seconds(k):
    """The published value is 2 gamma^k / (gamma + 1), zero cell 0; milliseconds, in seconds."""
    return Fraction(0) if k is None else 2 * GAMMA**k / (GAMMA + 1) / 1_000


def quantile_seconds(durations, q):
    """With n values, the cell that holds the k-th smallest, k = max(1, ceil(q * n))."""
    rank = max(1, -(-q * len(durations) // 1))
    return cell_seconds(cell(sorted(durations)[int(rank) - 1]))
