"""Sittings: drawing the steps of one visit, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stream.simulate.instants import MINUTE, SECOND
from stream.simulate.visits import Act, Step

# Under names of their own: an enum's members are slow to look up.
_VIEW, _PING, _TRY, _CLICK = Act.VIEW, Act.PING, Act.TRY, Act.CLICK
_IMPRESS, _DOWNLOAD, _PREFER = Act.IMPRESS, Act.DOWNLOAD, Act.PREFER

PATHS = ("/home", "/reports", "/reports/1", "/board", "/board/2", "/team", "/settings", "/billing", "/help", "/search")
FEATURES = ("export", "report", "share", "search", "import", "comment", "automate", "invite", "dashboard", "api_key")
# Listed as often as they are likely; None: something tried that is no feature of its own.
TRIED = (*FEATURES, *FEATURES[:6], *FEATURES[:4], "export", "report", None, None)
ELEMENTS = ("banner", "upgrade", "menu", "save", "next", "help", "tour")
FILES = ("report.pdf", "export.csv", "invoice.pdf")
SETTINGS = (("theme", ("dark", "light")), ("density", ("compact", "wide")), ("digest", ("daily", "weekly", "never")))
# How many pages a visit has, and how many things happen on a page.
PAGES = (1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 9)
ACTS = (0, 1, 2, 2, 3, 4, 5)
GLANCES = (0, 0, 0, 1, 2)


@dataclass(slots=True)
class Sitting:
    """How a visit goes.

    Attributes:
        name: Of the visit; its page views and impressions are named after it.
        draw: Gives numbers from 0 to below 1.
        stop: When it must be over, in milliseconds.
        marks: Whether pages have a `page_view_id`.
        pauses: Whether somebody may walk away for longer than the gap: only with a `session_id`.
        fails: Percent of the tries that fail.
    """

    name: str
    draw: Callable[[], float]
    stop: int
    marks: bool = True
    pauses: bool = False
    fails: int = 3

    def browse(self, at: int) -> list[Step]:
        """Look at some pages and do things there."""
        draw, steps = self.draw, list[Step]()
        for number in range(PAGES[int(draw() * len(PAGES))]):
            path = PATHS[int(draw() * len(PATHS))]
            mark = f"{self.name}p{number}" if self.marks else None
            steps.append((at, _VIEW, path, mark))
            # Who looks at a single page often does nothing there.
            busy = ACTS if number or draw() > 0.3 else GLANCES
            for _ in range(busy[int(draw() * len(busy))]):
                at += 1_500 + int(draw() * 75_000)
                steps.append(self._act(at, path, mark, idle=busy is GLANCES))
            if draw() < 0.06:
                # The page is loaded again: the same page view if it has an id.
                at += 2_000 + int(draw() * 9_000)
                steps.append((at, _VIEW, path, mark))
            at += 2_000 + int(draw() * 260_000)
            if self.pauses and draw() < 0.015:
                at += 31 * MINUTE + int(draw() * 60 * MINUTE)
            if at >= self.stop - 10 * MINUTE:
                break
        return [step for step in steps if step[0] < self.stop]

    def work(self, at: int) -> list[Step]:
        """Use the product with no page at all, as scripts and apps do."""
        steps: list[Step] = []
        for _ in range(1 + int(self.draw() * 6)):
            steps.append((at, _TRY, TRIED[int(self.draw() * len(TRIED))], self._succeeds()))
            at += 900 + int(self.draw() * 100 * SECOND)
        return [step for step in steps if step[0] < self.stop]

    def _succeeds(self) -> bool:
        return self.draw() * 100 >= self.fails

    def _act(self, at: int, path: str, mark: str | None, *, idle: bool) -> Step:
        draw = self.draw
        kind = draw()
        if kind < 0.22 or (idle and kind < 0.7):
            return (at, _PING, path, mark)
        if idle or kind < 0.30:
            return (at, _IMPRESS, ELEMENTS[int(draw() * len(ELEMENTS))], f"{self.name}i{at % 10_000_000}")
        if kind < 0.45:
            return (at, _CLICK, ELEMENTS[int(draw() * len(ELEMENTS))], None)
        if kind < 0.95:
            return (at, _TRY, TRIED[int(draw() * len(TRIED))], self._succeeds())
        if kind < 0.98:
            return (at, _DOWNLOAD, FILES[int(draw() * len(FILES))], None)
        setting, values = SETTINGS[int(draw() * len(SETTINGS))]
        return (at, _PREFER, setting, values[int(draw() * len(values))])
