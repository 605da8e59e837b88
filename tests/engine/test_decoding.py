"""The fast decoder and the contract's models accept and reject the same, and read the same."""

import json
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import BadEvent, examples, parse
from schemas.times import from_datetime
from stream.engine import decoding
from stream.engine.decoding import decode

EXAMPLES = {f"{one.type}/{one.case}": one.data for one in examples.load()}

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 1, 5, 6, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30, 1.0, 1.5, -0.5, 1e300, 11, 101]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["", "a" * 256, "a" * 257, "é" * 256, "usd", "USD", "JPY", "XXX", "up", "active", "1", "\ud800"]),
    st.sampled_from(
        [
            "2026-11-22T10:00:00Z",
            "2026-11-22T10:00:00",
            "2026-11-22 10:00:00Z",
            "2026-11-22T10:00:00+0100",
            "2026-11-22T10:00:60Z",
            "2026-11-22t10:00:00.1234567z",
            "0001-01-01T00:00:00+01:00",
            "2030-01-01T00:00:00Z",
        ]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(
        st.text(max_size=3),
        st.one_of(st.none(), st.integers(), st.text(max_size=3), st.floats(allow_nan=False)),
        max_size=2,
    ),
    st.just([{"amount": 1, "currency": "USD", "interval": "month"}]),
    st.just([{"amount": 1, "currency": "US", "interval": "month", "interval_count": 0}]),
    st.just([{"percent_off": 10, "duration": "forever"}]),
    st.just([{"percent_off": 10, "amount_off": 1, "currency": "USD", "duration": "forever"}]),
)
FIELDS = sorted({field for data in EXAMPLES.values() for field in json.loads(data)} | {"unknown"})


def fast(data: bytes) -> object:
    """Decode without asking the exact parser; None where it would be asked."""
    asked: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "_explained", asked.append)
        decoded = decode(data)
    return None if asked else decoded


def exact(data: bytes) -> object:
    try:
        return parse(data)
    except BadEvent:
        return None


def same(decoded: object, model: object) -> None:
    at, event = decoded
    assert at == model.event_time()
    for field in type(model).model_fields:
        if field in {"time", "sent_at", "received_at"}:
            continue
        compare(getattr(event, field), getattr(model, field))


def compare(fast_value: object, value: object) -> None:
    if isinstance(value, datetime):
        assert fast_value == from_datetime(value)
    elif isinstance(value, tuple):
        assert len(fast_value) == len(value)
        for one, other in zip(fast_value, value, strict=True):
            for name in type(other).model_fields:
                compare(getattr(one, name), getattr(other, name))
    else:
        assert (fast_value, type(fast_value)) == (value, type(value))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_read_the_same(name):
    same(fast(EXAMPLES[name]), parse(EXAMPLES[name]))


@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.dictionaries(st.sampled_from(FIELDS), ODD_VALUES, max_size=3),
    st.sets(st.sampled_from(FIELDS), max_size=2),
)
@example("usage.tracked/minimal", {"attributes": {"a": 2**63}}, set())
def test_both_accept_and_reject_the_same(name, changed, removed):
    value = json.loads(EXAMPLES.get(name, next(iter(EXAMPLES.values())))) | changed
    for field in removed:
        value.pop(field, None)
    data = json.dumps(value).encode()

    decoded, model = fast(data), exact(data)

    assert (decoded is None) == (model is None)
    if model is not None:
        same(decoded, model)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff{}",
        b'"x"',
        b"\xef\xbb\xbf{}",
        b"1",
        b"{}",
        b'{"type":1}',
        b'{"type":"usage.trackt"}',
        b'{"a":' * 101 + b"1" + b"}" * 101,
        b'{"id":"1","source":"s","type":"usage.tracked","time":"2026-11-22T10:00:00Z","user_id":"u","name":"n","x":NaN}',
        b'{"id":"1","source":"s","type":"usage.tracked","time":"2026-11-22T10:00:00Z","user_id":"u","name":"n","x":"\xff"}',
        b'{"id":"1","source":"s","type":"usage.tracked","time":"2026-11-22T10:00:00Z","user_id":"u","name":"n","x":"\\ud800"}',
        b'{"id":"1","source":"s","type":"usage.tracked","time":"2026-11-22T10:00:00Z","user_id":"u","name":"n","x":'
        + b"[" * 100
        + b"]" * 100
        + b"}",
        b'{"id":"1","source":"s","type":"usage.tracked","time":"2026-11-22T10:00:00Z","user_id":"u","name":"n","x":"'
        + b"a" * 900_000
        + b'"}',
    ],
)
def test_bad_bytes_are_bad_to_both(data):
    assert fast(data) is None
    assert exact(data) is None
    with pytest.raises(BadEvent):
        decode(data)
