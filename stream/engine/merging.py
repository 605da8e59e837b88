"""The merge of partitions in time: which instants all of them have reached, and what was true there.

```
partition 0   ── 100 ── 101 ────────── 103        ticks; the rows before a tick are the totals that changed by it
partition 1   ── 100 ────────── 102 ── 103
published        100                   103        instants that every partition has a tick of
```
Rows that follow the last published instant wait, so that rules can be judged at every instant of the grid in order, on
the values as they were there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from stream.engine.alerting.judge import Judge, Judged, StateKey
from stream.engine.alerting.lifecycle import AlertState
from stream.engine.definitions import Definitions
from stream.engine.intake import Counts
from stream.engine.ledger import contradictions
from stream.engine.merge import Calculator, MergedTotals, Part
from stream.engine.partition import Tick
from stream.engine.segments import ALL_NAME
from stream.engine.snapshots import snapshot
from stream.engine.steering.kept import Kept, Rows
from stream.engine.tables import Table

ALERT_STATES: Final = Table("alert_states", StateKey, AlertState)
_TICKS_KEPT: Final = 20
"""Ticks of one partition that wait for the others; older ones are folded, those of the grid apart."""


class Published(Struct):
    """What was published: `origin` (ms) is when the state began, so that a new beginning outdoes an old revision.

    `as_of` is the second of the newest publication, `reached` the newest that all partitions had reached, `judged` the
    newest at which the rules were judged.
    """

    origin: int
    revision: int = 0
    as_of: int = 0
    reached: int = 0
    judged: int = 0


PUBLISHED: Final = Table("published", str, Published)


class Publication(NamedTuple):
    """What readers get at once: snapshots by segment, and the alerts of the instants that were judged on the way."""

    as_of: int
    complete: bool
    snapshots: dict[str, dict[str, Any]]
    segments: list[str] | None
    """All the segments that there are, if this publication is of all of them."""
    alerts: list[Judged]
    since: Mapping[str, int] = {}
    """KPIs that do not count every event, and the second from which they count."""
    contradictions: Sequence[str] = ()
    """What the totals say against themselves: always nothing, or a number is wrong."""


class _Waiting:
    """What one partition wrote after the last published instant."""

    def __init__(self) -> None:
        self.parts: dict[Part, Mapping[str, int]] = {}
        self.ticks: dict[int, tuple[Tick, dict[Part, Mapping[str, int]], int]] = {}
        self.tick: Tick | None = None
        self.offset = 0

    def newest(self) -> Tick | None:
        """Return the newest tick; None if there is none."""
        if self.ticks:
            return self.ticks[max(self.ticks)][0]
        return self.tick


class Merging:
    """The state of the merge.

    Args:
        definitions: what the business measures.
        partitions: how many there are.
        published: what was published; changed in place.
        states: what is remembered of the rules.
        kept: what values were, for trends.
        starts: what they were as the periods of targets began.
    """

    def __init__(
        self,
        definitions: Definitions,
        partitions: int,
        published: Published,
        states: MutableMapping[StateKey, AlertState],
        kept: Rows | None = None,
        starts: Rows | None = None,
    ) -> None:
        self._definitions: Final = definitions
        self._totals = MergedTotals()
        self._calculator: Final = Calculator(
            definitions, Kept({} if kept is None else kept), Kept({} if starts is None else starts)
        )
        self._judge: Final = Judge(definitions, states)
        self._waiting: Final = {number: _Waiting() for number in range(partitions)}
        self.published: Final = published
        self.left_out: set[int] = set()
        """Partitions that have stood still for so long that the others do not wait for them any more."""

    def put_total(self, partition: int, part: Part, total: Mapping[str, int]) -> None:
        """Take a total that a partition wrote; it counts from the tick that follows it."""
        self._waiting[partition].parts[part] = total

    def put_tick(self, partition: int, tick: Tick, offset: int) -> None:
        """Take a tick; `offset` is that of the record after it."""
        waiting = self._waiting[partition]
        there = waiting.ticks.get(tick.as_of)
        parts = waiting.parts if there is None else {**there[1], **waiting.parts}
        segments = tick.segments or (there is not None and there[0].segments)
        waiting.ticks[tick.as_of] = (tick._replace(segments=segments), parts, offset)
        waiting.parts = {}
        if len(waiting.ticks) > _TICKS_KEPT:
            self._fold(waiting)

    def restored(
        self, partition: int, parts: Iterable[tuple[Part, Mapping[str, int]]], tick: Tick | None, offset: int
    ) -> None:
        """Take what a partition had written up to the last published instant."""
        self._totals.put(partition, parts)
        self._waiting[partition].tick = tick
        self._waiting[partition].offset = offset

    def offsets(self) -> dict[int, int]:
        """Return, for each partition, the offset after the last tick that was published."""
        return {number: waiting.offset for number, waiting in self._waiting.items()}

    def publish(self, now: int | None = None) -> Publication | None:
        """Publish the newest instant that all partitions have reached, judging the rules on the way; None for none.

        Args:
            now: the wall clock in seconds, for alerts about old time; None where nothing is old.
        """
        instants = self._common()
        if not instants:
            return None
        self.published.reached = instants[-1]
        alerts: list[Judged] = []
        every_segment = False
        for instant in instants:
            every_segment = self._apply(instant) or every_segment
            on_grid = instant % self._definitions.alerting.interval == 0
            if on_grid and instant > self.published.judged and self._has_begun():
                alerts += self._judge_at(instant, now)
        if instants[-1] < self.published.as_of:  # something newer, though incomplete, is out already
            return Publication(instants[-1], self._whole, {}, None, alerts)
        return self._publication(instants[-1], self._totals, alerts, complete=self._whole, every_segment=every_segment)

    def again(self) -> Publication | None:
        """Publish what was published last once more: whoever holds it may have lost it. None if that was incomplete."""
        if not self.published.reached or self.published.reached < self.published.as_of:
            return None
        every_segment = all(waiting.tick and waiting.tick.segments for waiting in self._waiting.values())
        return self._publication(
            self.published.reached, self._totals, [], complete=self._whole, every_segment=every_segment
        )

    def publish_incomplete(self) -> Publication | None:
        """Publish what there is, where some partition stands still; nothing is judged, what waits goes on waiting."""
        reached = [
            max(waiting.ticks, default=0) or (waiting.tick.as_of if waiting.tick else 0)
            for waiting in self._waiting.values()
        ]
        newest = max(reached)
        if newest <= self.published.as_of:
            return None
        totals = self._totals.copy()
        for number, waiting in self._waiting.items():
            for _, (_, parts, _) in sorted(waiting.ticks.items()):
                totals.put(number, parts.items())
        return self._publication(newest, totals, [], complete=False, every_segment=False)

    def counts(self) -> Counts:
        """Return the totals of all partitions since the state began."""
        total = Counts()
        for newest in self.newest().values():
            if newest is not None:
                for field in Counts.__struct_fields__:
                    setattr(total, field, getattr(total, field) + getattr(newest.counts, field))
        return total

    def newest(self) -> dict[int, Tick | None]:
        """Return the newest tick of each partition; None for one that has none."""
        return {number: waiting.newest() for number, waiting in self._waiting.items()}

    @property
    def _whole(self) -> bool:
        """Whether no partition is left out, nor has stopped to read."""
        return not self.left_out and not any(tick.stopped for tick in self.newest().values() if tick is not None)

    def _common(self) -> list[int]:
        """Return the instants after the last published one that every partition has a tick of, in order."""
        common: set[int] | None = None
        changed = False
        for number, waiting in self._waiting.items():
            if number in self.left_out:
                continue
            instants = set(waiting.ticks)
            changed = changed or bool(instants)
            if waiting.tick is not None:
                instants.add(waiting.tick.as_of)
            common = instants if common is None else common & instants
        if not changed or not common:
            return []
        # an instant that was published before is published again where late events changed it
        return sorted(instant for instant in common if instant >= self.published.reached and self._is_new(instant))

    def _is_new(self, instant: int) -> bool:
        return any(instant in waiting.ticks for waiting in self._waiting.values())

    def _apply(self, instant: int) -> bool:
        """Let the totals be those of an instant; say whether the ones of all segments are."""
        every_segment = True
        for number, waiting in self._waiting.items():
            for reached in sorted(waiting.ticks):
                if reached > instant:
                    break
                tick, parts, offset = waiting.ticks.pop(reached)
                self._totals.put(number, parts.items())
                waiting.tick, waiting.offset = tick, offset
            every_segment = every_segment and waiting.tick is not None and waiting.tick.segments
        return every_segment

    def _has_begun(self) -> bool:
        """Say whether there was any event: before the first one nothing is below a threshold, nor missing."""
        return self.published.judged > 0 or any(self._totals.of(ALL_NAME).values())

    def _fold(self, waiting: _Waiting) -> None:
        """Fold the older ticks that nothing will be judged at into the ones after them."""
        interval = self._definitions.alerting.interval
        instants = sorted(waiting.ticks)[:-1]
        folded: dict[Part, Mapping[str, int]] = {}
        for instant in instants:
            tick, parts, offset = waiting.ticks.pop(instant)
            folded = {**folded, **parts}
            if instant % interval == 0 and (self._judge or self._calculator.steering):
                waiting.ticks[instant] = (tick, folded, offset)
                folded = {}
        newest = max(waiting.ticks)
        tick, parts, offset = waiting.ticks.pop(newest)
        waiting.ticks[newest] = (tick, {**folded, **parts}, offset)

    def _judge_at(self, instant: int, now: int | None) -> list[Judged]:
        self.published.judged = instant
        self._calculator.see(self._totals.of)
        self._calculator.keep(instant)

        def lookup(segment: str, name: str) -> Any:
            return self._calculator.exact(name, self._totals.of(segment), instant).value

        return self._judge.instant(instant, self._totals.segments(), lookup, now)

    def _publication(
        self, as_of: int, totals: MergedTotals, alerts: list[Judged], *, complete: bool, every_segment: bool
    ) -> Publication:
        self.published.revision += 1
        self.published.as_of = max(as_of, self.published.as_of)
        segments = totals.segments() if every_segment else [ALL_NAME]
        counts = self.counts()
        self._calculator.see(totals.of)
        snapshots = {}
        wrong: list[str] = []
        for segment in segments:
            found_wrong = contradictions(totals.of(segment), self._definitions, as_of)
            wrong += (f"{segment}: {one}" for one in found_wrong)
            values = self._calculator.values(segment, totals.of(segment), as_of)
            found = snapshot(segment, as_of, self.published.revision, values, complete=complete)
            snapshots[segment] = {**found, "counts": {name: getattr(counts, name) for name in Counts.__struct_fields__}}
        published = segments if every_segment else None
        return Publication(as_of, complete, snapshots, published, alerts, dict(self._calculator.since), wrong)
