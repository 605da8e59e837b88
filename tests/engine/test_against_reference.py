"""The engine says what the catalogue says: it agrees with a recomputation from scratch, for every value."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, definitions_of, replayed
from reference import snapshot
from worlds import (
    AS_OFS,
    SEGMENTS,
    answer,
    beats,
    browsing,
    growth,
    lines,
    money,
    subscription,
    ticket,
    uptime,
    usage,
    worlds,
)


def agree(events, as_ofs, segment, config=CONFIG):
    for as_of, said in replayed(events, as_ofs, segment, definitions_of(config)).items():
        expected = snapshot(events, config, as_of, segment, lines(events))
        wrong = {
            name: (said.values.get(name, "missing"), value, said.reasons.get(name), expected["reasons"].get(name))
            for name, value in expected["values"].items()
            if said.values.get(name, "missing") != value or said.reasons.get(name) != expected["reasons"].get(name)
        }
        assert not wrong, wrong


@given(worlds(usage(), conflicts=True), AS_OFS, SEGMENTS)
def test_usage(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(browsing(), least=10, instants=beats()), AS_OFS, SEGMENTS)
def test_pages(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(st.one_of(subscription(), subscription(), money()), most=16), AS_OFS, SEGMENTS)
def test_billing(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(st.one_of(subscription(), subscription(), money(), answer(), ticket()), most=16), AS_OFS, SEGMENTS)
def test_signals_and_health(events, as_ofs, segment):
    agree(events, as_ofs, segment)


@given(worlds(uptime(), most=16), AS_OFS, SEGMENTS)
def test_uptime(events, as_ofs, segment):
    agree(events, as_ofs, segment)


FEEDBACK = st.fixed_dictionaries(
    {},
    optional={
        "one_vote": st.sampled_from([[], ["nps", "stars"]]),
        "ces_direction": st.just("effort"),
        "complaint_sentiment": st.sampled_from([Decimal("-0.5"), Decimal("0.25")]),
        "bayes_weight": st.sampled_from([0, 3]),
    },
)


@given(worlds(ticket(), most=16, conflicts=True), AS_OFS, SEGMENTS)
def test_tickets(events, as_ofs, segment):
    agree(events, as_ofs, segment, CONFIG | {"segments": ["plan", "priority", "topic", "channel"]})


@given(worlds(st.one_of(answer(), ticket(), ticket(), subscription()), most=30), AS_OFS, st.integers(1, 3))
def test_priorities_and_complaints(events, as_ofs, top):
    agree(events, as_ofs, "all", CONFIG | {"feedback": {"priority_top": top}})


@given(worlds(answer(), most=30, conflicts=True), AS_OFS, SEGMENTS, FEEDBACK)
def test_answers(events, as_ofs, segment, settings):
    agree(events, as_ofs, segment, CONFIG | {"feedback": settings})


QUALITY = {"degraded": "down", "check_stale": "1h", "outage_merge": "10m", "apdex": "125ms", "detect_within": "2h"}


@given(worlds(uptime(), most=16), AS_OFS, SEGMENTS)
def test_uptime_by_other_settings(events, as_ofs, segment):
    agree(events, as_ofs, segment, CONFIG | {"quality": QUALITY, "segments": ["region", "plan"]})


@given(worlds(growth(), most=24, conflicts=True), AS_OFS, SEGMENTS)
def test_growth(events, as_ofs, segment):
    agree(events, as_ofs, segment)


ACQUIRED = st.sampled_from(["all", "all", "channel=ads", "campaign=spring", "campaign=expo", "plan=pro"])


@given(worlds(st.one_of(growth(), subscription(), money()), most=24, conflicts=True), AS_OFS, ACQUIRED)
def test_acquisition(events, as_ofs, segment):
    agree(events, as_ofs, segment, CONFIG | {"segments": ["channel", "campaign", "plan"]})


@given(
    worlds(
        st.one_of(usage(), subscription(), money(), uptime(), answer(), ticket(), growth()), most=40, conflicts=True
    ),
    AS_OFS,
    SEGMENTS,
)
def test_everything(events, as_ofs, segment):
    agree(events, as_ofs, segment)
