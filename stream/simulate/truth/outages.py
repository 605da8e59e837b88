"""Outages: the failures of one service, put together from how it was."""

from __future__ import annotations

from collections.abc import Sequence

from stream.simulate.instants import MINUTE
from stream.simulate.truth.spans import Span
from stream.simulate.truth.windows import Window

_APART = MINUTE
_DETECTED_WITHIN = 15 * MINUTE


class Outage:
    """A failure of a service.

    Args:
        first: When it was down first.

    Attributes:
        runs: When it was down; between them it was so for a moment, or in maintenance.
    """

    def __init__(self, first: Span) -> None:
        self.runs = [first]

    @property
    def start(self) -> int:
        """When it began."""
        return self.runs[0].start

    @property
    def end(self) -> int:
        """When it was over, or until when it is known to last."""
        return self.runs[-1].end

    def down(self, window: Window) -> int:
        """Say how long the service was down in a window because of it."""
        return sum(window.overlap(run.start, run.end) for run in self.runs)


def outages(spans: Sequence[Span], closed: Sequence[tuple[int, int]]) -> list[Outage]:
    """Put the times in which a service was down together.

    What is less than a minute apart, or has nothing but maintenance between, is one outage.

    Args:
        spans: How the service was, without maintenance and without what is not known.
        closed: Its maintenance.

    Example:
        >>> spans = [Span(0, 9, "down"), Span(9, 20, "up"), Span(20, 30, "down"), Span(90_030, 90_040, "down")]
        >>> [(outage.start, outage.end) for outage in outages(spans, [])]
        [(0, 30), (90030, 90040)]
        >>> [(outage.start, outage.end) for outage in outages(spans, [(30, 90_030)])]
        [(0, 90040)]
    """
    found: list[Outage] = []
    for span in spans:
        if span.state != "down":
            continue
        if found and (span.start - found[-1].end < _APART or _all_closed(found[-1].end, span.start, closed)):
            found[-1].runs.append(span)
        else:
            found.append(Outage(span))
    return found


def behind(found: Sequence[Outage], opened: int) -> Outage | None:
    """Find the outage that an incident was opened for: the one it was in, else the latest one just before."""
    candidates = [one for one in found if one.start <= opened <= one.end + _DETECTED_WITHIN]
    return max(candidates, key=lambda one: one.start, default=None)


def _all_closed(start: int, end: int, closed: Sequence[tuple[int, int]]) -> bool:
    """Say whether there is nothing but maintenance in a stretch."""
    for begins, ends in sorted(closed):
        if begins <= start:
            start = max(start, ends)
    return start >= end
