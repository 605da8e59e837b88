"""The KPIs of a business: those of the catalogue, and those that its configuration declares."""

from __future__ import annotations

from stream.engine.custom.kpis import custom_kpis
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE, Kpi
from stream.engine.steering.kpis import steered_kpis


def catalogue_of(definitions: Definitions) -> dict[str, Kpi]:
    """Return every KPI that has values under these definitions, by name."""
    found = {**CATALOGUE, **{kpi.name: kpi for kpi in custom_kpis(definitions.kpis)}}
    return {**found, **{kpi.name: kpi for kpi in steered_kpis(definitions, found)}}
