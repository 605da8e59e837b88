"""The parts of a replay, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from stream.engine.definitions import Definitions
from stream.engine.intake import Counts
from stream.replay.instants import Stops
from stream.replay.playing import Player, Stop
from stream.replay.processes import context, set_up
from stream.replay.reading import Piece, Tell
from stream.replay.sorting import Run
from stream.replay.spooling import Refusal, Spooled, refusals, spool, spool_apart


class ReplayFailed(Exception):  # noqa: N818 - it says what happened
    """A process of the replay has died."""

    def __init__(self) -> None:
        super().__init__("a process of the replay has died; see above, or give it more memory")


def spool_parts(
    pieces: Sequence[Piece], parts: int, folder: Path, refuse: Callable[[Piece, Refusal], None], tell: Tell
) -> Iterator[tuple[Piece, Spooled]]:
    """Spool pieces side by side; yield what became of each, in order.

    Args:
        pieces: what to read; those that only this process can read, it reads itself.
        parts: how many parts of the keys, and processes, there are.
        folder: where files go.
        refuse: is told of every line that is no valid event, in order.
        tell: is told how many more bytes were read.

    Raises:
        OSError: if a piece cannot be read, or the folder not written.
        ReplayFailed: if a process has died.
    """
    with ProcessPoolExecutor(parts, mp_context=context(), initializer=set_up) as pool:
        try:
            asked: list[Future[tuple[Spooled, str]] | None] = [
                pool.submit(spool_apart, piece, parts, folder, f"{number}") if piece.shared else None
                for number, piece in enumerate(pieces)
            ]
            for number, (piece, future) in enumerate(zip(pieces, asked, strict=True)):
                if future is None:
                    spooled = spool(piece, parts, folder, f"{number}", partial(refuse, piece), tell)
                else:
                    spooled, refused = future.result()
                    for one in refusals(refused):
                        refuse(piece, one)
                    tell(piece.size)
                yield piece, spooled
        except BrokenProcessPool:
            raise ReplayFailed from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def play_parts(
    definitions: Definitions,
    runs: Sequence[list[Run]],
    stops: Stops,
    segments: frozenset[str],
    counts: Counts,
    tell: Tell,
) -> Iterator[tuple[int, list[Sequence[Any]]]]:
    """Play parts side by side; yield each stop with the totals of every part.

    Args:
        definitions: what the business measures.
        runs: the sorted lines of each part.
        stops: where to stop.
        segments: the segments, and dimensions, whose totals are asked for.
        counts: grows by what each part counted, once all is played.
        tell: is told now and then how many more events were played.

    Raises:
        ReplayFailed: if a process has died.
    """
    method = context()
    pipes: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for part in runs:
            here, there = method.Pipe(duplex=False)
            processes.append(
                method.Process(target=_play, args=(there, definitions, part, stops, segments), daemon=True)
            )
            processes[-1].start()
            there.close()
            pipes.append(here)
        for second in stops:
            told: list[Stop] = [_received(pipe, tell) for pipe in pipes]
            yield second, [stop.totals for stop in told]
        for pipe in pipes:
            part_counts = _received(pipe, tell)
            for field in Counts.__struct_fields__:
                setattr(counts, field, getattr(counts, field) + getattr(part_counts, field))
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _play(pipe: Connection, definitions: Definitions, runs: list[Run], stops: Stops, segments: frozenset[str]) -> None:
    """Play one part; send what each stop says, then the counts, and in between how many more events were played."""
    set_up()
    player = Player(definitions, runs, stops, segments, Counts(), pipe.send)
    for stop in player.play():
        pipe.send(stop)
    pipe.send(player.counts)
    pipe.close()


def _received(pipe: Connection, tell: Tell) -> Any:
    """Return the next stop, or the counts."""
    try:
        while isinstance(received := pipe.recv(), int):
            tell(received)
    except EOFError:
        raise ReplayFailed from None
    return received
