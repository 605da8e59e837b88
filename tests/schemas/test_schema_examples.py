"""Examples: every one is valid, every model has one, and writing them again says the same."""

import json
from datetime import UTC, datetime

import pytest

from schemas import MODELS, parse
from schemas.examples import OUTPUTS, load, load_outputs
from schemas.times import parse_time

EVENTS = load()
MESSAGES = load_outputs()


def ids(example):
    return f"{example.type}/{example.case}"


def same(sent, written):
    """What was sent is in what is written: times by instant, nulls by absence; more may be there (defaults)."""
    if isinstance(sent, dict):
        return all(same(value, written.get(name)) for name, value in sent.items() if name in written or value is None)
    if isinstance(sent, list):
        return len(sent) == len(written) and all(map(same, sent, written))
    if isinstance(sent, str) and sent != written:
        return parse_time(sent) == parse_time(written)
    return type(sent) is type(written) is bool or sent == written


@pytest.mark.parametrize("example", EVENTS, ids=ids)
def test_event_parses_and_reserialises_equal(example):
    event = parse(example.data)
    written = event.to_json()

    assert type(event) is MODELS[example.type]
    assert event.type == example.type
    assert parse(written) == event
    assert same(json.loads(example.data), json.loads(written))
    assert {name for name, value in json.loads(example.data).items() if value is not None} - set(
        json.loads(written)
    ) <= {
        "release",
        "nested",
    }, "only unknown fields get lost"


@pytest.mark.parametrize("example", MESSAGES, ids=ids)
def test_message_parses_and_reserialises_equal(example):
    message = OUTPUTS[example.type].model_validate_json(example.data)

    assert json.loads(message.to_json()) == json.loads(example.data)


def test_every_model_has_an_example():
    assert {example.type for example in EVENTS} == set(MODELS)
    assert {example.type for example in MESSAGES} == set(OUTPUTS)


def test_every_choice_and_every_field_has_an_example():
    """Whoever writes a producer finds a message to copy for whatever there is to say."""
    shown = {name: set() for name in MODELS}
    for example in EVENTS:
        shown[example.type] |= set(json.loads(example.data))

    envelope = {"sent_at", "received_at", "test", "attributes", "account_id"}
    common = {"session_id", "plan", "country", "platform", "channel", "is_bot", "active", "user_id", "anonymous_id"}
    for name, model in MODELS.items():
        optional = envelope | (common if name.startswith("usage.") and name != "usage.tracked" else set())
        assert set(model.model_fields) - shown[name] <= optional, name
    assert set().union(*shown.values()) >= envelope


def test_times_are_utc_once_read():
    event = parse(next(example.data for example in EVENTS if example.case == "offset-and-nanoseconds"))

    assert event.time == datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    assert event.time.utcoffset().total_seconds() == 0


def test_clock_skew_is_corrected():
    event = parse(next(example.data for example in EVENTS if example.case == "skewed-clock"))

    assert event.event_time() == parse_time("2026-11-22T10:00:01Z")


def test_event_time_is_time_where_there_is_nothing_to_correct():
    event = parse(next(example.data for example in EVENTS if example.case == "success"))

    assert event.event_time() == parse_time("2026-11-22T10:00:00Z")
