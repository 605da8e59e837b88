"""Dead letters of a partition: how many, for which reason, and whether they are too many among the latest records."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Final

from msgspec import Struct

from schemas.errors import Reason
from stream.engine.intake import Refused
from stream.engine.tables import declare

RECENT: Final = 1_000
"""Records of a topic whose outcome is remembered."""
_STATE: Final = "state"
_RECENT_BITS: Final = (1 << RECENT) - 1


class Letters(Struct):
    """What is remembered of dead letters.

    `reasons` counts them since the state began; `recent` has a bit for each of the latest records of a topic, in hex,
    the newest last; `stopped` is the topic with too many, if reading has stopped; `resumes_at` is the offset from which
    on the topic `control` may say that it goes on, -1 while that is not known.
    """

    reasons: dict[str, int] = {}
    recent: dict[str, str] = {}
    stopped: str = ""
    resumes_at: int = -1


TABLE: Final = declare("dead_letters", str, Letters)


class DeadLetters:
    """Counts dead letters, and says when they are too many: a bad deploy must not empty a topic into them.

    Args:
        rows: what is remembered.
        limit: the share of dead letters among the latest records of a topic above which reading stops.
    """

    def __init__(self, rows: MutableMapping[str, Letters], limit: float = 1.0) -> None:
        self._rows: Final = rows
        self._most: Final = limit * RECENT
        self._known: Final = rows.get(_STATE) or Letters()
        self._recent: Final = {topic: int(bits, 16) for topic, bits in self._known.recent.items()}
        self._changed = False

    @property
    def reasons(self) -> dict[str, int]:
        """How many there were since the state began, by reason."""
        return self._known.reasons

    @property
    def stopped(self) -> str:
        """The topic with too many of them; empty while reading goes on."""
        return self._known.stopped

    @property
    def resumes_at(self) -> int:
        """The offset from which on somebody may have said that reading goes on; -1 while that is not known."""
        return self._known.resumes_at

    def take(self, topic: str, number: int, refused: Sequence[Refused]) -> None:
        """Take in what became of so many records of a topic."""
        before = self._recent.get(topic, 0)
        if not refused and not before:
            return
        bits, reasons = 0, self._known.reasons
        for place, reason, _ in refused:
            if reason is not Reason.TOO_LATE:
                reasons[reason] = reasons.get(reason, 0) + 1
                if number - place <= RECENT:
                    bits |= 1 << (number - 1 - place)
        self._recent[topic] = recent = ((before << number) | bits) & _RECENT_BITS if number < RECENT else bits
        self._changed = True
        if recent.bit_count() > self._most and not self._known.stopped:
            self._known.stopped = topic

    def share(self, topic: str) -> float:
        """Return the share of dead letters among the latest records of a topic."""
        return self._recent.get(topic, 0).bit_count() / RECENT

    def await_resume(self, offset: int) -> None:
        """Note from which offset on it may be said that reading goes on."""
        self._known.resumes_at, self._changed = offset, True

    def resume(self) -> None:
        """Go on: what was before is forgiven."""
        self._known.stopped, self._known.resumes_at, self._changed = "", -1, True
        self._recent.clear()

    def save(self) -> None:
        """Write what changed."""
        if self._changed:
            self._known.recent = {topic: f"{bits:x}" for topic, bits in self._recent.items() if bits}
            self._rows[_STATE] = self._known
            self._changed = False
