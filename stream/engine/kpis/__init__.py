"""The catalogue: one declaration a KPI, each in the file of its family, found by being there.

A KPI reads counters that trackers feed, in one window of one segment, and says a value. To add one, declare it in the
file of its family; it is then in snapshots, Redis, the schema and the docs.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from stream.engine.kpis.kpi import CATALOGUE, Kpi

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["CATALOGUE", "Kpi"]
