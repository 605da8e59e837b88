"""Letters: the events of the systems that ask, help and sell, which send them with ids of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stream.simulate.events import Dated, Event
from stream.simulate.instants import text


class Letters:
    """What one system sent.

    Args:
        source: Which system.
        limit: From this instant on it sends nothing, in milliseconds since the epoch.
    """

    def __init__(self, source: str, limit: int) -> None:
        self.source = source
        self.limit = limit
        self.sent: list[Dated] = []

    def send(self, at: int, name: str, kind: str, fields: Mapping[str, Any], *, test: bool = False) -> bool:
        """Send an event; what is None is left out.

        Returns:
            Whether it was sent: not if it is too late for this world.

        Example:
            >>> letters = Letters("crm", 1_000)
            >>> letters.send(0, "a", "growth.lead_changed", {"lead_id": "l", "stage": "visited", "channel": None})
            True
            >>> "channel" in letters.sent[0][1], letters.send(1_000, "b", "growth.lead_changed", {})
            (False, False)
        """
        if at >= self.limit:
            return False
        event: Event = {"id": name, "source": self.source, "type": kind, "time": text(at)}
        event |= {field: value for field, value in fields.items() if value is not None}
        if test:
            event["test"] = True
        self.sent.append((at, event))
        return True


def attributes(plan: str | None, country: str | None) -> dict[str, str] | None:
    """Write what an event says of its account for the segments; None if that is nothing."""
    known = {"plan": plan, "country": country}
    return {name: value for name, value in known.items() if value} or None
