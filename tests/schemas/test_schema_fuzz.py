"""Whatever the bytes: a valid event, or a BadEvent. Nothing else gets out."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import MODELS, BadEvent, Reason, message_key, parse
from schemas.examples import load

EXAMPLES = [example.data for example in load()]
VALUES = [json.loads(data) for data in EXAMPLES]
FIELDS = sorted({name for model in MODELS.values() for name in model.model_fields})

ODD = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, "", " ", "\x00", "all", "USD", "usd"),
        *("2026-11-22T10:00:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z", "\ud800", [], {}, [{}], [[]]),
    ]
)
JSON = st.recursive(
    ODD
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


# A slow machine is no finding.
UNHURRIED = settings(deadline=None)
THOROUGH = settings(deadline=None, max_examples=400)


def check(data):
    try:
        event = parse(data)
    except BadEvent as error:
        refused = error
    else:
        assert parse(event.to_json()) == event
        assert message_key(event)
        assert isinstance(event.event_time(), int)
        return
    assert isinstance(refused.reason, Reason)
    assert 0 < len(refused.detail.encode()) < 2000


@UNHURRIED
@given(st.binary(max_size=300))
def test_any_bytes(data):
    check(data)


@UNHURRIED
@given(st.text(max_size=300))
def test_any_text(text):
    check(text.encode("utf-8", "surrogatepass"))


@UNHURRIED
@given(JSON)
def test_any_json(value):
    check(json.dumps(value).encode())


@THOROUGH
@given(st.sampled_from(VALUES), st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1, max_size=4), st.booleans())
def test_events_with_wrong_fields(event, wrong, ascii_only):
    check(json.dumps(event | wrong, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@THOROUGH
@given(st.sampled_from(EXAMPLES), st.data())
def test_mutilated_events(data, draw):
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data)))
        to = draw.draw(st.integers(at, min(len(data), at + 12)))
        data = data[:at] + draw.draw(st.binary(max_size=6) | st.sampled_from(EXAMPLES)) + data[to:]
    check(data)


@UNHURRIED
@given(st.sampled_from(VALUES), st.data())
def test_events_with_missing_fields(event, draw):
    gone = draw.draw(st.sets(st.sampled_from(sorted(event)), min_size=1))
    check(json.dumps({name: value for name, value in event.items() if name not in gone}).encode())


@UNHURRIED
@given(st.sampled_from(VALUES), st.dictionaries(st.text(max_size=10), JSON, max_size=5))
def test_unknown_fields_change_nothing(event, extra):
    unknown = {f"x-{name}": value for name, value in extra.items()}
    data = json.dumps(event | unknown).encode()
    if b"\\ud800" not in data:
        assert parse(data) == parse(json.dumps(event).encode())
