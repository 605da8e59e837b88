"""The names that objectives use: of values, and of segments. They are looked up entry by entry, as for rules."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.engine.segments import ALL_NAME
from stream.engine.slos.model import Slo
from stream.settings.custom_names import declared_kpis
from stream.settings.yaml_lines import Document, Problem, dotted


def declared_slos(document: Document) -> list[Slo]:
    """Return the objectives of a file, as far as they can be used."""
    return [slo for _, slo in _entries(document)]


def slow_pairs(definitions: Definitions) -> list[str]:
    """Say which pairs fire while the budget would last: no mistake, but seldom meant."""
    return [
        f"slos: {slo.name}: the pair {pair.long}/{pair.short} fires while the budget would last; its budget is below "
        f"the share of the period that {pair.long} is"
        for slo in definitions.slos
        for pair in slo.slow_pairs
    ]


def wrong_slos(document: Document) -> Iterator[Problem]:
    """Say which names the objectives of a file get wrong."""
    kpis = {**CATALOGUE, **declared_kpis(document)}
    ratios = sorted(name for name, kpi in kpis.items() if kpi.parts is not None)
    segments = document.content.get("segments")
    dimensions = segments if isinstance(segments, list) else Definitions().segments
    for index, slo in _entries(document):
        kpi = kpis.get(slo.value)
        if kpi is None or kpi.parts is None:
            near = get_close_matches(slo.value, ratios, n=1)
            fix = f"did you mean {near[0]}?" if near else f"there are {', '.join(ratios)}"
            message = f"{slo.value} is no ratio of what is good and what is valid; {fix}"
            yield Problem(document.line_of(("slos", index, "value")), dotted(("slos", index, "value")), message)
        elif slo.of != ALL_NAME and not kpi.applies_to(slo.of, dimensions):
            path = ("slos", index, "service" if slo.service is not None else "segment")
            message = f"{slo.value} has no values for {slo.of}; it has them for {kpi.scope.value}"
            yield Problem(document.line_of(path), dotted(path), message)


def _entries(document: Document) -> Iterator[tuple[int, Slo]]:
    entries: Any = document.content.get("slos")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            yield index, Slo.model_validate(entry)
        except ValidationError:
            continue
