"""The names that KPIs of one's own take: each is one's own, and none is the catalogue's.

They are looked up in the file as it was written, entry by entry, so that an error in one hides none of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from stream.engine.custom.kpis import custom_kpis
from stream.engine.custom.model import CustomKpi
from stream.engine.kpis import CATALOGUE, Kpi
from stream.settings.yaml_lines import Document, Problem, dotted


def declared_kpis(document: Document) -> dict[str, Kpi]:
    """Return the KPIs that a file declares, by name, as far as they can be used."""
    return {kpi.name: kpi for _, declared in _entries(document) for kpi in custom_kpis([declared])}


def taken_names(document: Document) -> Iterator[Problem]:
    """Say which names of KPIs are another one's."""
    taken: dict[str, str] = {}
    for index, declared in _entries(document):
        for kpi in custom_kpis([declared]):
            path = ("kpis", index, "group" if kpi.unit == "table" else "name")
            where = "the catalogue" if kpi.name in CATALOGUE else taken.get(kpi.name)
            if where is not None and where != declared.name:
                message = f"{kpi.name} is a value of {where}; give this one another name"
                yield Problem(document.line_of(path), dotted(path), message)
            taken[kpi.name] = declared.name


def _entries(document: Document) -> Iterator[tuple[int, CustomKpi]]:
    entries: Any = document.content.get("kpis")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            yield index, CustomKpi.model_validate(entry)
        except ValidationError:
            continue
