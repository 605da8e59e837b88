"""The KPIs of a business: those of the catalogue, and those that its configuration declares."""

from __future__ import annotations

from stream.engine.counters import Parts
from stream.engine.custom.kpis import custom_kpis
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE, Kpi
from stream.engine.slos.kpis import slo_kpis
from stream.engine.slos.model import Slo
from stream.engine.steering.kpis import steered_kpis


def catalogue_of(definitions: Definitions) -> dict[str, Kpi]:
    """Return every KPI that has values under these definitions, by name."""
    own = (*custom_kpis(definitions.kpis), *slo_kpis(definitions.slos))
    found = {**CATALOGUE, **{kpi.name: kpi for kpi in own}}
    return {**found, **{kpi.name: kpi for kpi in steered_kpis(definitions, found)}}


def sources_of(definitions: Definitions) -> list[tuple[Slo, Parts]]:
    """Return the objectives, each with what its ratio is made of.

    Raises:
        ValueError: if a value is not a ratio of what is good and what is valid.
    """
    known, found = catalogue_of(definitions), []
    for slo in definitions.slos:
        kpi = known.get(slo.value)
        if kpi is None or kpi.parts is None:
            raise ValueError(f"slos: {slo.name}: {slo.value} is no ratio of what is good and what is valid")
        found.append((slo, kpi.parts))
    return found
