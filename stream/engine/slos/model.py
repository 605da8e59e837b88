"""What an objective is declared as, under `slos:` of `vitals.yaml`."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from stream.engine.alerting.rules import SegmentName, Telling
from stream.engine.durations import format_duration, parse_duration
from stream.engine.sections import Exact, Section, SnakeCase
from stream.engine.segments import ALL_NAME

DAY: Final = 86_400
PERIODS: Final = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "week": 7 * DAY, "month": 30 * DAY}
"""Seconds of a period, as pairs reckon them."""
CALENDAR: Final = ("week", "month")
ALWAYS: Final = (300, 1_800, 3_600, 7_200, 21_600, DAY, 3 * DAY, 30 * DAY)
"""Windows (seconds) that every objective has values for."""
_NAMES: Final = {DAY: "24h", 7 * DAY: "7d"}
_SHORTEST: Final = 60


def window_name(seconds: int) -> str:
    """Return the name of a window in the names of values.

    >>> window_name(86_400), window_name(604_800), window_name(259_200), window_name(1_800)
    ('24h', '7d', '3d', '30m')
    """
    return _NAMES.get(seconds) or format_duration(seconds)


def _window(text: str) -> str:
    if parse_duration(text) < _SHORTEST:
        raise ValueError("is shorter than a minute; write a window like 5m or 1h")
    return text


WindowText = Annotated[str, AfterValidator(_window)]


class Pair(Telling):
    """A long and a short window that both burn too fast: a rule of its own."""

    budget: Exact = Field(description="share of the budget that is gone when the long window has burned at the limit")
    long: WindowText = Field(description="the window that shows that it matters, like 1h; at most the period")
    short: WindowText = Field(description="the window that shows that it goes on, like 5m")
    summary: str = Field(
        "{rule}: {value:.3g} times as fast as the budget lasts, in {segment}",
        description="one sentence for people, as of a rule",
    )

    @model_validator(mode="after")
    def _possible(self) -> Pair:
        if self.budget <= 0:
            raise ValueError("budget: must be above 0, like 0.02")
        if self.short_seconds >= self.long_seconds:
            raise ValueError("short: must be shorter than long")
        return self

    @property
    def long_seconds(self) -> int:
        """Seconds of the long window."""
        return parse_duration(self.long)

    @property
    def short_seconds(self) -> int:
        """Seconds of the short window."""
        return parse_duration(self.short)

    def factor(self, period: str) -> Fraction:
        """Return the burn rate that the pair is about."""
        return Fraction(self.budget) * PERIODS[period] / self.long_seconds


def _pair(budget: str, long: str, short: str, severity: Literal["page", "ticket"]) -> Pair:
    return Pair.model_validate({"budget": Decimal(budget), "long": long, "short": short, "severity": severity})


DEFAULT_PAIRS: Final = (
    _pair("0.02", "1h", "5m", "page"),
    _pair("0.05", "6h", "30m", "page"),
    _pair("0.10", "1d", "2h", "ticket"),
    _pair("0.10", "3d", "6h", "ticket"),
)


class Slo(Section):
    """An objective: how much of a ratio must be good over a period."""

    name: SnakeCase = Field(description="identity of the objective, unique: the values are `slo_NAME_…`")
    version: int = Field(1, ge=1, description="raised when the definition changes")
    value: str = Field(description="a ratio with good and valid counts, like availability; without a window")
    service: str | None = Field(None, min_length=1, description="of this service; default: `all`")
    segment: SegmentName | None = Field(None, description="of this segment, like plan=pro; instead of `service`")
    objective: Exact = Field(description="the share that must be good, like 0.999")
    period: Literal["24h", "7d", "30d", "week", "month"] = Field(
        "30d", description="what the budget is for; week and month are of the calendar, to date"
    )
    min_valid: int = Field(1, ge=1, description="a window with less than this that is valid says nothing")
    pairs: list[Pair] | None = Field(
        None,
        description="the alerts; default: 2 % of the budget in 1h (and 5m), 5 % in 6h (30m), 10 % in 1d (2h), "
        "10 % in 3d (6h), as far as these are faster than the budget lasts; `[]`: none",
    )

    @model_validator(mode="after")
    def _complete(self) -> Slo:
        if not 0 < self.objective < 1:
            raise ValueError("objective: must be above 0 and below 1, like 0.999")
        if self.service is not None and self.segment is not None:
            raise ValueError("segment: together with service; leave one of them out")
        names: set[tuple[int, int]] = set()
        for pair in self.used_pairs:
            self._check(pair)
            windows = pair.long_seconds, pair.short_seconds
            if windows in names:
                raise ValueError(f"pairs: {pair.long} and {pair.short} stand there twice; windows are unique")
            names.add(windows)
        return self

    def _check(self, pair: Pair) -> None:
        if pair.long_seconds > PERIODS[self.period]:
            raise ValueError(f"pairs: long {pair.long} is longer than the period {self.period}; shorten it")
        factor = pair.factor(self.period)
        if factor * self.allowed >= 1:
            most = Fraction(pair.long_seconds, PERIODS[self.period]) / self.allowed
            own = "" if self.pairs is not None else "; that pair is a default one, so write `pairs`"
            raise ValueError(
                f"pairs: {pair.long}/{pair.short} can never fire: a burn rate is at most {_shown(1 / self.allowed)}, "
                f"and its factor is {_shown(factor)}; the budget must be below {_shown(most)}{own}"
            )

    @property
    def allowed(self) -> Fraction:
        """The share that may be bad."""
        return 1 - Fraction(self.objective)

    @property
    def of(self) -> str:
        """The segment that it is about."""
        return f"service={self.service}" if self.service is not None else self.segment or ALL_NAME

    @property
    def hash(self) -> str:
        """What its values depend on: a change of it needs a new version. Pairs are rules, not part of it."""
        content = [self.value, self.of, str(self.allowed), self.period, self.min_valid]
        return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def used_pairs(self) -> list[Pair]:
        """The pairs: the written ones, else the default ones that are faster than the budget lasts."""
        if self.pairs is not None:
            return self.pairs
        return [pair for pair in DEFAULT_PAIRS if pair.factor(self.period) >= 1]

    @property
    def slow_pairs(self) -> list[Pair]:
        """The written pairs that fire while the budget would last."""
        return [pair for pair in self.pairs or [] if pair.factor(self.period) < 1]

    @property
    def rolling(self) -> list[int]:
        """The sizes of its rolling windows, in seconds."""
        named = [size for pair in self.used_pairs for size in (pair.long_seconds, pair.short_seconds)]
        own = [] if self.period in CALENDAR else [PERIODS[self.period]]
        return sorted({*ALWAYS, *own, *named})

    @property
    def windows(self) -> tuple[str, ...]:
        """The names of its windows."""
        calendar = [self.period] if self.period in CALENDAR else []
        return (*map(window_name, self.rolling), *calendar)


def _shown(number: Fraction) -> str:
    return f"{float(number):.6g}"
