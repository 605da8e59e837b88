"""Waiting until a fact holds: no test measures, and a busy machine is slow."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds until a fact must hold."""


def wait_for(look: Callable[[], T], what: str, patience: float = PATIENCE, more: Callable[[], str] = str) -> T:
    """Return what `look` returns once it is true; else fail with `what` was waited for, and with `more` about it."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}\n{more()}"
        time.sleep(0.05)
    return found
