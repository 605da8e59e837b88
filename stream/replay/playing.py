"""The second half of a replay: a part of the keys is played through an engine, which stops at the seconds asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from zlib import crc32

from stream.engine.decoding import redecode
from stream.engine.definitions import Definitions
from stream.engine.duplicates import Index, identity
from stream.engine.intake import Counts, record_key
from stream.engine.merge import Part
from stream.engine.partition import PartitionEngine, new_tables
from stream.engine.units import MICRO
from stream.engine.waiting import Applied
from stream.replay.reading import Tell
from stream.replay.sorting import Run, ordered

BATCH: Final = 2_000
TIDIED_EVERY: Final = 150_000
"""Events after which what no event can change any more is let go of."""
NEVER: Final = 1 << 62
_TOLD_EVERY: Final = 20_000


class Stop(NamedTuple):
    """The totals that changed up to a second."""

    second: int
    totals: Sequence[tuple[Part, Mapping[str, int]]]


class Player:
    """Plays one part.

    Args:
        definitions: what the business measures.
        runs: the sorted lines of the part.
        stops: the seconds to stop at, ascending.
        segments: the segments, and dimensions, whose totals are asked for.
        counts: what grows with every event.
        tell: is told now and then how many more events were played.
    """

    def __init__(
        self,
        definitions: Definitions,
        runs: Sequence[Run],
        stops: Iterable[int],
        segments: frozenset[str],
        counts: Counts,
        tell: Tell,
    ) -> None:
        self.counts: Final = counts
        self.engine: Final = PartitionEngine(new_tables(), definitions)
        self._runs: Final = runs
        self._stops: Final = iter(stops)
        self._segments: Final = segments
        self._tell: Final = tell
        self._applied = 0
        self._next = next(self._stops, NEVER)

    def play(self) -> Iterator[Stop]:
        """Yield at every stop; events after the last one are only counted."""
        batch: list[Applied] = []
        for applied in self._accepted():
            if applied[0] >= self._next * MICRO:
                self._apply(batch)
                batch = []
                while applied[0] >= self._next * MICRO:
                    yield self._stop()
            if self._next < NEVER:
                batch.append(applied)
                if len(batch) >= BATCH:
                    self._apply(batch)
                    batch = []
        self._apply(batch)
        while self._next < NEVER:
            yield self._stop()

    def _accepted(self) -> Iterator[Applied]:
        """Yield the events that count, in order: of a duplicate, the smallest (time, bytes) comes first."""
        seen, counts = Index(), self.counts
        put = seen.put
        for number, (at, line) in enumerate(ordered(self._runs), 1):
            if not number % _TOLD_EVERY:
                self._tell(_TOLD_EVERY)
            event = redecode(line)
            key = record_key(event)
            check = crc32(line)
            known = put(identity(key, event.source, event.id), check)
            seen.grew(known is None)
            if known is not None:
                counts.duplicates += 1
                counts.conflicts += known != check
            elif event.excluded:
                counts.excluded += 1
            else:
                counts.events += 1
                yield at, key, event, b""

    def _apply(self, batch: list[Applied]) -> None:
        if not batch:
            return
        highest = self.engine.progress.highest
        for applied in batch:
            highest[applied[2].family] = applied[0]
        self.engine.panes.dating.expect(self._next)
        self.engine.apply(batch)
        self._applied += len(batch)
        if self._applied >= TIDIED_EVERY:
            self._applied = 0
            self.engine.tidy(batch[-1][0] // MICRO)

    def _stop(self) -> Stop:
        second = self._next
        self.engine.advance(second)
        wanted = self._segments
        totals = [
            ((segment, window, 0), dict(total))
            for segment, window, total in self.engine.take_totals(every_segment=True)
            if segment in wanted or segment.partition("=")[0] in wanted
        ]
        self._next = next(self._stops, NEVER)
        return Stop(second, totals)
