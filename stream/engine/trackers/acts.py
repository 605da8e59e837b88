"""Acts: the rarer things that people do, each with state of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stream.engine import events
from stream.engine.calendar import Periods
from stream.engine.panes import Panes
from stream.engine.tables import Rows
from stream.engine.trackers import deeds, elements, preferences
from stream.engine.trackers.deeds import DOWNLOAD, FAILURE, Deeds
from stream.engine.trackers.elements import Elements
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.trackers.pages import PageFacts
from stream.engine.trackers.people import People
from stream.engine.trackers.preferences import Preferences
from stream.engine.trackers.repeats import CLICK, IMPRESSION, PAGE, Repeats
from stream.engine.trackers.tally import EVENTS, weight

OF_THEIR_OWN: Final = frozenset((events.Clicked, events.Impressed, events.Downloaded, events.PreferenceSet))
"""The types of events that are handed over here."""


class Acts:
    """The rarer acts of the people of one partition."""

    def __init__(
        self,
        panes: Panes,
        people: People,
        links: Links,
        tables: Mapping[str, Rows[Any, Any]],
        pages: PageFacts,
        grace: int,
    ) -> None:
        self.deeds: Final = Deeds(panes, links, tables[deeds.TABLE.name])
        self._elements: Final = Elements(panes, links, tables[elements.TABLE.name])
        self._preferences: Final = Preferences(panes, links, tables[preferences.TABLE.name], tables["names"])
        weights = {PAGE: weight("page_views"), IMPRESSION: weight("impressions"), CLICK: weight("clicks")}
        self.repeats: Final = Repeats(panes, links, tables, (EVENTS, weights), pages, grace)
        people.followers.extend((self.deeds, self._elements, self._preferences, self.repeats))

    def act(
        self, event: events.Usage, key: PersonKey, combination: int, at: int, second: int, periods: Periods
    ) -> None:
        """Take an event of one of these types."""
        if isinstance(event, events.PreferenceSet):
            self._preferences.prefer(key, event, at)
        elif not event.active:
            return
        elif isinstance(event, events.Downloaded):
            self.deeds.do(key, DOWNLOAD, combination, second, periods)
        elif isinstance(event, events.Clicked | events.Impressed):
            click = isinstance(event, events.Clicked)
            self._elements.see(key, event.element, combination, second, click=click)
            if event.impression_id is not None:
                name = f"{len(event.element)}:{event.element}{event.impression_id}"
                self.repeats.tell(key, CLICK if click else IMPRESSION, name, at, combination)

    def fail(self, key: PersonKey, combination: int, second: int, periods: Periods) -> None:
        """Let something that somebody tried fail."""
        self.deeds.do(key, FAILURE, combination, second, periods)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); no usage event more than the grace before the watermark comes."""
        self.deeds.settle_by(as_of)
        self._elements.settle()
        self._elements.tidy(as_of)
        self._preferences.settle()
        self.repeats.settle()
        self.repeats.expire(watermark)

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say."""
        self.deeds.restore_by(as_of)
        self._elements.restore()
        self._preferences.restore()
        self.repeats.restore()
