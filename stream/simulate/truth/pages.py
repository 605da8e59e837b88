"""Pages: how long each page of a visit was looked at, from its pings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stream.simulate.instants import SECOND
from stream.simulate.visits import Act, Part

_HEARTBEAT = 10 * SECOND
_LEAST = 5 * SECOND


@dataclass(slots=True)
class Page:
    """A page that somebody looks at in one visit.

    Attributes:
        viewed: Whether there is a view of it; pings alone say nothing.
        pinged: Its latest ping, in milliseconds since the epoch.
        beats: The intervals of ten seconds with a ping.
        segments: Where its own steps count, each once.
    """

    viewed: bool = False
    pinged: int = 0
    beats: set[int] = field(default_factory=set)
    segments: dict[str, None] = field(default_factory=dict)

    @property
    def milliseconds(self) -> int:
        """How long it was looked at."""
        return _LEAST + (len(self.beats) - 1) * _HEARTBEAT


def looked_at(parts: Sequence[Part], limit: int) -> Iterator[Page]:
    """Yield the pages of a visit with a view and a ping before an instant.

    Example:
        >>> part = Part("ana", None, "pro", None, [(0, Act.VIEW, "/home", "p1"), (12_000, Act.PING, "/home", "p1")])
        >>> [page.milliseconds for page in looked_at([part], 60_000)]
        [5000]
    """
    pages: dict[tuple[bool, object], Page] = {}
    for part in parts:
        for at, act, path, mark in part.steps:
            if at >= limit or act not in (Act.VIEW, Act.PING):
                continue
            # Without an id of its own, a page of a visit is its path.
            page = pages.setdefault((mark is None, mark or path), Page())
            page.segments |= dict.fromkeys(part.segments)
            if act is Act.VIEW:
                page.viewed = True
            else:
                page.pinged = max(page.pinged, at)
                page.beats.add(at // _HEARTBEAT)
    return (page for page in pages.values() if page.viewed and page.beats)
