"""A replay from files to snapshots and alerts, on as many processes as there are processors.

Each process plays one part of the record keys, as a worker plays its partitions; totals add up to the same integers
however the keys are divided.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from stream.engine.alerting.judge import Judge
from stream.engine.alerting.lifecycle import AlertState
from stream.engine.definitions import Definitions
from stream.engine.intake import Counts
from stream.engine.merge import Calculator, MergedTotals
from stream.engine.snapshots import snapshot
from stream.replay.playing import Player, Stop
from stream.replay.reading import PIECE_BYTES, pieces
from stream.replay.sorting import Run
from stream.replay.spooling import Refusal, Spooled, refusals, spool

Tell = Callable[[int], None]
"""Told how many bytes were read."""


class Plan(NamedTuple):
    """What is asked of a replay, once the times of its events are known."""

    as_ofs: list[int]
    segments: list[str]
    step: int | None = None
    """Judge the rules at every multiple of so many seconds; None: not at all."""


class Result(NamedTuple):
    """What a replay found: snapshots in the order of `as_of`, then segment; alerts in the order of time."""

    snapshots: list[dict[str, Any]]
    alerts: list[bytes]
    counts: Counts


class Replay:
    """One replay; a context, whose temporary files go with it.

    Args:
        definitions: what the business measures.
        paths: the files.
        processes: how many to use; by default as many as there are processors, and one for little input.
    """

    def __init__(self, definitions: Definitions, paths: Sequence[str], processes: int | None = None) -> None:
        self._definitions: Final = definitions
        self._pieces: Final = [(path, piece) for path in paths for piece in pieces(path)]
        self.bytes: Final = sum(piece.size for _, piece in self._pieces)
        if processes is None:
            processes = (os.cpu_count() or 1) if self.bytes > PIECE_BYTES else 1
        self._parts: Final = processes
        self._runs: list[list[Run]] = [[] for _ in range(processes)]
        self._stack: Final = ExitStack()
        self._folder: Final = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="vitals-replay-"))
        self._dead = 0
        self.first: int | None = None
        """The earliest event time (µs) of an event that is no test and no bot; None before `read`, or for no events."""
        self.latest: int | None = None
        """The latest one."""

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, refuse: Callable[[str, Refusal], None], tell: Tell) -> None:
        """Read all files; `refuse` is told of every invalid line, with its file.

        Raises:
            OSError: if a file cannot be read, or there is no room for temporary files.
        """
        before: dict[str, int] = {}
        for (path, piece), spooled in zip(self._pieces, self._spooled(), strict=True):
            for refusal in refusals(spooled, before.get(path, 0)):
                self._dead += 1
                refuse(path, refusal)
            before[path] = before.get(path, 0) + spooled.lines
            for part, runs in enumerate(spooled.runs):
                self._runs[part] += runs
            self.first = min((at for at in (self.first, spooled.first) if at is not None), default=None)
            self.latest = max((at for at in (self.latest, spooled.latest) if at is not None), default=None)
            tell(piece.size)

    def play(self, plan: Plan) -> Result:
        """Play all events and take the snapshots, and judge the rules, that the plan asks for."""
        stops = self._stops(plan)
        judge = Judge(self._definitions, dict[tuple[str, str], AlertState]()) if plan.step is not None else None
        merged, calculator = MergedTotals(), Calculator(self._definitions)
        wanted = None if judge else frozenset(plan.segments)
        as_ofs, counts = set(plan.as_ofs), Counts()
        snapshots: list[dict[str, Any]] = []
        alerts: list[bytes] = []
        revision = 0

        def lookup(segment: str, name: str) -> Any:
            return calculator.exact(name, merged.of(segment)).value

        for second, parts in self._played(stops, wanted, counts):
            for part, totals in enumerate(parts):
                merged.put(part, totals)
            if judge and plan.step is not None and second % plan.step == 0 and second > (self.first or 0) // 1_000_000:
                alerts += [one.alert.to_json() for one in judge.instant(second, merged.segments(), lookup)]
            if second in as_ofs:
                revision += 1
                for segment in sorted(set(plan.segments)):
                    values = calculator.values(segment, merged.of(segment))
                    snapshots.append(snapshot(segment, second, revision, values))
        counts.dead_letters = self._dead
        counted = {name: getattr(counts, name) for name in Counts.__struct_fields__}
        return Result([{**one, "counts": counted} for one in snapshots], alerts, counts)

    def _stops(self, plan: Plan) -> list[int]:
        stops = set(plan.as_ofs)
        if plan.step is not None and self.first is not None and stops and self._definitions.rules:
            stops.update(range((self.first // 1_000_000 // plan.step + 1) * plan.step, max(stops) + 1, plan.step))
        return sorted(stops)

    def _spooled(self) -> Iterator[Spooled]:
        """Yield what became of each piece, in order."""
        asked = [(piece, self._parts, self._folder, f"{number}") for number, (_, piece) in enumerate(self._pieces)]
        if self._parts == 1 or len(asked) == 1:
            for one in asked:
                yield spool(*one)
            return
        with ProcessPoolExecutor(self._parts, mp_context=multiprocessing.get_context("spawn")) as pool:
            waiting: list[Future[Spooled]] = [pool.submit(spool, *one) for one in asked]
            for future in waiting:
                yield future.result()

    def _played(
        self, stops: list[int], wanted: frozenset[str] | None, counts: Counts
    ) -> Iterator[tuple[int, list[Sequence[Any]]]]:
        """Yield each stop with the totals of every part; `counts` has the sums once all is played."""
        if self._parts == 1:
            player = Player(self._definitions, self._runs[0], iter(stops), wanted)
            for stop in player.play():
                yield stop.second, [stop.totals]
            _add(counts, player.counts)
            return
        context = multiprocessing.get_context("spawn")
        pipes: list[Connection] = []
        processes = []
        try:
            for runs in self._runs:
                here, there = context.Pipe(duplex=False)
                process = context.Process(
                    target=_play_part, args=(there, self._definitions, runs, stops, wanted), daemon=True
                )
                process.start()
                there.close()
                pipes.append(here)
                processes.append(process)
            for second in stops:
                told: list[Stop] = [_received(pipe) for pipe in pipes]
                yield second, [stop.totals for stop in told]
            for pipe in pipes:
                _add(counts, _received(pipe))
        finally:
            for process in processes:
                process.terminate()
                process.join()


def _play_part(
    pipe: Connection, definitions: Definitions, runs: list[Run], stops: list[int], wanted: frozenset[str] | None
) -> None:
    """Play one part in a process of its own; send what each stop says, then the counts."""
    player = Player(definitions, runs, iter(stops), wanted)
    for stop in player.play():
        pipe.send(stop)
    pipe.send(player.counts)
    pipe.close()


def _received(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        raise RuntimeError("a process of the replay has died; there may be too little memory") from None


def _add(total: Counts, part: Counts) -> None:
    for field in Counts.__struct_fields__:
        setattr(total, field, getattr(total, field) + getattr(part, field))
