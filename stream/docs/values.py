"""The page of all values: what each is, in which windows, how it is computed, and who says so."""

from __future__ import annotations

from stream.engine.kpis import CATALOGUE, Kpi

_INTRODUCTION = """\
# Values

Every value of a snapshot, from its declaration in `stream/engine/kpis/`; `make docs` writes this page.
A value's name is its KPI and window, `active_users.5m`, or the KPI alone where there is no window: it says what holds now.
Money is in the reporting currency, durations in seconds, rates are fractions; a value without a denominator is null, with its reason.

| KPI | unit | windows | segments | what it says | how |
| --- | --- | --- | --- | --- | --- |
"""  # noqa: E501 - one sentence a line


def values_page() -> str:
    """Return the page, in Markdown."""
    return _INTRODUCTION + "".join(map(_row, CATALOGUE.values()))


def _row(kpi: Kpi) -> str:
    windows = " ".join(f"`{window}`" for window in kpi.windows) or "now"
    cells = (
        f"`{kpi.name}`",
        kpi.unit,
        windows,
        kpi.scope.value,
        kpi.description,
        f"{kpi.definition} [source]({kpi.source})",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
