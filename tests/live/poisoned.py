"""A worker whose engine has faults: `python poisoned.py`, a program of the tests only.

An event's source says where the engine fails on it: as soon as it is taken in, when it is applied, or only as time
passes after it. The fault `clock` needs no event.
"""

import os
import sys
from typing import Any

from stream.engine.panes import Panes
from stream.engine.partition import PartitionEngine

IN, APPLY, AFTER = "poison-in", "poison-apply", "poison-after"
CLOCK = "VITALS_TEST_FAULT"


class Fault(Exception):  # noqa: N818 - it is one
    """What a fault of Vitals would raise."""


def poison() -> None:
    """Build the faults in."""
    accept, apply, advance = PartitionEngine.accept, PartitionEngine._apply, PartitionEngine.advance

    def accepting(self: PartitionEngine, topic: str, records: Any, now: Any = None) -> Any:
        if any(IN.encode() in (value or b"") for _, value in records):
            raise Fault("taken in")
        return accept(self, topic, records, now)

    def applying(self: PartitionEngine, family: str, events: Any) -> None:
        apply(self, family, events)
        for _, _, event, _ in events:
            if event.source == APPLY:
                raise Fault("applied")
            if event.source == AFTER:
                self.panes.__dict__["poisoned"] = True

    def advancing(self: PartitionEngine, as_of: int) -> None:
        advance(self, as_of)
        if getattr(self.panes, "poisoned", False):
            raise Fault("as time passed")
        if os.environ.get(CLOCK):
            raise Fault("of time itself")

    Panes.poisoned = False  # type: ignore[attr-defined]
    PartitionEngine.accept = accepting  # type: ignore[method-assign]
    PartitionEngine._apply = applying  # type: ignore[method-assign]
    PartitionEngine.advance = advancing  # type: ignore[method-assign]


if __name__ == "__main__":
    poison()
    from stream.cli.commands import app as commands

    sys.argv[1:] = ["worker"]
    commands()
