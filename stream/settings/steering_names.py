"""The names that targets and trends use, and whether a target makes sense of its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from stream.engine.definitions import Definitions
from stream.engine.kpis import Kpi
from stream.engine.steering.flows import is_flow
from stream.engine.steering.kpis import steered_kpis
from stream.engine.steering.model import Target, Trend
from stream.settings.yaml_lines import Document, Problem, dotted

_TO_DATE = {"day": "today", "week": "week", "month": "month"}

Wrong = Callable[[str, Mapping[str, Kpi]], str | None]
"""(Name of a value, KPIs) → what is wrong with it."""
Outside = Callable[[str, Sequence[str]], str | None]
"""(Segment, dimensions) → what is wrong with it."""


def steered(document: Document, kpis: Mapping[str, Kpi]) -> dict[str, Kpi]:
    """Return the KPIs that targets and trends make, as far as they can be used."""
    targets = [target for _, target in _entries(document, "targets", Target)]
    trends = [trend for _, trend in _entries(document, "trends", Trend)]
    definitions = Definitions.model_construct(targets=targets, trends=trends)
    return {kpi.name: kpi for kpi in steered_kpis(definitions, kpis)}


def wrong_steering(
    document: Document, kpis: Mapping[str, Kpi], segments: Sequence[str], wrong: Wrong, outside: Outside
) -> Iterator[Problem]:
    """Say what is wrong with the values and segments of targets and trends."""
    models: tuple[tuple[str, Any], ...] = (("targets", Target), ("trends", Trend))
    for section, model in models:
        for index, one in _entries(document, section, model):
            for key, message in (("value", wrong(one.value, kpis)), ("segment", outside(one.segment, segments))):
                if message is not None:
                    yield Problem(document.line_of((section, index, key)), dotted((section, index, key)), message)
            if isinstance(one, Target) and wrong(one.value, kpis) is None:
                message = _wrong_flow(one, document, kpis)
                if message is not None:
                    path = ("targets", index, "value")
                    yield Problem(document.line_of(path), dotted(path), message)


def _wrong_flow(target: Target, document: Document, kpis: Mapping[str, Kpi]) -> str | None:
    name, _, window = target.value.partition(".")
    aggregates = {
        entry.get("name"): entry.get("aggregate")
        for entry in document.content.get("kpis") or ()
        if isinstance(entry, dict)
    }
    if not is_flow(kpis[name], aggregates.get(name)):
        return None
    needed = _TO_DATE.get(str(target.by))
    if needed is None:
        return f"{name} adds up from the beginning of a day, week or month; write by: day, week or month"
    if window == needed:
        return None
    return f"{target.value} does not begin with the {target.by}; write {name}.{needed}"


def _entries(document: Document, section: str, model: type[BaseModel]) -> Iterator[tuple[int, Any]]:
    entries: Any = document.content.get(section)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            yield index, model.model_validate(entry)
        except ValidationError:
            continue
