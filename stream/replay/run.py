"""A replay from files to snapshots and alerts, on as many processes as there are processors.

Each process plays one part of the record keys, as a worker plays its partitions; totals add up to the same integers
however the keys are divided.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from stream.engine.alerting.judge import Judge
from stream.engine.alerting.lifecycle import AlertState
from stream.engine.definitions import Definitions
from stream.engine.intake import Counts
from stream.engine.merge import Calculator, MergedTotals
from stream.engine.segments import ALL_NAME
from stream.engine.slos.rules import judged_rules
from stream.engine.snapshots import snapshot, to_json
from stream.replay.instants import Stops
from stream.replay.parts import play_parts, spool_parts
from stream.replay.playing import Player
from stream.replay.processes import how_many
from stream.replay.reading import Piece, Tell, pieces
from stream.replay.sorting import Chunks, Run, rows_of
from stream.replay.spooling import Refusal, Spooled, spool

Refuse = Callable[[str, Refusal], None]
"""Told of the path of a file, and a line in it that is no valid event."""


class Plan(NamedTuple):
    """What is asked of a replay, once the times of its events are known."""

    as_ofs: list[int]
    """Seconds, ascending."""
    segments: list[str]
    step: int | None = None
    """Judge the rules at every multiple of so many seconds; None: not at all."""


class Replay:
    """One replay; a context, whose temporary files go with it.

    Args:
        definitions: what the business measures.
        paths: the files.
        processes: how many to use; by default as many as there are processors, and one for little input.

    Raises:
        OSError: if there is no such file, or no room for temporary ones.
    """

    def __init__(self, definitions: Definitions, paths: Sequence[str], processes: int | None = None) -> None:
        self._definitions: Final = definitions
        self._pieces: Final = [piece for path in paths for piece in pieces(path)]
        self.bytes: Final = sum(piece.size for piece in self._pieces)
        """Bytes of all files, for a progress bar; 0 where nobody knows."""
        self._parts: Final = processes or how_many(self._pieces)
        self._runs: Final[list[list[Run]]] = [[] for _ in range(self._parts)]
        self._stack: Final = ExitStack()
        self._folder: Final = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="vitals-replay-")))
        self._dead = 0
        self.events = 0
        """Valid lines, for a progress bar."""
        self.first: int | None = None
        """The earliest event time (µs) of an event that is no test and no bot; None before `read`, or for no events."""
        self.latest: int | None = None
        """The latest one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, refuse: Refuse, tell: Tell) -> None:
        """Read all files.

        Args:
            refuse: is told of every invalid line, in the order of the input.
            tell: is told now and then how many more bytes were read.

        Raises:
            OSError: if a file cannot be read, or there is no room for temporary files.
            ReplayFailed: if a process has died.
        """
        before = 0

        def told(piece: Piece, refusal: Refusal) -> None:
            self._dead += 1
            refuse(piece.path, refusal._replace(number=refusal.number + (before if piece.start else 0)))

        for piece, spooled in self._spooled(told, tell):
            before = spooled.lines + (before if piece.start else 0)
            self.events += spooled.events
            for part, runs in enumerate(spooled.runs):
                self._runs[part] += runs
            self.first = min((at for at in (self.first, spooled.first) if at is not None), default=None)
            self.latest = max((at for at in (self.latest, spooled.latest) if at is not None), default=None)

    def play(self, plan: Plan, take_alert: Callable[[bytes], None], tell: Tell) -> Iterator[bytes]:
        """Play all events, then yield the snapshots as JSON, in the order of `as_of`, then segment.

        Args:
            plan: the snapshots to take, and whether to judge the rules.
            take_alert: is told of every alert as JSON, in the order of time.
            tell: is told now and then how many more events were played.

        Raises:
            OSError: if there is no room for temporary files.
            ReplayFailed: if a process has died.
        """
        path = self._folder / "snapshots"
        counts = Counts(dead_letters=self._dead)
        with path.open("wb") as file:
            kept = Chunks(file)
            for found in self._snapshots(plan, counts, take_alert, tell):
                line = to_json(found)
                kept.add(line, len(line))
            kept.finish()
        # counts are those of the whole input, which only its end tells
        said = b',"counts":' + to_json({name: getattr(counts, name) for name in Counts.__struct_fields__}) + b"}"
        for line in rows_of(str(path)):
            yield line[:-1] + said

    def _snapshots(
        self, plan: Plan, counts: Counts, take_alert: Callable[[bytes], None], tell: Tell
    ) -> Iterator[dict[str, Any]]:
        """Yield the snapshots without their counts; the counts that are passed in grow while this runs."""
        judge = Judge(self._definitions, dict[tuple[str, str], AlertState]()) if plan.step is not None else None
        grid = plan.step if judge and self.first is not None else None
        merged, calculator = MergedTotals(), Calculator(self._definitions)
        steering, first = calculator.steering, (self.first or 0) // 1_000_000
        kept = {instant for as_of in plan.as_ofs for instant in steering.needed(as_of) if instant > first}
        stops = Stops(plan.as_ofs, first, grid, frozenset(kept))
        judged = (*steering.segments(), *(_judged(self._definitions) if grid else ()))
        wanted = frozenset({ALL_NAME, *plan.segments, *judged})
        as_ofs, segments, revision = set(plan.as_ofs), sorted(set(plan.segments)), 0

        for second, parts in self._played(stops, wanted, counts, tell):
            for part, totals in enumerate(parts):
                merged.put(part, totals)
            calculator.see(merged.of)
            if second in kept or stops.judges(second):
                calculator.keep(second)
            if judge and stops.judges(second):

                def lookup(segment: str, name: str, second: int = second) -> Any:
                    return calculator.exact(name, merged.of(segment), second).value

                for one in judge.instant(second, merged.segments(), lookup):
                    take_alert(one.alert.to_json())
            if second in as_ofs:
                revision += 1
                for segment in segments:
                    yield snapshot(segment, second, revision, calculator.values(segment, merged.of(segment), second))

    def _spooled(self, refuse: Callable[[Piece, Refusal], None], tell: Tell) -> Iterator[tuple[Piece, Spooled]]:
        """Yield what became of each piece, in order."""
        if self._parts > 1 and len(self._pieces) > 1:
            yield from spool_parts(self._pieces, self._parts, self._folder, refuse, tell)
            return
        for number, piece in enumerate(self._pieces):
            yield piece, spool(piece, self._parts, self._folder, f"{number}", partial(refuse, piece), tell)

    def _played(
        self, stops: Stops, wanted: frozenset[str], counts: Counts, tell: Tell
    ) -> Iterator[tuple[int, list[Sequence[Any]]]]:
        """Yield each stop with the totals of every part; all is counted in `counts`."""
        if self._parts > 1:
            yield from play_parts(self._definitions, self._runs, stops, wanted, counts, tell)
            return
        player = Player(self._definitions, self._runs[0], stops, wanted, counts, tell)
        for stop in player.play():
            yield stop.second, [stop.totals]


def _judged(definitions: Definitions) -> Iterator[str]:
    """Yield the segments, and the dimensions, whose values the rules compare."""
    for rule in judged_rules(definitions):
        yield rule.each or rule.segment or ALL_NAME
        yield from (leaf.segment for leaf in rule.leaves() if leaf.segment is not None)
