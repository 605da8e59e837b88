"""One replay: from files to snapshots and alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from zlib import crc32

import msgspec

from schemas.errors import BadEvent
from schemas.keys import message_key
from stream.engine.alerting.judge import Judge
from stream.engine.alerting.lifecycle import AlertState
from stream.engine.decoding import decode, redecode
from stream.engine.definitions import Definitions
from stream.engine.duplicates import Index, identity
from stream.engine.intake import Counts
from stream.engine.merge import Calculator
from stream.engine.partition import PartitionEngine, new_tables
from stream.engine.snapshots import snapshot
from stream.engine.waiting import MICRO, Applied
from stream.replay.reading import Line
from stream.replay.sorting import Sorter

BATCH: Final = 2_000
TIDIED_EVERY: Final = 50_000


class Refusal(NamedTuple):
    """A line that is no valid event."""

    line: Line
    reason: str
    detail: str

    def as_json(self) -> bytes:
        """Return the dead letter: bytes that are no UTF-8 come back with Python's `surrogateescape`."""
        value = self.line.data.decode("utf-8", "surrogateescape")
        letter = {"line": self.line.number, "reason": self.reason, "detail": self.detail, "value": value}
        return _to_json(letter)


def _to_json(value: dict[str, Any]) -> bytes:
    import json  # noqa: PLC0415 - msgspec does not write the lone surrogates that stand for undecodable bytes

    return json.dumps(value, separators=(",", ":")).encode()


class Result(NamedTuple):
    """What a replay found; the snapshots in the order of `as_of`, then segment."""

    snapshots: list[dict[str, Any]]
    alerts: list[bytes]
    counts: Counts


class Replay:
    """Takes lines in, then plays them in the order of their event time.

    Args:
        definitions: what the business measures.
        refuse: told of every invalid line.
    """

    def __init__(self, definitions: Definitions, refuse: Callable[[Refusal], None]) -> None:
        self._definitions: Final = definitions
        self._refuse: Final = refuse
        self._sorter: Final = Sorter()
        self.counts: Final = Counts()
        self.first: int | None = None
        """The earliest event time (µs) of an event that is no test and no bot."""
        self.latest: int | None = None
        """The latest one."""

    def read(self, line: Line) -> None:
        """Take a line in."""
        try:
            at, event = decode(line.data)
        except BadEvent as bad:
            self.counts.dead_letters += 1
            self._refuse(Refusal(line, bad.reason, bad.detail))
            return
        self._sorter.add(at, line.data)
        if not (event.test or getattr(event, "is_bot", False)):
            if self.latest is None or at > self.latest:
                self.latest = at
            if self.first is None or at < self.first:
                self.first = at

    def play(
        self, as_ofs: Iterator[int], segments: list[str], step: int | None = None, tell: Callable[[int], None] | None = None
    ) -> Result:
        """Play all lines; return the snapshots at the given seconds, which ascend, and the alerts up to the last.

        Args:
            as_ofs: the seconds to take snapshots at.
            segments: the segments to take them of.
            step: judge the rules at every multiple of so many seconds; None: not at all.
            tell: told how many events were played, now and then.
        """
        engine = PartitionEngine(new_tables(), self._definitions)
        player = _Player(engine, self._definitions, as_ofs, segments, step)
        if step is not None and self.first is not None:
            player.judge_from(self.first // MICRO)
        batch: list[Applied] = []
        played = 0
        for applied in self._accepted():
            at = applied[0]
            if at >= player.next * MICRO:
                player.apply(batch)
                batch = []
                player.pass_until(at)
            batch.append(applied)
            if len(batch) >= BATCH:
                player.apply(batch)
                played += len(batch)
                batch = []
                if tell is not None:
                    tell(played)
        player.apply(batch)
        player.finish()
        self._sorter.close()
        found = [{**one, "counts": msgspec.to_builtins(self.counts)} for one in player.snapshots]
        return Result(found, player.alerts, self.counts)

    def _accepted(self) -> Iterator[Applied]:
        """Yield the events that count, in order: of a duplicate, the smallest (time, bytes) comes first."""
        seen, counts = Index(), self.counts
        for at, line in self._sorter.ordered():
            event = redecode(line)
            key = message_key(event) if event.account_id is None else _by_account(event)
            check = crc32(line)
            known = seen.put(identity(key, event.source, event.id), check)
            if known is not None:
                counts.duplicates += 1
                counts.conflicts += known != check
            elif event.test or getattr(event, "is_bot", False):
                counts.excluded += 1
            else:
                counts.events += 1
                yield at, key, event, b""


def _by_account(event: Any) -> str:
    return event.account_id if event.family in ("usage", "billing", "feedback") else message_key(event)


class _Player:
    """Applies events and stops at every second that something is asked of."""

    def __init__(
        self,
        engine: PartitionEngine,
        definitions: Definitions,
        as_ofs: Iterator[int],
        segments: list[str],
        step: int | None,
    ) -> None:
        self._engine: Final = engine
        self._calculator: Final = Calculator(definitions)
        self._judge: Final = Judge(definitions, dict[tuple[str, str], AlertState]())
        self._as_ofs: Final = as_ofs
        self._segments: Final = sorted(set(segments))
        self._step: Final = step
        self._as_of = next(as_ofs, None)
        self._instant: int | None = None
        self._revision = self._applied = 0
        self.snapshots: list[dict[str, Any]] = []
        self.alerts: list[bytes] = []

    @property
    def next(self) -> int:
        """The next second to stop at."""
        if self._as_of is None:
            return 1 << 62
        return self._as_of if self._instant is None else min(self._as_of, self._instant)

    def judge_from(self, second: int) -> None:
        """Judge the rules at the instants of the grid after a second."""
        if self._judge and self._step is not None:
            self._instant = (second // self._step + 1) * self._step

    def apply(self, batch: list[Applied]) -> None:
        """Apply events; once nothing is asked any more they are only counted."""
        if batch and self._as_of is not None:
            highest = self._engine.progress.highest
            for applied in batch:
                highest[applied[2].family] = applied[0]
            self._engine.panes.dating.expect(self.next)
            self._engine.apply(batch)
            self._applied += len(batch)
            if self._applied >= TIDIED_EVERY:
                self._applied = 0
                self._engine.tidy(batch[-1][0] // MICRO)

    def pass_until(self, at: int) -> None:
        """Stop at every second that is asked for up to an event's time (µs)."""
        while self._as_of is not None and self.next * MICRO <= at:
            self._stop(self.next)

    def finish(self) -> None:
        """Stop at all the seconds that are left."""
        while self._as_of is not None:
            self._stop(self.next)

    def _stop(self, second: int) -> None:
        self._engine.advance(second)
        if second == self._instant and self._step is not None:
            self._alert(second)
            self._instant += self._step
        if second == self._as_of:
            self._revision += 1
            for segment in self._segments:
                values = self._calculator.values(segment, self._engine.totals_of(segment))
                self.snapshots.append(snapshot(segment, second, self._revision, values))
            self._as_of = next(self._as_ofs, None)

    def _alert(self, second: int) -> None:
        def lookup(segment: str, name: str) -> Any:
            return self._calculator.exact(name, self._engine.totals_of(segment)).value

        known = self._engine.segments.names
        self.alerts += [judged.alert.to_json() for judged in self._judge.instant(second, known, lookup)]


__all__ = ["Refusal", "Replay", "Result"]
