"""The engine of one partition: events in, window totals out, with time told from outside.

```
accept(batch) ─► intake ─► waiting ─┐ events before `as_of`
advance(as_of) ─► waiting ─────────►├─► trackers ─► facts ─► panes ─► totals
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.errors import Reason
from schemas.keys import TOPICS
from stream.engine import duplicates, intake, letters, names, segments, settled, waiting
from stream.engine.calendar import Calendar
from stream.engine.catalogue import sources_of
from stream.engine.custom.tracker import CustomTracker
from stream.engine.definitions import Definitions
from stream.engine.duplicates import Duplicates
from stream.engine.intake import Counts, Intake, Progress, Record, Refused
from stream.engine.letters import DeadLetters
from stream.engine.money import Rates
from stream.engine.names import Names
from stream.engine.panes import Panes
from stream.engine.segments import Segments
from stream.engine.tables import TABLES
from stream.engine.trackers import accounts, amounts, answers, billing, costs, history, leads, links, persons, support
from stream.engine.trackers.accounts import Accounts
from stream.engine.trackers.acts import Acts
from stream.engine.trackers.amounts import Amounts
from stream.engine.trackers.billing import BillingTracker
from stream.engine.trackers.campaigns import CampaignFacts
from stream.engine.trackers.feedback import FeedbackTracker
from stream.engine.trackers.growth import GrowthTracker
from stream.engine.trackers.history import History
from stream.engine.trackers.hours import Hours
from stream.engine.trackers.links import Links
from stream.engine.trackers.members import Members
from stream.engine.trackers.opportunities import Opportunities
from stream.engine.trackers.pages import PageFacts
from stream.engine.trackers.people import People
from stream.engine.trackers.risk import AccountStatus, RiskTracker
from stream.engine.trackers.uptime import UptimeTracker
from stream.engine.trackers.usage import UsageTracker
from stream.engine.units import MICRO
from stream.engine.waiting import Applied, Waiting

_STATE: Final = "state"


class TotalRow(NamedTuple):
    """The total of one segment and window, as it stands now."""

    segment: str
    window: str
    total: Mapping[str, int]


class Tick(NamedTuple):
    """How far a partition has come: the end of what it writes at one `as_of` (seconds)."""

    as_of: int
    segments: bool
    """Whether the totals of every segment were written; otherwise those of `all`."""
    watermarks: Mapping[str, int]
    """µs, by topic."""
    counts: Counts
    stopped: bool = False
    """Whether the partition has stopped to read, since dead letters are too many."""
    engine_errors: int = 0
    """Events that could not be counted by a fault of Vitals, since the state began."""


def new_tables() -> dict[str, dict[Any, Any]]:
    """Return empty tables in memory, for an engine that nobody restarts."""
    return {name: {} for name in TABLES}


class PartitionEngine:
    """All that one partition knows.

    Args:
        tables: the rows of each declared table; empty ones begin anew, others are restored.
        definitions: what the business measures.
        right_partition: whether a record key belongs here; None where there are no partitions.
        horizons: µs for which an event's identity is remembered, by topic; the graces by default.
        letter_limit: the share of dead letters among the latest records of a topic that is too much; 1: none is.
    """

    def __init__(
        self,
        tables: Mapping[str, Any],
        definitions: Definitions,
        *,
        right_partition: Callable[[bytes], bool] | None = None,
        horizons: Mapping[str, int] | None = None,
        letter_limit: float = 1.0,
    ) -> None:
        self.definitions: Final = definitions
        calendar = Calendar(definitions.business.zone, definitions.business.week_start)
        rates = Rates(definitions, calendar)
        self.segments: Final = Segments(
            definitions.segments,
            tables[segments.VALUES.name],
            tables[segments.COMBINATIONS.name],
            tables[segments.MEMBERSHIPS.name],
        )
        self.panes: Final = Panes(
            calendar, self.segments, tables[settled.JOURNAL.name], tables[settled.PANES.name], sources_of(definitions)
        )
        self._progress_rows: Final = tables[intake.TABLE.name]
        self.progress: Final[Progress] = self._progress_rows.get(_STATE) or Progress(0, {}, Counts())
        grace = definitions.lateness.grace
        horizons = horizons or {}
        remembered = [horizons.get(topic, getattr(grace, topic) * MICRO) for topic in TOPICS]
        self.duplicates: Final = Duplicates(tables[duplicates.TABLE.name], remembered)
        self.letters: Final = DeadLetters(tables[letters.TABLE.name], letter_limit)
        self.waiting: Final = Waiting(tables[waiting.TABLE.name])
        self.intake: Final = Intake(self.progress, self.duplicates, definitions.lateness, right_partition)
        known = Links(tables[links.TABLE.name])
        pages = PageFacts(self.panes, definitions.sessions)
        self._people: Final = People(
            self.panes,
            tables[persons.TABLE.name],
            known,
            gap=definitions.sessions.gap,
            grace=grace.usage,
            plans={
                feature.name: frozenset(feature.plans) for feature in definitions.features if feature.plans is not None
            },
            pages=pages,
        )
        self._accounts: Final = Accounts(self.panes, tables[accounts.TABLE.name])
        self._acts: Final = Acts(self.panes, self._people, known, tables, pages, grace.usage)
        members = Members(self._people.rows, known, self._accounts.rows)
        self._amounts: Final = Amounts(calendar, tables[amounts.TABLE.name], Names("events", tables[names.TABLE.name]))
        sources = self._accounts, members, self._amounts
        self._usage: Final = UsageTracker(
            self.panes, self._people, sources, Names("features", tables[names.TABLE.name]), self._acts
        )
        self._hours: Final = Hours(self.panes)
        self._history: Final = History(self.panes, tables[history.TABLE.name])
        campaigns = CampaignFacts(self.panes, Names("campaigns", tables[names.TABLE.name]), rates)
        self._billing: Final = BillingTracker(
            self.panes, tables[billing.TABLE.name], tables[costs.TABLE.name], definitions, rates, campaigns
        )
        self._uptime: Final = UptimeTracker(self.panes, tables, definitions)
        self._feedback: Final = FeedbackTracker(
            self.panes,
            tables[answers.TABLE.name],
            tables[support.TABLE.name],
            tables[names.TABLE.name],
            self._billing,
            definitions,
        )
        self._growth: Final = GrowthTracker(self.panes, tables[leads.TABLE.name], definitions, rates, campaigns)
        self._opportunities: Final = Opportunities(calendar, definitions.signals, sources, self._billing)
        self._risk: Final = RiskTracker(
            self.panes, self._accounts, self._billing, self._feedback, self._opportunities, definitions
        )
        self._custom: Final = CustomTracker(self.panes, tables, definitions.kpis, rates, known, self.as_of)
        self._fresh: list[tuple[str, list[Applied]]] = []
        if self.progress.as_of:
            self._restore(self.progress.as_of)

    @property
    def as_of(self) -> int:
        """The second up to which events count; 0 before the first."""
        return self.progress.as_of

    def highest(self, topic: str) -> int | None:
        """Return the highest event time (µs) seen in a topic; None if it had none."""
        return self.progress.highest.get(topic)

    def accept(self, topic: str, records: Sequence[Record], now: int | None = None) -> list[Refused]:
        """Take a batch in; return the records that are refused. What counts waits for `reach` or `advance`."""
        fresh, refused = self.intake.accept(topic, records, now)
        self.letters.take(topic, len(records), refused)
        if fresh:
            self._fresh.append((topic, fresh))
        return refused

    def refuse(self, topic: str, detail: str) -> None:
        """Count a record that was not handed over, since it is known to make this engine raise."""
        self.letters.take(topic, 1, [Refused(0, Reason.ENGINE_ERROR, detail)])
        self.progress.counts.dead_letters += 1

    def refuse_accepted(self, event: Applied, detail: str) -> None:
        """Count an event as refused that was accepted, and that no tracker has seen; it may come again."""
        self.refuse(event[2].family, detail)
        self.progress.counts.events -= 1
        self.duplicates.forget(duplicates.identity(event[1], event[2].source, event[2].id))

    def reach(self, as_of: int) -> None:
        """Apply the events before `as_of` (seconds), without writing anything yet; the others wait as state."""
        self.panes.dating.expect(as_of)
        until = as_of * MICRO
        for topic, fresh in self._fresh:
            ready = [applied for applied in fresh if applied[0] < until]
            if len(ready) < len(fresh):
                for applied in fresh:
                    if applied[0] >= until:
                        self.waiting.hold(applied)
            self._apply(topic, ready)
        self._fresh.clear()
        for events in self.waiting.due(as_of):
            self.apply(events)

    def apply(self, events: Sequence[Applied]) -> None:
        """Apply events of any family whose time has come."""
        by_family: dict[str, list[Applied]] = {}
        for event in events:
            by_family.setdefault(event[2].family, []).append(event)
        for family, found in by_family.items():
            self._apply(family, found)

    def _apply(self, family: str, events: Sequence[Applied]) -> None:
        if family == "usage":
            self._history.note(events)
            self._usage.apply(events)
        elif family == "billing":
            self._billing.apply(events)
        elif family == "uptime":
            self._uptime.apply(events)
        elif family == "feedback":
            self._feedback.apply(events)
        elif family == "growth":
            self._growth.apply(events)
        if family in self._custom.families:
            self._custom.apply(events)
        if family in ("billing", "feedback"):
            for at, _, event, _ in events:
                if event.account_id is not None:
                    self._accounts.note(event.account_id, at)

    def _applied_watermark(self, topic: str, as_of: int) -> int:
        """Return the watermark (µs) of a topic as trackers see it, never after `as_of` (seconds).

        What was accepted may still wait for its time, and belong to what the topic's own watermark has passed.
        """
        return min(self.intake.watermark(topic), as_of * MICRO)

    def tidy(self, second: int) -> None:
        """Let go of what no event at `second` or later can change, without moving any window."""
        watermark = self._applied_watermark("usage", second)
        self._people.settle(second, watermark)
        self._acts.settle(second, watermark)
        self._accounts.settle(second)

    def advance(self, as_of: int) -> None:
        """Let time pass to `as_of` (seconds): apply what was waiting, fire timers, move the windows."""
        self.reach(as_of)
        watermarks = {topic: self._applied_watermark(topic, as_of) for topic in TOPICS}
        self._people.settle(as_of, watermarks["usage"])
        self._acts.settle(as_of, watermarks["usage"])
        self._hours.settle()
        self._accounts.settle(as_of)
        self._billing.settle(as_of, watermarks["billing"])
        self._uptime.settle(as_of, watermarks["uptime"])
        self._feedback.settle(as_of, watermarks["feedback"])
        self._growth.settle(as_of, watermarks["growth"])
        self._amounts.settle(as_of, self._opportunities.first_day)
        self._risk.settle(as_of, watermarks["usage"])
        self._custom.settle(as_of)
        self.panes.flush(as_of)
        self.progress.as_of = as_of

    def save(self) -> None:
        """Write what is not written row by row: progress, waiting events, identities."""
        for _, fresh in self._fresh:  # no instant was reached since they came, as before the first one: they wait
            for applied in fresh:
                self.waiting.hold(applied)
        self._fresh.clear()
        self.waiting.settle()
        self.letters.save()
        self.duplicates.settle(self.intake.watermarks())
        self._progress_rows[_STATE] = self.progress

    def take_totals(self, *, every_segment: bool) -> Iterator[TotalRow]:
        """Yield the totals that changed since they were last taken."""
        names = self.segments.names
        for segment, window, total in self.panes.totals.take_changed(every_segment=every_segment):
            yield TotalRow(names[segment], window, total)

    def totals_of(self, segment: str) -> Mapping[str, Mapping[str, int]]:
        """Return the totals of a segment by window, as they are now; empty for one that was never seen."""
        return self.panes.totals.by_window(segment)

    def tick(self, *, every_segment: bool) -> Tick:
        """Return how far the partition has come."""
        watermarks = {topic: self.intake.watermark(topic) for topic in self.progress.highest}
        errors = self.letters.reasons.get(Reason.ENGINE_ERROR, 0)
        return Tick(self.as_of, every_segment, watermarks, self.progress.counts, bool(self.letters.stopped), errors)

    def take_accounts(self) -> dict[str, AccountStatus | None]:
        """Return the accounts that readers have not been told of as they are; None for one that is gone."""
        changed = dict(self._risk.changed)
        self._risk.changed.clear()
        return changed

    def _restore(self, as_of: int) -> None:
        self.panes.restore(as_of)
        self._people.restore(as_of)
        self._acts.restore(as_of)
        self._accounts.restore(as_of)
        self._history.restore()
        self._billing.restore(as_of)
        self._uptime.restore(as_of)
        self._feedback.restore(as_of)
        self._growth.restore(as_of)
        self._risk.restore(as_of)
        self._custom.restore(as_of)
        self.panes.flush(as_of)
        self.panes.totals.change_all()  # readers may know older ones, even of what is nothing by now
