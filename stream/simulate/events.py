"""What the simulator sends: flat dictionaries as the contract has them."""

from __future__ import annotations

from typing import Any, TypeAlias

from stream.simulate.instants import MINUTE

Event: TypeAlias = dict[str, Any]
"""One event of the contract, ready for JSON."""

Dated: TypeAlias = tuple[int, Event]
"""An event and its time, in milliseconds since the epoch."""

QUIET = 5 * MINUTE
"""Events that count nowhere stop so long before the span ends: its last event is one of the business."""
