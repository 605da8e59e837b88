"""Units: the engine counts in whole millionths."""

from __future__ import annotations

from typing import Final

MICRO: Final = 1_000_000
"""Microseconds in a second, and micro-units in a major unit of money."""
