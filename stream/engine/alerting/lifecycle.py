"""The life of an alert: inactive, pending, firing, resolved (catalogue part 4, section 3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from schemas.times import to_datetime
from stream.engine.alerting.conditions import Number, Threshold, Verdict
from stream.engine.alerting.rules import Rule
from stream.engine.units import MICRO


class AlertState(Struct):
    """What is remembered of one rule in one segment; instants in seconds."""

    definition: str
    state: str = "inactive"
    pending_since: int = 0
    starts_at: int = 0
    last_true: int = 0
    last_valued: int = 0
    trues: int = 0
    falses: int = 0
    threshold: str | None = None
    fingerprint: str = ""
    severity: str = "ticket"
    labels: dict[str, str] = {}
    value_name: str = ""
    """What the firing alert said of itself: it resolves under the same identity, whatever its rule is by then."""
    announced: bool = False
    """Whether the firing alert was announced to those who are told at once; a historic one is not, at first."""
    values: str = ""
    """The definitions of the values that the rule compares, as they were when it began to hold."""


class Transition(NamedTuple):
    """A change that readers are told of."""

    status: str
    at: int
    value: Number | None
    threshold: Threshold | None
    reason: str | None = None


def step(state: AlertState, rule: Rule, at: int, verdict: Verdict, no_data_resolve: int) -> Transition | None:
    """Judge one instant (seconds); return what readers are told, if anything. The state is changed in place."""
    holds = verdict.holds
    if holds is None:
        if rule.no_data == "keep":
            return _without_value(state, at, no_data_resolve)
        holds = rule.no_data == "alert"
    else:
        state.last_valued = at
    if state.state == "firing":
        return _firing(state, rule, at, verdict, holds=holds)
    return _waiting(state, rule, at, verdict, holds=holds)


def _waiting(state: AlertState, rule: Rule, at: int, verdict: Verdict, *, holds: bool) -> Transition | None:
    if not holds:
        state.state, state.trues = "inactive", 0
        return None
    if state.state == "inactive":
        state.state, state.pending_since, state.trues = "pending", at, 0
    state.trues += 1
    if at < state.pending_since + rule.for_ or state.trues < rule.failure_count:
        return None
    state.state, state.starts_at, state.last_true, state.falses = "firing", at, at, 0
    state.threshold = None if verdict.threshold is None else str(verdict.threshold)
    state.announced = False
    if verdict.value is None:
        state.last_valued = at
    return Transition("firing", at, verdict.value, verdict.threshold)


def _firing(state: AlertState, rule: Rule, at: int, verdict: Verdict, *, holds: bool) -> Transition | None:
    if holds:
        state.last_true, state.falses = at, 0
        return None
    state.falses += 1
    if state.falses < rule.success_count or at < state.last_true + rule.keep_firing_for:
        return None
    return resolve(state, at, verdict.value)


def _without_value(state: AlertState, at: int, no_data_resolve: int) -> Transition | None:
    if state.state == "firing" and at >= state.last_valued + no_data_resolve:
        return resolve(state, at, None, "no data")
    return None


def resolve(state: AlertState, at: int, value: Number | None, reason: str | None = None) -> Transition:
    """End a firing alert."""
    threshold = None if state.threshold is None else Fraction(state.threshold)
    state.state, state.trues, state.falses = "inactive", 0, 0
    return Transition("resolved", at, value, threshold, reason)


def fingerprint(rule: str, segment: str, labels: Mapping[str, str], starts_at: int) -> str:
    """Return the identity of an alert, the same for `firing` and `resolved`.

    The first 16 bytes, in hex, of SHA-256 over the canonical JSON of `[rule, segment, labels, starts_at]`.

    >>> fingerprint("churn_spike", "all", {}, 1_795_341_600)
    'b2e202b896b2b80693b74b1d9c8a8607'
    """
    started = to_datetime(starts_at * MICRO).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    canonical = json.dumps(
        [rule, segment, dict(labels), started], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).digest()[:16].hex()


def definition_of(rule: Rule) -> str:
    """Return a hash of what a rule judges by."""
    canonical = json.dumps(rule.definition(), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def as_number(value: Number) -> float:
    """Return a value for formatting."""
    return float(Fraction(value))
