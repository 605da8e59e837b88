"""The processes of a replay: how many there are, and where they come from.

They are forked from a server process that has imported the engine: one import for all of them, while the program itself
imports the same. A fork of the program would copy the locks of a thread that draws a progress bar.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import Final

from stream.replay.reading import PIECE_BYTES, Piece, pieces

_ENGINE: Final = "stream.replay.parts"
_MOST: Final = 8
"""Each holds a run in memory, and sends all its totals to one that adds them up."""
_UNPACKED: Final = 8
"""How many times larger events are than a compressed file of them, about."""


def context() -> ForkServerContext | SpawnContext:
    """Return what starts processes: forks of a server where the system has them."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([_ENGINE])
    return forks


def how_many(found: Sequence[Piece]) -> int:
    """Return how many processes are worth their start."""
    size = sum(piece.size * (_UNPACKED if piece.is_compressed else 1) for piece in found)
    return min(_MOST, os.cpu_count() or 1) if size > PIECE_BYTES else 1


def get_ready(paths: Sequence[str]) -> None:
    """Let the engine be imported for the processes that a replay of these files will need, if it needs some."""
    with suppress(OSError):  # a file that is not there is for the replay to tell
        several = how_many([piece for path in paths for piece in pieces(path)]) > 1
        if several and context().get_start_method() == "forkserver":
            from multiprocessing import forkserver  # noqa: PLC0415 - not every system has it

            forkserver.ensure_running()
