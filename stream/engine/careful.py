"""An engine that is careful: slower, but able to say which event it cannot bear, and to go on without it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from stream.engine.partition import PartitionEngine
from stream.engine.waiting import Applied

Identity = tuple[str, str, str]
"""Record key, `source` and `id`: what tells events apart."""


class UnbearableError(Exception):
    """The engine raised while it applied one event.

    Attributes:
        event: the event.
    """

    def __init__(self, event: Applied) -> None:
        super().__init__(f"an event of {event[2].type} could not be applied")
        self.event: Final = event


class CarefulEngine(PartitionEngine):
    """Applies events one by one.

    Args:
        without: the events that it leaves out.
        options: those of any engine.
    """

    def __init__(self, *args: Any, without: Collection[Identity], **options: Any) -> None:
        super().__init__(*args, **options)
        self.applied: Final[list[Identity]] = []
        """In the order in which they were applied."""
        self.left_out: Final[list[Applied]] = []
        self._without: Final = without

    def _apply(self, family: str, events: Sequence[Applied]) -> None:
        for event in events:
            identity = identity_of(event)
            if identity in self._without:
                self.left_out.append(event)
                continue
            self.applied.append(identity)
            try:
                super()._apply(family, [event])
            except Exception as error:
                raise UnbearableError(event) from error


def identity_of(event: Applied) -> Identity:
    """Return what tells an event from others."""
    return event[1], event[2].source, event[2].id
