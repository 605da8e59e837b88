"""The engine says what the catalogue says: it agrees with a recomputation from scratch, for every value."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from reference import snapshot
from worlds import NOW, lines, money, subscription, uptime, usage, worlds

from schemas.keys import message_key
from stream.engine.decoding import decode
from stream.engine.definitions import Definitions
from stream.engine.merge import Calculator
from stream.engine.partition import PartitionEngine, new_tables

CONFIG = {
    "business": {"zone": "Europe/Berlin"},
    "fx": [{"from": "2026-01-01", "EUR": "1.08", "JPY": "0.0067"}, {"from": "2026-03-25", "EUR": "1.1"}],
    "features": [{"name": "export", "plans": ["pro"]}],
}


def definitions(config):
    fx = [{name: date.fromisoformat(v) if name == "from" else Decimal(v) for name, v in entry.items()} for entry in config["fx"]]
    return Definitions.model_validate(config | {"fx": fx})


DEFINITIONS = definitions(CONFIG)


def replayed(events, as_ofs, segment="all", definitions=DEFINITIONS):
    """Snapshot values of the engine, the events in the order of their time, duplicates resolved."""
    decoded = sorted(((at, line, event) for line in lines(events) for at, event in [decode(line)]), key=lambda item: item[:2])
    engine, seen, found = PartitionEngine(new_tables(), definitions), set(), {}
    queue = []
    for at, _, event in decoded:
        key = message_key(event)
        if (key, event.source, event.id) in seen:
            continue
        seen.add((key, event.source, event.id))
        if not event.test and not getattr(event, "is_bot", False):
            queue.append((at, key, event, b""))
    for as_of in as_ofs:
        due = [item for item in queue if item[0] < as_of * 1_000_000]
        queue = queue[len(due) :]
        for at, _, event, _ in due:
            engine.progress.highest[event.family] = at
        engine.apply(due)
        engine.advance(as_of)
        found[as_of] = Calculator(definitions).values(segment, engine.totals_of(segment))
    return found


def agree(events, as_ofs, segment="all", config=CONFIG, definitions=DEFINITIONS):
    for as_of, said in replayed(events, as_ofs, segment, definitions).items():
        expected = snapshot(events, config, as_of, segment, lines(events))
        wrong = {
            name: (said.values.get(name, "missing"), value, said.reasons.get(name), expected["reasons"].get(name))
            for name, value in expected["values"].items()
            if said.values.get(name, "missing") != value or said.reasons.get(name) != expected["reasons"].get(name)
        }
        assert not wrong, (as_of - NOW, wrong)


SEGMENTS = st.sampled_from(["all", "all", "plan=pro", "country=DE", "service=web", "service=api", "plan=nobody"])
AS_OFS = st.sets(st.sampled_from([NOW - 86_400, NOW - 43_200, NOW - 3_600, NOW - 300, NOW - 1, NOW]), max_size=3).map(lambda found: sorted(found | {NOW}))


@given(worlds(usage(), conflicts=True), AS_OFS, SEGMENTS)
def test_usage(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(st.one_of(subscription(), subscription(), money()), most=16), AS_OFS, SEGMENTS)
def test_billing(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(uptime(), most=16), AS_OFS, SEGMENTS)
def test_uptime(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(st.one_of(usage(), subscription(), money(), uptime()), most=40, conflicts=True), AS_OFS, SEGMENTS)
def test_everything(events, as_ofs, segment):
    agree(events, as_ofs, segment)
