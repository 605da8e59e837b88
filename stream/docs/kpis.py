"""The page of all KPIs: what each says, in which windows, how it is computed, with an example, and who says so."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from stream.engine import kpis as families
from stream.engine.kpis import Kpi

_INTRODUCTION = """\
# KPIs

Every KPI of a snapshot, from its declaration in `stream/engine/kpis/`; `make docs` writes this page.
A value's name is its KPI and window, `active_users.5m`, or the KPI alone where there is no window: it says what holds now.
Money is in the reporting currency, durations in seconds, rates are fractions; a value without a denominator is null, with its reason.
"""  # noqa: E501 - one sentence a line


def kpis_page() -> str:
    """Return the page, in Markdown: a section for each module that declares KPIs, headed as its docstring begins."""
    modules = (import_module(f"{families.__name__}.{found.name}") for found in iter_modules(families.__path__))
    return _INTRODUCTION + "".join(map(_section, modules))


def _section(module: ModuleType) -> str:
    declared = [each for each in vars(module).values() if isinstance(each, Kpi)]
    title = (module.__doc__ or "").partition("(")[0].partition("\n")[0].strip(" .")
    return f"\n## {title}\n{''.join(map(_entry, declared))}" if declared else ""


def _entry(kpi: Kpi) -> str:
    windows = " ".join(f"`{window}`" for window in kpi.windows) or "now"
    lines = [
        kpi.description,
        "",
        f"- Unit: {kpi.unit}. Windows: {windows}. Segments: {kpi.scope.value}.",
        f"- {kpi.definition} Source: {kpi.source if ' ' in kpi.source else f'<{kpi.source}>'}",
    ]
    if kpi.example:
        lines.append(f"- Example: {kpi.example}")
    return f"\n### `{kpi.name}`\n\n" + "\n".join(lines) + "\n"
