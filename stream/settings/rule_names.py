"""The names that rules use: of values, dimensions, rules, and of what a summary can say.

They are looked up in the file as it was written, rule by rule, so that an error elsewhere hides none of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from string import Formatter
from typing import Any, Final

from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE, Kpi
from stream.engine.segments import ALWAYS
from stream.engine.slos.kpis import slo_kpis
from stream.engine.slos.rules import pair_rules
from stream.settings.custom_names import declared_kpis
from stream.settings.slo_names import declared_slos
from stream.settings.steering_names import steered, wrong_steering
from stream.settings.yaml_lines import Document, Path, Problem, dotted

SUMMARY: Final = ("rule", "segment", "value", "threshold", "severity", "starts_at", "levels")
"""What a summary can say, besides the labels of its rule."""

_SAMPLES: Final[dict[str, object]] = dict.fromkeys(SUMMARY, "text") | {"value": 0.5, "threshold": 0.5}
Found = tuple[Path, str]
"""Where something is wrong, and what."""


def wrong_names(document: Document) -> Iterator[Problem]:
    """Say which names the rules of a file get wrong."""
    rules = document.content.get("rules")
    segments = document.content.get("segments")
    if not isinstance(segments, list) or not all(isinstance(one, str) for one in segments):
        segments = Definitions().segments
    entries = [rule if isinstance(rule, dict) else {} for rule in rules] if isinstance(rules, list) else []
    names = [name for rule in entries if isinstance(name := rule.get("name"), str)]
    slos = declared_slos(document)
    kpis: dict[str, Kpi] = {**CATALOGUE, **declared_kpis(document), **{kpi.name: kpi for kpi in slo_kpis(slos)}}
    yield from wrong_steering(document, kpis, segments, wrong_value, _outside)
    kpis |= steered(document, kpis)
    names += [rule.name for rule in pair_rules(slos)]
    for index, rule in enumerate(entries):
        for path, message in _of_rule(rule, ("rules", index), segments, names, kpis):
            yield Problem(document.line_of(path), dotted(path), message)


def wrong_value(name: str, kpis: Mapping[str, Kpi]) -> str | None:
    """Say what is wrong with the name of a value that a rule compares; None for nothing."""
    kpi, _, _ = name.partition(".")
    declared = kpis.get(kpi)
    if declared is None:
        near = get_close_matches(name, [value for one in kpis.values() for value, _ in one.names()], n=1)
        return f"there is no value {name}; " + (f"did you mean {near[0]}?" if near else "see docs/kpis.md")
    if declared.unit == "table":
        return f"{name} is a table; a rule compares a number"
    known = [value for value, _ in declared.names()]
    return None if name in known else f"there is no value {name}; write one of {', '.join(known)}"


def _of_rule(
    rule: Mapping[str, Any], path: Path, segments: Sequence[str], names: Sequence[str], kpis: Mapping[str, Kpi]
) -> Iterator[Found]:
    yield from _of_condition(rule, path, segments, kpis)
    each = rule.get("each")
    if isinstance(each, str) and each not in (*segments, *ALWAYS):
        yield (*path, "each"), _no_dimension(each, segments)
    labels = rule.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    for label in labels:
        if label in SUMMARY:
            yield (*path, "labels", label), f"{label} is what a summary says of the rule; give the label another name"
    summary = rule.get("summary")
    if isinstance(summary, str):
        yield from (((*path, "summary"), message) for message in wrong_summary(summary, list(labels)))
    inhibit = rule.get("inhibit")
    inhibited = inhibit.get("rules") if isinstance(inhibit, dict) else None
    for index, name in enumerate(inhibited if isinstance(inhibited, list) else ()):
        if isinstance(name, str) and name not in names:
            yield (*path, "inhibit", "rules", index), f"there is no rule {name}{_nearest(name, names)}"


def _of_condition(
    condition: Mapping[str, Any], path: Path, segments: Sequence[str], kpis: Mapping[str, Kpi]
) -> Iterator[Found]:
    value, segment = condition.get("value"), condition.get("segment")
    if isinstance(value, str) and (message := wrong_value(value, kpis)) is not None:
        yield (*path, "value"), message
    if isinstance(segment, str) and (message := _outside(segment, segments)) is not None:
        yield (*path, "segment"), message
    for joint in ("and", "or"):
        parts = condition.get(joint)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict):
                yield from _of_condition(part, (*path, joint, index), segments, kpis)


def _outside(segment: str, segments: Sequence[str]) -> str | None:
    """Say what is wrong with a segment that is written down; None for nothing."""
    dimension, equals, _ = segment.partition("=")
    known = not equals or dimension in (*segments, *ALWAYS)
    return None if known else _no_dimension(dimension, segments)


def _no_dimension(name: str, segments: Sequence[str]) -> str:
    near = get_close_matches(name, [*segments, *ALWAYS], n=1)
    fix = f"write {near[0]}" if near else "add it there, or write one of " + ", ".join([*segments, *ALWAYS])
    return f"{name} is no dimension under `segments:`; {fix}"


def wrong_summary(summary: str, labels: Sequence[str]) -> Iterator[str]:
    """Say what is wrong with a summary: it knows names and Python's format specifications, no other expression."""
    known = [*SUMMARY, *labels]
    try:
        parts = list(Formatter().parse(summary))
    except ValueError as error:
        yield f"{error}; write {{value}} for a value, and {{{{ or }}}} for a brace"
        return
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in known:
            said = "{" + name + "}"
            yield f"{said} is nothing that a summary knows{_nearest(name, known)}"
            continue
        try:
            sample = _SAMPLES.get(name, "text")
            format(str(sample) if conversion else sample, spec or "")
        except ValueError as error:
            yield f"{{{name}:{spec}}}: {error}; correct the format"


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; write {near[0]}" if near else f"; there are {', '.join(known)}" if known else ""
