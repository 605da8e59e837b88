"""What the oracle found."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

_NOTES: Final = 60


@dataclass
class Findings:
    """What is wrong with a run; all of them are 0 where it is exact."""

    checkpoints: int = 0
    """Those that were checked: the only figure that is to be large."""
    lost: int = 0
    """Records of the source that the committed state does not count."""
    double: int = 0
    """Records of the source that it counts twice."""
    backwards: int = 0
    """Offsets of a marker below those of the one before."""
    wrong_rows: int = 0
    """Rows that do not say, at their checkpoint, what the records up to its offsets make."""
    holes: int = 0
    """Refused records that are in neither `dead-letters` nor `late`."""
    repeats: int = 0
    """Records there that are there twice, or do not belong there."""
    alerts: int = 0
    """Alerts missing, repeated, or others than those of `vitals replay`."""
    values: int = 0
    """Values in Redis or Kafka other than those of `vitals replay`."""
    revisions: int = 0
    """Revisions that went backwards before the readers of Redis."""
    stuck: int = 0
    """Faults that the system did not recover from in time."""
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Remember what was found, up to a number."""
        if len(self.notes) < _NOTES:
            self.notes.append(text)

    @property
    def exact(self) -> bool:
        """Whether nothing is wrong, and anything was checked."""
        wrong = [getattr(self, one.name) for one in fields(self) if one.name not in ("checkpoints", "notes")]
        return not any(wrong) and self.checkpoints > 0

    def __str__(self) -> str:
        figures = [f"{one.name.replace('_', ' ')} {getattr(self, one.name)}" for one in fields(self)[:-1]]
        return ", ".join(figures) + (": EXACT" if self.exact else ": NOT EXACT")
