"""The values that targets and trends have, and how they are computed from other values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from stream.engine.calendar import Calendar
from stream.engine.custom.kpis import Configured
from stream.engine.definitions import Definitions
from stream.engine.kpis.kpi import Kpi, Scope, Value, View
from stream.engine.steering import targets, trends
from stream.engine.steering.flows import is_flow
from stream.engine.steering.kept import FINE, HOUR, Kept
from stream.engine.steering.model import Target, Trend
from stream.engine.steering.periods import first_instant, instants_of, period_of

Lookup = Callable[[str, str], Value]
"""(Segment, name of a value) → what it is at the `as_of` in question."""

_CHANGE: Final = ("no earlier value", "earlier value is zero")


@dataclass(frozen=True)
class Steered(Configured):
    """A KPI that is computed from other values, not from counters."""


def steered_kpis(definitions: Definitions, kpis: Mapping[str, Kpi]) -> Iterator[Kpi]:
    """Yield what targets and trends publish."""
    for target in definitions.targets:
        wanted = f"{'at least' if target.at_least is not None else 'at most'} {target.wanted} by {target.by}"
        what = f"The target of {target.value}: {wanted}."
        yield _made(target, f"target_{target.name}_progress", "ratio", what, "Value ÷ target, or target ÷ value.")
        yield _made(target, f"target_{target.name}_pace", "ratio", what, "What is done ÷ what would be by now.")
    if definitions.targets:
        yield _made(definitions.targets, "targets", "table", "All targets.", "A row a target, by name.")
    for trend in definitions.trends:
        what = f"{trend.value} against {trend.samples} samples, a {trend.season} apart."
        declared = kpis.get(trend.value.partition(".")[0])
        unit = "units" if declared is None else declared.unit
        yield _made(trend, f"trend_{trend.name}_change", "fraction", what, "(v − v₁) ÷ |v₁|, v₁ one season ago.")
        yield _made(trend, f"trend_{trend.name}_slope", f"{unit}/{trend.season}", what, "Theil–Sen, per season.")
        yield _made(trend, f"trend_{trend.name}_score", "ratio", what, "(v − median) ÷ 1.4826 MAD of the samples.")
    if definitions.trends:
        yield _made(definitions.trends, "trends", "table", "All trends.", "A row a trend, by |score|, 20 at most.")


def _made(declared: Target | Trend | Sequence[Target | Trend], name: str, unit: str, what: str, said: str) -> Steered:
    several = declared if isinstance(declared, Sequence) else [declared]
    content = [one.model_dump(mode="json", exclude={"version", "owner"}) for one in several]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    hashed = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    version = max(one.version for one in several)
    return Steered(name, unit, (), _never, what, said, "vitals.yaml", scope=Scope.NONE, version=version, hash=hashed)


def _never(view: View) -> Value:
    raise NotImplementedError(f"{view.window}: computed from other values")


class Steering:
    """Computes the targets and trends of a business.

    Args:
        definitions: what they are.
        kpis: every KPI that has values.
        kept: what values were at the instants of samples.
        starts: what they were as periods began.
    """

    def __init__(self, definitions: Definitions, kpis: Mapping[str, Kpi], kept: Kept, starts: Kept) -> None:
        self._targets: Final = {target.name: target for target in definitions.targets}
        self._trends: Final = {trend.name: trend for trend in definitions.trends}
        self._kpis: Final = kpis
        self._aggregates: Final = {name: kpi.aggregate for kpi in definitions.kpis for name in kpi.names}
        self._interval: Final = definitions.alerting.interval
        self._calendar: Final = Calendar(definitions.business.zone, definitions.business.week_start)
        self._kept: Final = kept
        self._starts: Final = starts

    def __bool__(self) -> bool:
        return bool(self._targets or self._trends)

    def needed(self, as_of: int) -> set[int]:
        """Return the instants whose values are asked for at an `as_of`: a replay stops there."""
        found = {self._first(target, as_of) for target in self._targets.values()}
        for trend in self._trends.values():
            for instant in instants_of(trend, self._calendar, as_of):
                found.add(instant - instant % (self._interval if instant >= as_of - FINE else HOUR))
        return {instant for instant in found if instant <= as_of}

    def keep(self, as_of: int, lookup: Lookup) -> None:
        """Keep what values are at an instant of the grid."""
        firsts: dict[str, int] = {}
        for target in self._targets.values():
            name, first = self._key(target), self._first(target, as_of)
            firsts[name] = min(first, firsts.get(name, first))
            if first == as_of:
                self._starts.put(name, as_of, _number(lookup(target.segment, target.value)))
        names = {self._key(trend): trend for trend in self._trends.values()}
        for name, trend in names.items():
            self._kept.put(name, as_of, _number(lookup(trend.segment, trend.value)))
        self._kept.tidy(as_of, set(names))
        self._starts.forget(firsts)

    def value(self, name: str, as_of: int, lookup: Lookup) -> Value:
        """Return a value of a target or a trend, or a table of them."""
        if name == "targets":
            found = sorted(self._targets.values(), key=lambda target: target.name)
            return Value([targets.row(target, self._standing(target, as_of, lookup)) for target in found])
        if name == "trends":
            return trends.table([(trend, self._past(trend, as_of, lookup)) for trend in self._trends.values()])
        kind, _, rest = name.partition("_")
        of, _, what = rest.rpartition("_")
        if kind == "target":
            target = self._targets[of]
            compute = targets.progress if what == "progress" else targets.pace
            return compute(target, self._standing(target, as_of, lookup))
        past = self._past(self._trends[of], as_of, lookup)
        return {"change": trends.change, "slope": trends.slope, "score": trends.score}[what](past)

    def segments(self) -> set[str]:
        """Return the segments whose values are asked for."""
        return {target.segment for target in self._targets.values()} | {one.segment for one in self._trends.values()}

    def _standing(self, target: Target, as_of: int, lookup: Lookup) -> targets.Standing:
        kpi, _, window = target.value.partition(".")
        is_to_date = window in ("today", "week", "month")
        flow = is_to_date and is_flow(self._kpis[kpi], self._aggregates.get(kpi))
        begun = self._starts.at(self._key(target), self._first(target, as_of))
        return targets.Standing(
            lookup(target.segment, target.value), begun, period_of(target, self._calendar, as_of), as_of, flow
        )

    def _past(self, trend: Trend, as_of: int, lookup: Lookup) -> trends.Past:
        instants = instants_of(trend, self._calendar, as_of)
        samples = [self._kept.sample(self._key(trend), instant, as_of) for instant in instants]
        return trends.Past(lookup(trend.segment, trend.value), samples)

    def _first(self, target: Target, as_of: int) -> int:
        return first_instant(period_of(target, self._calendar, as_of), self._interval)

    def _key(self, one: Target | Trend) -> str:
        """Return what a value is kept under: another definition of it is another series."""
        kpi = self._kpis[one.value.partition(".")[0]]
        return f"{one.segment} {one.value} {kpi.version} {getattr(kpi, 'hash', '')}"


def _number(said: Value) -> Fraction | int | None:
    return said.value if isinstance(said.value, int | Fraction) else None
