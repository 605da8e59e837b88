"""Response: what became of the incidents, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stream.simulate.incidents import Incident
from stream.simulate.truth.numbers import Values, ratio
from stream.simulate.truth.outages import Outage, behind
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_STEPS = {"mtta": "acknowledged", "mttm": "mitigated", "mttr": "resolved"}


class Handled(NamedTuple):
    """An incident as it is known at an instant; all times in milliseconds since the epoch.

    Attributes:
        service: Whose.
        severity: As text.
        told: By status, when.
        began: When the trouble began, if that is known.
    """

    service: str
    severity: str
    told: dict[str, int]
    began: int | None

    @property
    def opened(self) -> int:
        """When it was opened."""
        return self.told["opened"]


def handled(service: str, incidents: Sequence[Incident], found: Sequence[Outage], as_of: int) -> list[Handled]:
    """Say what was known of the incidents of a service before an instant.

    Args:
        service: Its name.
        incidents: All of them.
        found: The outages of the service.
        as_of: What was told before it counts.
    """
    known = []
    for incident in incidents:
        steps = [step for step in incident.steps if step.at < as_of]
        if not steps:
            continue
        told = {step.status: step.at for step in steps}
        looked_up = [step.began for step in steps if step.began is not None]
        outage = behind(found, told["opened"])
        began = looked_up[-1] if looked_up else outage.start if outage else None
        known.append(Handled(service, str(incident.severity), told, began))
    return known


def responses(incidents: Sequence[Handled], named: dict[str, Window]) -> Values:
    """Say how the incidents of a segment were handled."""
    values: Values = {"open_incidents": sum(1 for one in incidents if "resolved" not in one.told)}
    for name, (start, end) in named.items():
        opened = [one for one in incidents if start <= one.opened < end]
        values[f"incidents.{name}"] = len(opened)
        if name not in (*LONG, *CALENDAR):
            continue
        values[f"mttd.{name}"] = _mean([one.opened - one.began for one in opened if one.began is not None])
        for kpi, status in _STEPS.items():
            times = [(one.told[status], one.opened) for one in incidents if status in one.told]
            values[f"{kpi}.{name}"] = _mean([at - opened for at, opened in times if start <= at < end])
    return values


def _mean(milliseconds: Sequence[int]) -> float | None:
    return ratio(sum(milliseconds), 1000 * len(milliseconds))
