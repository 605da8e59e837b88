"""The values of KPIs of one's own: declarations made of declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from stream.engine.counters import LABEL, weighed
from stream.engine.custom.model import CustomKpi
from stream.engine.custom.series import Series, even
from stream.engine.kpis.kpi import Kpi, Value, View, divided, unrated
from stream.engine.names import OTHER
from stream.engine.publication import published
from stream.engine.quantiles import quantile
from stream.engine.units import MICRO

ROWS: Final = 50
"""Values of a group that a table shows; the rest is `other`."""
_SOURCE: Final = "vitals.yaml"

Cells = list[tuple[int, int]]


@dataclass(frozen=True)
class Configured(Kpi):
    """A KPI of the configuration: it is in no catalogue but that of its business."""

    hash: str = ""
    series: str = ""
    since: str = ""
    """The gauge that says since when it is counted."""

    def __post_init__(self) -> None:
        """Stay out of the package's catalogue."""


def custom_kpis(declared: list[CustomKpi]) -> Iterator[Kpi]:
    """Yield the KPIs that declarations make."""
    for kpi in declared:
        series = Series(kpi)
        said = _definition(kpi)
        for name in kpi.names:
            made = _made(name, kpi, series, kpi.unit_said, _formula(kpi, series, name), said)
            parts = {series.good.name: weighed(1, 0), series.main.name: weighed(0, 1)}
            yield replace(made, parts=parts) if kpi.aggregate == "ratio" else made
        if kpi.table is not None:
            yield _made(kpi.table, kpi, series, "table", _table(kpi, series), f"{said} By {kpi.group}.")


def _made(
    name: str, kpi: CustomKpi, series: Series, unit: str, formula: Callable[[View], Value], said: str
) -> Configured:
    what = f"A KPI of this business: {kpi.aggregate} of {', '.join(kpi.event)}."
    return Configured(
        name,
        unit,
        kpi.windows,
        formula,
        what,
        said,
        _SOURCE,
        version=kpi.version,
        hash=kpi.hash,
        series=kpi.series,
        since=series.since.name,
    )


def _definition(kpi: CustomKpi) -> str:
    said = ", ".join(f"{name} {_plain(value)}" for name, value in kpi.canonical().items())
    return f"Declared as {said}."


def _plain(value: Any) -> str:
    return " ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _formula(kpi: CustomKpi, series: Series, name: str) -> Callable[[View], Value]:
    """Return the formula of a declaration's value."""
    main = series.main.name

    def count(view: View) -> Value:
        return Value(view[main])

    def total(view: View) -> Value:
        reason = unrated(view.labels(series.unrated.name)) if kpi.currency else None
        return Value(Fraction(view[series.sum.name], MICRO), reason)

    def ratio(view: View) -> Value:
        return divided(view[series.good.name], view[main], "no events")

    def ranked(view: View) -> Value:
        labels = view.labels(series.cells.name)
        return _quantile([(int(cell), number) for cell, number in labels.items()], kpi.quantiles[name])

    def gauge(view: View) -> Value:
        return _combined(kpi, series, view)

    formulas = {"count": count, "distinct": count, "sum": total, "ratio": ratio, "quantile": ranked, "latest": gauge}
    return formulas[kpi.aggregate]


def _quantile(cells: Cells, q: Decimal) -> Value:
    found = quantile(cells, Fraction(q))
    return Value(None, "no events") if found is None else Value(found)


def _combined(kpi: CustomKpi, series: Series, view: View) -> Value:
    number = view.now(series.main.name)
    if not number:
        return Value(None, "no entities")
    if kpi.combine == "count":
        return Value(number)
    if kpi.combine in ("min", "max"):
        least = even(view.now(series.least.name))
        return Value(Fraction(least if kpi.combine == "min" else -least, MICRO))
    total = Fraction(view.now(series.sum.name), MICRO)
    return Value(total if kpi.combine == "sum" else total / number)


def _table(kpi: CustomKpi, series: Series) -> Callable[[View], Value]:
    """Return the formula of a declaration's table: group → what the aggregate says of it."""

    def labelled(view: View, counter: str) -> Mapping[str, int]:
        name = series.grouped[counter].name
        return view.labels_now(name) if kpi.aggregate == "latest" else view.labels(name)

    def formula(view: View) -> Value:
        numbers = labelled(view, series.main.name)
        shown = sorted(numbers, key=lambda group: (group == OTHER, -numbers[group], group))[:ROWS]
        of = {group: group if group in shown and group != OTHER else OTHER for group in numbers}
        merged = _added(numbers, of)
        parts = {name: _added(labelled(view, name), of) for name in (series.sum.name, series.good.name)}
        cells: dict[str, Cells] = {}
        for label, number in labelled(view, series.cells.name).items():
            cell, _, group = label.partition(LABEL)
            cells.setdefault(of.get(group, OTHER), []).append((int(cell), number))
        said = {
            group: _of_group(
                kpi,
                number,
                parts[series.sum.name].get(group, 0),
                parts[series.good.name].get(group, 0),
                cells.get(group, []),
            )
            for group, number in sorted(merged.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0]))
        }
        return Value(said)

    return formula


def _of_group(kpi: CustomKpi, number: int, total: int, good: int, cells: Cells) -> Any:
    if kpi.aggregate == "quantile":
        found = {name.removeprefix(f"{kpi.name}_"): quantile(cells, Fraction(q)) for name, q in kpi.quantiles.items()}
        said = {name: published(value) for name, value in found.items() if value is not None}
        return said if len(kpi.quantiles) > 1 else next(iter(said.values()), None)
    if kpi.aggregate == "ratio":
        return published(Fraction(good, number))
    if kpi.aggregate == "sum" or (kpi.aggregate == "latest" and kpi.combine == "sum"):
        return published(Fraction(total, MICRO))
    if kpi.aggregate == "latest" and kpi.combine == "mean":
        return published(Fraction(total, MICRO) / number)
    return number


def _added(numbers: Mapping[str, int], of: Mapping[str, str]) -> dict[str, int]:
    added: dict[str, int] = {}
    for group, number in numbers.items():
        name = of.get(group, OTHER)
        added[name] = added.get(name, 0) + number
    return added
