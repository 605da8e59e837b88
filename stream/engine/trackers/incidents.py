"""Incidents: opened, acknowledged, mitigated, resolved, and how long each took (catalogue part 3, section 4.2).

An incident has few events, so it says everything anew whenever one comes, or the outages of its service change.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from stream.engine import events
from stream.engine.counters import Counter, packed
from stream.engine.definitions import Definitions
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.tables import Rows, declare
from stream.engine.trackers.carried import Carried
from stream.engine.trackers.held import held
from stream.engine.trackers.outages import Outages
from stream.engine.units import MICRO
from stream.engine.waiting import Applied
from stream.engine.windows import L, R

INCIDENTS: Final = Counter("incidents", R)
OPEN_INCIDENTS: Final = Counter("open_incidents")
DETECTED: Final = Counter("detections", L, ("incidents_detected", "detection_ms"))
ACKNOWLEDGED: Final = Counter("acknowledgements", L, ("incidents_acknowledged", "acknowledgement_ms"))
MITIGATED: Final = Counter("mitigations", L, ("incidents_mitigated", "mitigation_ms"))
RESOLVED: Final = Counter("resolutions", L, ("incidents_resolved", "resolution_ms"))

HOLD: Final = 63 * 86_400 * MICRO
"""µs: what happens to a resolved incident so long after its last step begins a new one of the same id.

No window reaches back further, so an incident may be forgotten by then, and nobody can tell.
"""


class Step(Struct, array_like=True, gc=False):
    """One event of an incident; `started_at` in ms."""

    at: int
    source: str
    id: str
    status: str
    started_at: int | None
    carried: dict[str, str]

    def order(self) -> tuple[int, str, str]:
        """Return what steps are ordered by."""
        return self.at, self.source, self.id


IncidentKey = tuple[str, str]
"""Service (empty for none) and id."""
TABLE: Final = declare("incidents", IncidentKey, list[Step])


class Course:
    """What the steps of an incident, in order, come to; instants in µs."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.opened: Final = next((step.at for step in steps if step.status == "opened"), steps[0].at)
        self.acknowledged: Final = self._first(steps, "acknowledged")
        self.mitigated: Final = self._first(steps, "mitigated")
        last = next((step for step in reversed(steps) if step.status in ("opened", "resolved")), None)
        self.resolved: Final = last.at if last is not None and last.status == "resolved" else None
        self.started: Final = next((step.started_at for step in reversed(steps) if step.started_at is not None), None)
        """ms."""
        carried: dict[str, str] = {}
        for step in steps:
            carried |= step.carried
        self.carried: Final = carried

    def _first(self, steps: Sequence[Step], status: str) -> int | None:
        return next((step.at for step in steps if step.status == status and step.at >= self.opened), None)


def courses(steps: Sequence[Step]) -> Iterator[Course]:
    """Return the incidents of one id, from its steps in order: one after another, mostly a single one."""
    return map(Course, held(steps, HOLD, lambda told: Course(told).resolved is not None))


class IncidentTracker:
    """The incidents of one partition.

    Args:
        panes: where facts are said.
        rows: the steps of each incident.
        outages_of: the outages of a service, as of the last settlement.
        outages_changed: services whose outages are others than before; cleared here.
        definitions: what the business measures.
    """

    def __init__(
        self,
        panes: Panes,
        rows: Rows[IncidentKey, list[Step]],
        outages_of: Callable[[str], Outages],
        outages_changed: dict[str, int],
        definitions: Definitions,
    ) -> None:
        self._rows: Final = rows
        self._outages_of: Final = outages_of
        self._outages_changed: Final = outages_changed
        self._detect_within: Final = definitions.quality.detect_within * 1_000
        self._grace: Final = definitions.lateness.grace.uptime * MICRO
        self._carried: Final = Carried(panes.segments, ("service", "severity"))
        self._sayings: Final = Sayings(panes)
        for counter in (INCIDENTS, DETECTED, ACKNOWLEDGED, MITIGATED, RESOLVED):
            panes.facts_of(counter)
        self._said: dict[IncidentKey, Saying] = {}
        self._of_service: dict[str, set[IncidentKey]] = {}
        self._touched: set[IncidentKey] = set()
        self._looked_at = 0
        for key in rows:
            self._of_service.setdefault(key[0], set()).add(key)

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply uptime events that are no duplicates and no tests."""
        for at, _, event, _ in batch:
            if not isinstance(event, events.IncidentChanged):
                continue
            key = (event.service or "", event.incident_id)
            steps = self._rows.get(key)
            if steps is None:
                steps = self._rows[key] = []
                self._of_service.setdefault(key[0], set()).add(key)
            started = None if event.started_at is None else event.started_at // 1_000
            step = Step(at, event.source, event.id, event.status, started, self._carried.values(event))
            insort(steps, step, key=Step.order)
            self._touched.add(key)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); `watermark` (µs) says how far back events can still come."""
        for key in self._touched:
            self._rows[key] = self._rows[key]
        for service, since in self._outages_changed.items():
            self._touched.update(
                key for key in self._of_service.get(service, ()) if self._rows[key][-1].at // 1_000 >= since
            )
        self._outages_changed.clear()
        for key in self._touched:
            after = self._say(key, self._rows[key])
            self._sayings.change(self._said.get(key, {}), after)
            self._said[key] = after
        self._touched.clear()
        if as_of // 3_600 != self._looked_at:
            self._looked_at = as_of // 3_600
            self._forget(watermark - self._grace - HOLD)

    def restore(self) -> None:
        """Say everything that the rows say, once the services have said their outages."""
        self._touched.update(self._rows)
        self._outages_changed.clear()
        for key in self._touched:
            after = self._said[key] = self._say(key, self._rows[key])
            self._sayings.change({}, after)
        self._touched.clear()

    def _say(self, key: IncidentKey, steps: list[Step]) -> Saying:
        for course in courses(steps):
            self._say_course(key[0], course)
        return self._sayings.take()

    def _say_course(self, service: str, course: Course) -> None:
        member = self._carried.membership_of(course.carried)
        self._sayings.dated(INCIDENTS, course.opened // MICRO, member, 1)
        if course.resolved is None:
            self._sayings.gauge(OPEN_INCIDENTS, member, 1)
        opened = course.opened // 1_000
        begin = self._begin(service, course)
        if begin is not None:
            self._sayings.dated(DETECTED, course.opened // MICRO, member, packed(1, opened - begin))
        ends: Mapping[Counter, int | None] = {
            ACKNOWLEDGED: course.acknowledged,
            MITIGATED: course.mitigated,
            RESOLVED: course.resolved,
        }
        for counter, at in ends.items():
            if at is not None:
                self._sayings.dated(counter, at // MICRO, member, packed(1, at // 1_000 - opened))

    def _begin(self, service: str, course: Course) -> int | None:
        """Return when the trouble began (ms): as told, else with the outage; None where the incident is left out."""
        opened = course.opened // 1_000
        if course.started is not None:
            return course.started if course.started <= opened else None
        outage = self._outages_of(service).of(opened, self._detect_within) if service else None
        return None if outage is None else outage.begin

    def _forget(self, before: int) -> None:
        """Forget the incidents that are over, and none of whose instants any window can hold."""
        for key, steps in list(self._rows.items()):
            if steps[-1].at < before and [*courses(steps)][-1].resolved is not None:
                del self._rows[key]
                self._of_service[key[0]].discard(key)
                self._said.pop(key, None)
