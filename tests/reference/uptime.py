"""Uptime, from scratch: the timeline of each service (part 3 of the catalogue, sections 1 and 4).

"Instants are cut to the millisecond (floor) before they are subtracted": everything here is in milliseconds.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .common import ALL_WINDOWS, CALENDAR, MILLISECOND, number_cut

BADNESS = {"up": 0, "degraded": 1, "down": 2}
LONG_WINDOWS = ("24h", "7d", "30d", *CALENDAR)
OBSERVATIONS = ("uptime.checked", "uptime.status_changed")


def cut(instant):
    return instant // MILLISECOND


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    status: str  # up, degraded, down, unknown, maintenance

    def overlap(self, start, end):
        return max(0, min(self.end, end) - max(self.start, start))


def declared(events, at):
    """The declared status that holds at a millisecond: (status, is it bounded), or None.

    "With `until` it is *bounded*, [time, until) ... Without, it is *open*: it holds until the service's next open
    status ... among bounded spans the latest start wins, with equal starts the worse; open ones likewise."
    """
    begun = [event for event in events if event.type == "uptime.status_changed" and cut(event.time) <= at]
    bounded = [event for event in begun if event.get("until") is not None and at < cut(event.instant("until"))]
    unbounded = [event for event in begun if event.get("until") is None]
    holding = bounded or unbounded  # "An open status never interrupts a bounded span"
    if not holding:
        return None
    latest = max(holding, key=lambda event: (event.time, BADNESS[event.get("status")]))
    return latest.get("status"), bool(bounded)


def probed(events, at, settings):
    """A check speaks for its (service, `region`) until that region's next check, at most `check_stale`.

    "More than half failing = down; some, but not more than half = degraded; none = up; no voice = unknown."
    """
    voices = {}
    for event in events:  # in order: the latest check of a region stays
        if event.type == "uptime.checked" and cut(event.time) <= at:
            voices[event.get("region")] = event
    speaking = [event for event in voices.values() if at < cut(event.time + settings.check_stale)]
    failing = sum(event.get("ok") is False for event in speaking)
    if not speaking:
        return "unknown"
    if 2 * failing > len(speaking):
        return "down"
    return "degraded" if failing else "up"


def combined(events, at, settings):
    """A declared status that is bounded, or worse than `up`, overrides the probes.

    "An *open* `up` only ends an open `down` or `degraded`: where probes speak, they decide; where none does, it is up.
    Where nothing declared holds: the probed status; elsewhere **unknown**."
    """
    word = declared(events, at)
    voice = probed(events, at, settings)
    if word is None:
        return voice
    status, is_bounded = word
    if is_bounded or status != "up":
        return status
    return "up" if voice == "unknown" else voice


def planned(events):
    """The latest version of each `maintenance_id` counts: [`starts_at`, `ends_at`), not canceled."""
    latest = {}
    for event in events:  # in order
        if event.type == "uptime.maintenance_planned":
            latest[event.get("maintenance_id")] = event
    return [
        (cut(event.instant("starts_at")), cut(event.instant("ends_at")))
        for event in latest.values()
        if event.get("canceled", False) is not True
    ]


def timeline(events, as_of, settings):
    """Spans without gap or overlap, from the first observation to `as_of`, half-open, in whole milliseconds.

    events: those of one service, in order.
    """
    observed = [cut(event.time) for event in events if event.type in OBSERVATIONS]
    if not observed:
        return []
    maintenance = planned(events)
    edges = {cut(as_of), *(edge for pair in maintenance for edge in pair)}
    for event in events:
        edges |= {cut(event.time), cut(event.time + settings.check_stale)}
        if event.type == "uptime.status_changed" and event.get("until") is not None:
            edges.add(cut(event.instant("until")))
    inside = sorted(edge for edge in edges if min(observed) <= edge <= cut(as_of))
    spans = []
    for start, end in pairwise(inside):
        if any(begin <= start < finish for begin, finish in maintenance):
            spans.append(Span(start, end, "maintenance"))  # "cut out of up, down, degraded and observed"
        else:
            spans.append(Span(start, end, combined(events, start, settings)))
    return spans


def counts_as(status, settings):
    """`quality.degraded` is `up` (default) or `down`; `down` makes `degraded` down in every value."""
    return settings.degraded if status == "degraded" else status


def outages(line, settings):
    """An outage is a run of down of one service: a list of [start, end) in ms, without maintenance.

    "Two runs less than `outage_merge` apart, or with only maintenance between, are one outage."
    """
    downs = [span for span in line if counts_as(span.status, settings) == "down"]
    found = []
    for span in downs:
        if found:
            last = found[-1][-1][1]
            between = {other.status for other in line if other.start >= last and other.end <= span.start}
            if between <= {"maintenance"} or span.start - last < cut(settings.outage_merge):
                found[-1].append((span.start, span.end))
                continue
        found.append([(span.start, span.end)])
    return found


def timelines_of(world):
    """The timeline of each service."""
    by_service = {}
    for event in world.events:
        if event.family == "uptime" and event.get("service") is not None:
            by_service.setdefault(event.get("service"), []).append(event)
    return {service: timeline(events, world.as_of, world.settings) for service, events in by_service.items()}


def uptime_values(sheet, world):
    """Over all services: sums over services. `service` is always a segment of the uptime values, and the only one."""
    if world.segment is not None and world.segment[0] != "service":
        return
    timelines = [
        line for service, line in timelines_of(world).items() if world.segment is None or world.segment[1] == service
    ]
    spans = [span for line in timelines for span in line]
    runs = [outage for line in timelines for outage in outages(line, world.settings)]

    for window in ALL_WINDOWS:
        start, end = (cut(edge) for edge in world.window(window))

        def spent(wanted, of=lambda status: counts_as(status, world.settings), start=start, end=end):
            return sum(span.overlap(start, end) for span in spans if of(span.status) == wanted)

        up, down = spent("up"), spent("down")
        sheet.ratio(f"availability.{window}", up, up + down, "no observation", publish=number_cut)
        sheet.figure(f"downtime.{window}", Fraction(down, 1_000))
        # "Σ ms with status degraded, however it counts"
        sheet.figure(f"degraded_time.{window}", Fraction(spent("degraded", of=str), 1_000))
        sheet.figure(f"maintenance_time.{window}", Fraction(spent("maintenance"), 1_000))
        sheet.figure(f"observed_time.{window}", Fraction(up + down, 1_000))

        # "`outages` counts begins"
        begun = sum(start <= outage[0][0] < end for outage in runs)
        sheet.count(f"outages.{window}", begun)
        if window in LONG_WINDOWS:
            # "largest Σ down ms of one outage inside the window; 0 when none"
            inside = [sum(max(0, min(b, end) - max(a, start)) for a, b in outage) for outage in runs]
            sheet.figure(f"longest_outage.{window}", Fraction(max(inside, default=0), 1_000))
            sheet.ratio(f"mtbf.{window}", Fraction(up, 1_000), begun, "no outages")

    # "services whose status at the last ms before `as_of` is down, not in maintenance"
    last = [line[-1] for line in timelines if line]
    sheet.count("services_down", sum(counts_as(span.status, world.settings) == "down" for span in last))
