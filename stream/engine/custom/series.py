"""The counters of a KPI of one's own, and what they are kept for."""

from __future__ import annotations

from typing import Final

from stream.engine.counters import CONFIGURED, LABEL, LEAST, Counter
from stream.engine.custom.model import CustomKpi
from stream.engine.windows import H, L, R

NONE: Final = "none"
"""The group of an event that lacks the field."""


class Series:
    """The counters of one declaration: `main` counts events, values or entities, the others what their names say."""

    def __init__(self, kpi: CustomKpi) -> None:
        self.kpi: Final = kpi
        name, windows = f"{CONFIGURED}{kpi.series}", kpi.windows
        rolling: tuple[str, ...] = R if "5m" in windows else H if "1h" in windows else L
        if kpi.aggregate == "latest":
            rolling = ()
        self.main: Final = Counter(name, rolling)
        self.sum: Final = Counter(f"{name}.sum", rolling)
        self.good: Final = Counter(f"{name}.good", rolling)
        self.cells: Final = Counter(f"{name}.cells", rolling)
        self.unrated: Final = Counter(f"{name}.unrated", rolling)
        self.grouped: Final = {
            counter.name: Counter(f"{counter.name}.by", rolling)
            for counter in (self.main, self.sum, self.good, self.cells)
        }
        self.least: Final = Counter(f"{LEAST}{name}")
        self.since: Final = Counter(f"{LEAST}{name}.since")

    @property
    def flows(self) -> list[Counter]:
        """The counters that plain events feed."""
        plain = [self.main, self.sum, self.good, self.cells]
        return [*plain, self.unrated, *(self.grouped[counter.name] for counter in plain)]


def cell_label(cell: int, group: str) -> str:
    """Return the label of a histogram's cell within a group."""
    return f"{cell}{LABEL}{group}"


def odd(value: int) -> int:
    """Return a number in the order of the values that is never 0: a gauge that is 0 is not there.

    >>> odd(0), odd(-1), even(odd(-7))
    (1, -1, -7)
    """
    return 2 * value + 1


def even(value: int) -> int:
    """Return the value that `odd` was made of."""
    return (value - 1) // 2
