"""Judging the rules at the instants of the grid, in order, and writing the alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.alert import Alert
from schemas.times import to_datetime
from stream.engine.alerting.conditions import Lookup, Number, judge
from stream.engine.alerting.lifecycle import (
    AlertState,
    Transition,
    as_number,
    definition_of,
    fingerprint,
    resolve,
    step,
)
from stream.engine.alerting.rules import Rule
from stream.engine.catalogue import catalogue_of
from stream.engine.definitions import Definitions
from stream.engine.kpis import Kpi
from stream.engine.publication import published
from stream.engine.segments import ALL_NAME
from stream.engine.slos.rules import judged_rules
from stream.engine.units import MICRO

StateKey = tuple[str, str]
"""Rule and segment."""


class Judged(NamedTuple):
    """An alert, and whether those who are told at once are told: an old one is only recorded."""

    alert: Alert
    announced: bool
    recorded: bool = True
    """False for an alert that was recorded before and is announced only now."""


class Judge:
    """Judges every rule in its segments.

    Args:
        definitions: the rules and how they are judged.
        states: what is remembered of each rule and segment.
    """

    def __init__(self, definitions: Definitions, states: MutableMapping[StateKey, AlertState]) -> None:
        self._rules: Final = {rule.name: rule for rule in sorted(judged_rules(definitions), key=lambda rule: rule.name)}
        self._hashes: Final = {name: definition_of(rule) for name, rule in self._rules.items()}
        kpis = catalogue_of(definitions)
        self._values: Final = {name: _series_of(rule, kpis) for name, rule in self._rules.items()}
        self._settings: Final = definitions.alerting
        self._states: Final = states

    def __bool__(self) -> bool:
        return bool(self._rules or self._states)

    def instant(self, at: int, segments: Sequence[str], lookup: Lookup, now: int | None = None) -> list[Judged]:
        """Judge one instant of the grid; return the alerts in the order of rule, segment, resolved before firing.

        Args:
            at: the instant, in seconds.
            segments: the segments that there are.
            lookup: values as of the instant.
            now: the wall clock in seconds; None in a replay, where nothing is historic.
        """
        found = [*self._retire(at, now)]
        for rule in self._rules.values():
            for segment in self._segments_of(rule, segments):
                found += self._judge(rule, segment, at, lookup, now)
        return sorted(found, key=lambda one: (one.alert.rule, one.alert.segment, one.alert.status != "resolved"))

    def _segments_of(self, rule: Rule, segments: Sequence[str]) -> list[str]:
        if rule.each is None:
            return [rule.segment or ALL_NAME]
        known = {name for name in segments if name.startswith(f"{rule.each}=")}
        known.update(segment for name, segment in self._states if name == rule.name)
        return sorted(known)

    def _judge(self, rule: Rule, segment: str, at: int, lookup: Lookup, now: int | None) -> Iterator[Judged]:
        key = (rule.name, segment)
        state = self._states.get(key) or AlertState(self._hashes[rule.name], values=self._values[rule.name])
        before = state.state
        verdict = judge(rule, segment, lookup, firing=state.state == "firing")
        transition = step(state, rule, at, verdict, self._settings.no_data_resolve)
        old = self._is_old(at, now)
        if transition is not None:
            announced = not old and (transition.status == "firing" or state.announced)
            if transition.status == "firing":
                state.fingerprint = fingerprint(rule.name, segment, rule.labels, state.starts_at)
                state.severity, state.labels = rule.severity, rule.labels
                state.value_name = next((leaf.value for leaf in rule.leaves() if leaf.value), None) or rule.value or ""
            yield Judged(self._alert(rule.name, segment, state, transition, historic=old), announced)
            state.announced = transition.status == "firing" and not old
        elif state.state == "firing" and not state.announced and not old:
            state.announced = True
            again = Transition("firing", state.starts_at, verdict.value, verdict.threshold)
            yield Judged(self._alert(rule.name, segment, state, again, historic=False), announced=True, recorded=False)
        if state.state != "inactive":
            self._states[key] = state
        elif before != "inactive":
            del self._states[key]

    def _retire(self, at: int, now: int | None) -> Iterator[Judged]:
        """End the alerts of rules that are gone or judge by something else now."""
        for (name, segment), state in list(self._states.items()):
            is_same_rule = self._hashes.get(name) == state.definition
            if is_same_rule and state.values in ("", self._values[name]):
                continue
            if state.state == "firing":
                transition = resolve(state, at, None, "definition changed" if is_same_rule else "rule changed")
                old = self._is_old(at, now)
                alert = self._alert(name, segment, state, transition, historic=old)
                yield Judged(alert, not old and state.announced)
            del self._states[name, segment]

    def _is_old(self, at: int, now: int | None) -> bool:
        return now is not None and now - at > self._settings.page_within

    def _alert(self, name: str, segment: str, state: AlertState, transition: Transition, *, historic: bool) -> Alert:
        resolved = transition.status == "resolved"
        fields: dict[str, Any] = {
            "fingerprint": state.fingerprint,
            "rule": name,
            "status": transition.status,
            "severity": state.severity,
            "segment": segment,
            "value_name": state.value_name,
            "value": published(transition.value),
            "threshold": None if transition.threshold is None else float(transition.threshold),
            "starts_at": to_datetime(state.starts_at * MICRO),
            "ends_at": to_datetime(transition.at * MICRO) if resolved else None,
            "as_of": to_datetime(transition.at * MICRO),
            "pending_since": to_datetime(state.pending_since * MICRO),
            "summary": self._summary(name, segment, state, transition),
            "labels": state.labels,
        }
        if historic:
            fields["historic"] = True
        if transition.reason is not None:
            fields["reason"] = transition.reason
        return Alert.model_validate(fields)

    def _summary(self, name: str, segment: str, state: AlertState, transition: Transition) -> str:
        rule = self._rules.get(name)
        if rule is None:
            return f"{name}: the rule is gone"
        return rule.summary.format(
            rule=name,
            segment=segment,
            value=_Shown(transition.value),
            threshold=_Shown(transition.threshold),
            severity=rule.severity,
            starts_at=to_datetime(state.starts_at * MICRO).isoformat().replace("+00:00", "Z"),
            levels="",
            **rule.labels,
        )


def _series_of(rule: Rule, kpis: Mapping[str, Kpi]) -> str:
    """Return what tells the series that a rule compares from those of other definitions of the same names."""
    names = sorted({(leaf.value or rule.value or "").partition(".")[0] for leaf in rule.leaves()})
    known = [kpis[name] for name in names if name in kpis]
    return ",".join(f"{kpi.name}@{kpi.version}{getattr(kpi, 'hash', '')}" for kpi in known)


class _Shown:
    """A number in a summary; a null prints `no data`, whatever its format."""

    def __init__(self, number: Number | Any | None) -> None:
        self._number: Final = None if number is None else as_number(number)

    def __format__(self, spec: str) -> str:
        if self._number is None:
            return "no data"
        return format(self._number, spec or "g")

    def __repr__(self) -> str:
        return format(self, "")
