"""What the processes of the demo have in common: they say what they have done, are told, and never outlive the demo.

A process of the demo has its own session, so that Ctrl-C reaches the demo alone, which then ends them in order. Should
the demo be killed, the pipe to each of them closes, and they end by themselves.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

_PATIENCE: Final = 5.0


def say(word: str, *more: object) -> None:
    """Tell the demo something: a word, and what belongs to it."""
    sys.stdout.write(" ".join([word, *map(str, more)]) + "\n")
    sys.stdout.flush()


def listen(hear: Callable[[str], object] = lambda _: None) -> None:
    """Call `hear`, in a thread, with what the demo says; end this process when the demo is gone."""

    def read() -> None:
        for line in sys.stdin:
            hear(line.strip())
        threading.Timer(_PATIENCE, os._exit, (1,)).start()
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=read, name="demo", daemon=True).start()


def wait_for_end() -> None:
    """Return when this process is told to end."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(1.0):  # a signal is handled between two waits
        pass
