"""The second half of a replay: a part of the keys is played through an engine, which stops at the seconds asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
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
from stream.replay.sorting import Run, Timed, ordered

BATCH: Final = 2_000
TIDIED_EVERY: Final = 150_000
"""Events after which what no event can change any more is let go of."""
NEVER: Final = 1 << 62
_TOLD_EVERY: Final = 20_000
_time: Final = itemgetter(0)


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
        self._seen: Final = Index()
        self._applied = 0
        self._next = next(self._stops, NEVER)

    def play(self) -> Iterator[Stop]:
        """Yield at every stop; events after the last one are only counted."""
        rows, told = ordered(self._runs), 0
        while read := list(islice(rows, BATCH)):
            accepted = self._accepted(read)
            while accepted and accepted[-1][0] >= self._next * MICRO:
                place = bisect_left(accepted, self._next * MICRO, key=_time)
                self._apply(accepted[:place])
                accepted = accepted[place:]
                yield self._stop()
            if self._next < NEVER:
                self._apply(accepted)
            told += len(read)
            if told >= _TOLD_EVERY:
                self._tell(told)
                told = 0
        self._tell(told)
        while self._next < NEVER:
            yield self._stop()

    def _accepted(self, read: Sequence[Timed]) -> list[Applied]:
        """Return the events that count, in order: of a duplicate, the smallest (time, bytes) comes first."""
        accepted: list[Applied] = []
        put = self._seen.put
        repeated = conflicting = excluded = 0
        for at, line in read:
            event = redecode(line)
            key = record_key(event)
            check = crc32(line)
            known = put(identity(key, event.source, event.id), check)
            if known is not None:
                repeated += 1
                conflicting += known != check
            elif event.excluded:
                excluded += 1
            else:
                accepted.append((at, key, event, b""))
        self._seen.grew(len(read) - repeated)
        self.counts.duplicates += repeated
        self.counts.conflicts += conflicting
        self.counts.excluded += excluded
        self.counts.events += len(accepted)
        return accepted

    def _apply(self, batch: Sequence[Applied]) -> None:
        if not batch:
            return
        self.engine.progress.highest.update({event.family: at for at, _, event, _ in batch})
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
