"""Tallies: what is counted of the usage of one segment, slice by slice."""

from __future__ import annotations

from collections import Counter


class Tally:
    """The counts of one segment.

    Args:
        slices: How many slices there are.

    Attributes:
        events: Counted events, active or not.
        attempts: Tries, active or not.
        failures: Tries that failed.
        sessions: Sessions, in the slice of their last event like all that follows.
        length: Milliseconds they lasted.
        pages: Page views inside them.
        judged: Closed ones with a page view.
        bounced: Those of them with one page and nothing done.
        cells: Duration cell → sessions.
        engaged: Milliseconds that pages were looked at, in the slice of their last ping.
        looks: Duration cell → pages with pings, likewise.
        uses: Feature → successful uses, at their own time.
    """

    __slots__ = (
        "attempts",
        "bounced",
        "cells",
        "engaged",
        "events",
        "failures",
        "judged",
        "length",
        "looks",
        "pages",
        "sessions",
        "slices",
        "uses",
    )

    def __init__(self, slices: int) -> None:
        self.slices = slices
        self.events = [0] * slices
        self.attempts = [0] * slices
        self.failures = [0] * slices
        self.sessions = [0] * slices
        self.length = [0] * slices
        self.pages = [0] * slices
        self.judged = [0] * slices
        self.bounced = [0] * slices
        self.cells = [Counter[int]() for _ in range(slices)]
        self.engaged = [0] * slices
        self.looks = [Counter[int]() for _ in range(slices)]
        self.uses: dict[str, list[int]] = {}

    def use(self, feature: str, place: int) -> None:
        """Count a successful use of a feature."""
        self.uses.setdefault(feature, [0] * self.slices)[place] += 1
