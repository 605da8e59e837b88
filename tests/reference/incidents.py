"""Incidents, from scratch (part 3 of the catalogue, section 4.2)."""

from fractions import Fraction

from .common import ALL_WINDOWS, DAY, as_text, attribute, lives
from .requests import has_values
from .uptime import LONG_WINDOWS, cut, outages, timelines_of

HOLD = 63 * DAY  # as tickets: what comes so long after a resolved incident's last event begins a new one


class Incident:
    """(`service` or none, `incident_id`), and its events in order."""

    def __init__(self, events):
        self.service = events[0].get("service")
        self.events = events
        opened = [event.time for event in events if event.get("status") == "opened"]
        # the earliest `opened`, "else the earliest event of any status"
        self.opened = min(opened) if opened else events[0].time
        self.acknowledged = self.first("acknowledged")
        self.mitigated = self.first("mitigated")
        # the last, "unless an `opened` follows: then the incident is open again"
        self.resolved = None
        for event in events:
            if event.get("status") == "resolved":
                self.resolved = event.time
            elif event.get("status") == "opened":
                self.resolved = None

    def first(self, status):
        """The first at or after it."""
        times = [event.time for event in self.events if event.get("status") == status and event.time >= self.opened]
        return min(times, default=None)

    def last_given(self, dimension):
        given = [as_text(event.get(dimension)) or attribute(event, dimension) for event in self.events]
        return next((value for value in reversed(given) if value is not None), None)

    def began(self, found, settings):
        """Where MTTD takes its start from, in ms; None: not in the mean."""
        opened = cut(self.opened)
        started = [event.instant("started_at") for event in self.events if event.get("started_at") is not None]
        if started:
            return cut(started[-1]) if cut(started[-1]) <= opened else None
        found = found.get(self.service, [])
        covering = [outage for outage in found if outage[0][0] <= opened < outage[-1][1]]
        ended = [outage for outage in found if 0 <= opened - outage[-1][1] <= cut(settings.detect_within)]
        chosen = covering or sorted(ended, key=lambda outage: outage[-1][1])[-1:]
        return chosen[0][0][0] if chosen else None


def incidents_of(world):
    """Per (`service` or none, `incident_id`)."""
    changes = [event for event in world.events if event.type == "uptime.incident_changed"]
    told = lives(
        changes,
        lambda event: (event.get("service"), event.get("incident_id")),
        HOLD,
        lambda told: Incident(told).resolved is not None,
    )
    return [Incident(events) for events in told]


def incident_values(sheet, world):
    if not has_values(world, ("service", "severity")):
        return
    found = {service: outages(line, world.settings) for service, line in timelines_of(world).items()}
    incidents = incidents_of(world)
    if world.segment is not None:
        dimension, value = world.segment
        incidents = [incident for incident in incidents if incident.last_given(dimension) == value]
    sheet.count("open_incidents", sum(incident.resolved is None for incident in incidents))
    for window in ALL_WINDOWS:
        start, end = world.window(window)
        sheet.count(f"incidents.{window}", sum(start <= incident.opened < end for incident in incidents))
        if window not in LONG_WINDOWS:
            continue
        detected = [
            cut(incident.opened) - began
            for incident in incidents
            if start <= incident.opened < end and (began := incident.began(found, world.settings)) is not None
        ]
        sheet.ratio(f"mttd.{window}", Fraction(sum(detected), 1_000), len(detected), "no detected outages")
        for name, step, reason in (
            ("mtta", "acknowledged", "no acknowledgements"),
            ("mttm", "mitigated", "no mitigations"),
            ("mttr", "resolved", "no resolutions"),
        ):
            times = [(incident, getattr(incident, step)) for incident in incidents]
            took = [cut(at) - cut(incident.opened) for incident, at in times if at is not None and start <= at < end]
            sheet.ratio(f"{name}.{window}", Fraction(sum(took), 1_000), len(took), reason)
