"""Logs: structured lines on stderr; JSON where nobody reads along."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog

_QUIET: Final = ("aiokafka", "kafka", "faust", "mode", "asyncio")
_PERIOD: Final = 5.0
_NOT_YET: Final = "GroupCoordinatorNotAvailableError"
"""What a broker answers on its first day, while it makes the topic of the groups' offsets."""


class Rarely(logging.Filter):
    """Lets a message through once in a while: a client that finds no broker says so hundreds of times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether to let a record through."""
        key = f"{record.name}:{record.msg}"
        if record.created - self._said.get(key, 0.0) < _PERIOD:
            return False
        if len(self._said) > 1_000:
            self._said.clear()
        self._said[key] = record.created
        return True


def set_up(level: str | int) -> None:
    """Write logs of this level and above to stderr; what the libraries say, from warnings on, and rarely."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    terminal = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    handler.addFilter(_quiet)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper() if isinstance(level, str) else level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


_rarely: Final = Rarely()


def _quiet(record: logging.LogRecord) -> bool:
    if record.levelno == logging.ERROR and record.name.startswith("aiokafka") and _NOT_YET in record.getMessage():
        record.levelno, record.levelname = logging.WARNING, "WARNING"  # it asks again by itself
    if record.levelno < logging.WARNING and str(record.msg).startswith("[^"):
        return False  # the services that Faust is made of, starting and stopping one by one
    return _rarely.filter(record) if record.name.split(".")[0] in _QUIET else True
