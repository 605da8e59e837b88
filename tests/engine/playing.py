"""Ways to run events through the engine: as a replay does, and as workers do."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from zlib import crc32

from worlds import lines

from schemas.keys import message_key
from stream.engine.decoding import decode
from stream.engine.definitions import Definitions
from stream.engine.ledger import contradictions
from stream.engine.merge import Calculator, MergedTotals
from stream.engine.partition import PartitionEngine, new_tables
from stream.engine.tables import TABLES
from stream.runtime.tables import Codec

CONFIG = {
    "business": {"zone": "Europe/Berlin"},
    "fx": [{"from": "2026-01-01", "EUR": "1.08", "JPY": "0.0067", "KWD": "3.25"}, {"from": "2026-03-25", "EUR": "1.1"}],
    "features": [{"name": "export", "plans": ["pro"]}],
}
PATIENT = {"lateness": {"grace": dict.fromkeys(("usage", "uptime", "billing", "feedback", "growth"), "400d")}}
"""Nothing is ever too late: any order will do."""


def definitions_of(config):
    fx = [
        {name: date.fromisoformat(value) if name == "from" else Decimal(value) for name, value in entry.items()}
        for entry in config["fx"]
    ]
    return Definitions.model_validate(config | {"fx": fx})


DEFINITIONS = definitions_of(CONFIG)


def replayed(events, as_ofs, segment="all", definitions=DEFINITIONS):
    """Values at each `as_of`: the events in the order of their time, duplicates resolved, one engine."""
    decoded = sorted(((at, line, event) for line in lines(events) for at, event in [decode(line)]), key=lambda e: e[:2])
    engine, seen, queue, found = PartitionEngine(new_tables(), definitions), set(), [], {}
    merged = MergedTotals()
    for at, _, event in decoded:
        key = message_key(event)
        if (key, event.source, event.id) not in seen:
            seen.add((key, event.source, event.id))
            if not event.test and not getattr(event, "is_bot", False):
                queue.append((at, key, event, b""))
    for as_of in as_ofs:
        due = [applied for applied in queue if applied[0] < as_of * 1_000_000]
        queue = queue[len(due) :]
        for at, _, event, _ in due:
            engine.progress.highest[event.family] = at
        engine.apply(due)
        engine.advance(as_of)
        totals = engine.take_totals(every_segment=True)
        merged.put(0, (((row.segment, row.window, 0), dict(row.total)) for row in totals))
        assert not [*contradictions(merged.of(segment), definitions, as_of)]
        found[as_of] = Calculator(definitions).values(segment, merged.of(segment), as_of)
    return found


class Worker:
    """Engines of some partitions, which take batches in whatever order, and restart from what they have written."""

    def __init__(self, definitions, partitions):
        self.definitions = definitions
        self.partitions = partitions
        self.tables = [new_tables() for _ in range(partitions)]
        self.engines = [self._opened(number) for number in range(partitions)]
        self.merged = MergedTotals()
        self.refused = []

    def _opened(self, number):
        return PartitionEngine(self.tables[number], self.definitions, right_partition=lambda _: True)

    def take(self, events):
        """Take a batch: each event to the partition of its key, each partition topic by topic."""
        batches = defaultdict(list)
        for event, line in zip(events, lines(events), strict=True):
            key = message_key(decode(line)[1])
            family = event["type"].partition(".")[0]
            batches[crc32(key.encode()) % self.partitions, family].append((key.encode(), line))
        for (number, family), records in batches.items():
            self.refused += self.engines[number].accept(family, records)

    def advance(self, as_of):
        for number, engine in enumerate(self.engines):
            engine.advance(as_of)
            rows = engine.take_totals(every_segment=True)
            self.merged.put(number, (((segment, window, 0), dict(total)) for segment, window, total in rows))

    def restart(self):
        """Start anew from the rows, as they come back from where they were written to."""
        for engine in self.engines:
            engine.save()
        self.tables = [written_and_read(tables) for tables in self.tables]
        self.engines = [self._opened(number) for number in range(self.partitions)]

    def values(self, segment):
        totals, as_of = self.merged.of(segment), self.engines[0].as_of
        assert not [*contradictions(totals, self.definitions, as_of)]
        return Calculator(self.definitions).values(segment, totals, as_of)


def written_and_read(tables):
    """Rows after they were encoded and decoded."""
    found = new_tables()
    for name, table in TABLES.items():
        codec = Codec(table)
        for key, row in tables[name].items():
            written_key, value = codec.write(key, row)
            found[name][codec.read_key(written_key.partition(b"\0")[2])] = codec.read_row(value)
    return found
