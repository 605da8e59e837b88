"""Snapshots as they are published."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from schemas.times import format_time
from stream.engine.merge import Values

SCHEMA: Final = "vitals.snapshot.v1"
_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def snapshot(segment: str, as_of: int, revision: int, values: Values, *, complete: bool = True) -> dict[str, Any]:
    """Return the snapshot of a segment at `as_of` (seconds), without its counts."""
    return {
        "schema": SCHEMA,
        "segment": segment,
        "as_of": format_time(as_of * 1_000_000),
        "revision": revision,
        "complete": complete,
        "values": values.values,
        "reasons": values.reasons,
    }


def to_json(value: Any) -> bytes:
    """Return JSON on one line; numbers beyond a double's precision keep their decimals."""
    return _encoder.encode(value)
