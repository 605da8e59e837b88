"""The processes of a replay: how many there are, and where they come from.

They are forked from a server process that has imported the engine: one import for all of them, while the program itself
imports the same. A fork of the program would copy the locks of a thread that draws a progress bar.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import Final

from stream.memory import collect_rarely
from stream.replay.reading import PIECE_BYTES, Piece, pieces

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["stream.replay.preloaded"])
_CTRL_C: Final = (signal.SIGINT,)
_MOST: Final = 8
"""Each holds a run in memory, and sends all its totals to one that adds them up."""
_UNPACKED: Final = 8
"""How many times larger events are than a compressed file of them, about."""


def context() -> ForkServerContext | SpawnContext:
    """Return what starts processes: forks of the server, else each afresh, where its socket finds no place."""
    try:
        forkserver.ensure_running()
    except OSError:  # the path of TMPDIR is too long for a socket
        return multiprocessing.get_context("spawn")
    return _FORKS


def set_up() -> None:
    """Get a process of its own ready: Ctrl-C ends it without a word, since the one at the terminal says it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
    collect_rarely()


def how_many(found: Sequence[Piece]) -> int:
    """Return how many processes are worth their start."""
    size = sum(piece.size * (_UNPACKED if piece.is_compressed else 1) for piece in found)
    return min(_MOST, os.cpu_count() or 1) if size > PIECE_BYTES else 1


def get_ready(paths: Sequence[str]) -> None:
    """Let the engine be imported for the processes that a replay of these files will need, if it needs some.

    The server inherits that Ctrl-C waits, until it has imported all.
    """
    with suppress(OSError):  # a file that is not there is for the replay to tell
        if how_many([piece for path in paths for piece in pieces(path)]) > 1:
            resource_tracker.ensure_running()  # else the server starts it, which unblocks Ctrl-C
            signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
            context()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
