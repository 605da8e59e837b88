"""The values of objectives: how fast the budget burns, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from stream.engine.custom.kpis import Configured
from stream.engine.kpis.kpi import Kpi, Scope, Value, View
from stream.engine.slos.counters import good_key, valid_key
from stream.engine.slos.model import CALENDAR, PERIODS, Slo

_SOURCE: Final = "https://sre.google/workbook/alerting-on-slos/"
_NONE: Final = "no valid events"
_FEW: Final = "too little data"


class _Budget:
    """What one window, or the period, says of an objective; exact."""

    def __init__(self, slo: Slo, view: View, window: str) -> None:
        self.valid: Final = view.within(window, valid_key(slo.name))
        self.bad: Final = self.valid - view.within(window, good_key(slo.name))
        self.lacking: Final = _NONE if not self.valid else _FEW if self.valid < slo.min_valid else None
        self.allowed: Final = slo.allowed * self.valid
        """How much may be bad."""

    def value(self, of: Callable[[_Budget], Fraction | int]) -> Value:
        return Value(of(self)) if self.lacking is None else Value(None, self.lacking)


def slo_kpis(slos: Sequence[Slo]) -> Iterator[Kpi]:
    """Yield the KPIs that objectives make."""
    for slo in slos:
        yield from _of(slo)


def _of(slo: Slo) -> Iterator[Kpi]:
    said = f"{slo.objective} of {slo.value} in {slo.of} over {slo.period}"
    null = f"Null: {_NONE}, {_FEW}."

    def made(
        part: str, unit: str, formula: Callable[[View], Value], what: str, definition: str, *, cut: bool = False
    ) -> Kpi:
        windows = slo.windows if part in ("error_rate", "burn_rate") else ()
        return Configured(
            f"slo_{slo.name}_{part}",
            unit,
            windows,
            formula,
            what,
            f"{definition} The objective: {said}.",
            _SOURCE,
            scope=Scope.NONE,
            cut=cut,
            version=slo.version,
            hash=slo.hash,
        )

    def in_period(of: Callable[[_Budget], Fraction | int]) -> Callable[[View], Value]:
        return lambda view: _Budget(slo, view, slo.period).value(of)

    yield made(
        "error_rate",
        "fraction",
        lambda view: _Budget(slo, view, view.window).value(lambda one: Fraction(one.bad, one.valid)),
        "How much is bad.",
        f"bad ÷ valid. {null}",
    )
    yield made(
        "burn_rate",
        "ratio",
        lambda view: _Budget(slo, view, view.window).value(lambda one: one.bad / one.allowed),
        "How many times as fast as it may the budget is used up.",
        f"Error rate ÷ (1 − objective). {null}",
    )
    yield made(
        "budget_left",
        "fraction",
        in_period(lambda one: 1 - one.bad / one.allowed),
        "How much of the budget is left; negative when overspent.",
        f"1 − bad ÷ ((1 − objective) · valid) over the period; cut. {null}",
        cut=True,
    )
    if slo.value == "availability":
        yield made(
            "budget_left_time",
            "seconds",
            lambda view: _time_left(_Budget(slo, view, slo.period)),
            "How long the service may still be down.",
            f"(1 − objective) · valid − bad over the period. Null: {_FEW}.",
        )
    yield made(
        "exhausts_in",
        "seconds",
        lambda view: _exhausts(slo, view),
        "When the budget is gone if it goes on like in the last hour.",
        "Budget left ÷ burn rate of 1h × the period, 0 when overspent. "
        f"Null: not burning, calendar period, {_NONE}, {_FEW}.",
    )
    yield made(
        "met",
        "0 or 1",
        in_period(lambda one: int(one.bad <= one.allowed)),
        "Whether the objective is met.",
        f"1 where good ≥ objective · valid over the period, else 0. {null}",
    )


def _time_left(period: _Budget) -> Value:
    if period.lacking is not None:
        return Value(None, _FEW)
    return Value((period.allowed - period.bad) / 1_000)


def _exhausts(slo: Slo, view: View) -> Value:
    if slo.period in CALENDAR:
        return Value(None, "calendar period")
    period, hour = _Budget(slo, view, slo.period), _Budget(slo, view, "1h")
    if period.lacking is not None:
        return Value(None, period.lacking)
    left = 1 - period.bad / period.allowed
    if left < 0:
        return Value(Fraction(0))
    if hour.lacking is not None:
        return Value(None, hour.lacking)
    if not hour.bad:
        return Value(None, "not burning")
    return Value(left / (hour.bad / hour.allowed) * PERIODS[slo.period])
