"""The engine says what the catalogue says: it agrees with a recomputation from scratch, for every value."""

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, replayed
from reference import snapshot
from worlds import AS_OFS, SEGMENTS, lines, money, subscription, uptime, usage, worlds


def agree(events, as_ofs, segment):
    for as_of, said in replayed(events, as_ofs, segment).items():
        expected = snapshot(events, CONFIG, as_of, segment, lines(events))
        wrong = {
            name: (said.values.get(name, "missing"), value, said.reasons.get(name), expected["reasons"].get(name))
            for name, value in expected["values"].items()
            if said.values.get(name, "missing") != value or said.reasons.get(name) != expected["reasons"].get(name)
        }
        assert not wrong, wrong


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
