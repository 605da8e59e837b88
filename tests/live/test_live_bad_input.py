"""Bad input leaves untouched, with its reason, for a place where it can be read; the good events beside it count."""

import json
from datetime import timedelta

from making import at, spoken, tracked

from schemas.errors import Reason

NOW = at("2026-03-02T12:00:00+00:00")


def _json(**fields):
    return json.dumps({"id": "1", "source": "test", "time": spoken(NOW), **fields}).encode()


def _usage(**fields):
    return _json(type="usage.tracked", **{"name": "use", "account_id": "acme", "user_id": "ann", **fields})


BAD = {
    "too_large": _usage(attributes={"text": "x" * 950_000}),
    "not_utf8": b'{"id": "\xff"}',
    "not_json": b'{"id": NaN}',
    "not_an_object": b"[1]",
    "too_deep": b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
    "unknown_type": _json(type="usage.track"),
    "invalid_field": _usage(name=1),
    "empty_key": _usage(account_id=""),
    "in_future": _usage(time=spoken(NOW + timedelta(minutes=6))),
}
MORE_BAD = {
    "nothing": (b"", "not_json"),
    "a naive time": (_usage(time="2026-03-02T12:00:00"), "invalid_field"),
    "a number as text": (_usage(value="1"), "invalid_field"),
    "another topic's": (
        _json(type="billing.payment_succeeded", account_id="acme", payment_id="p", amount=1, currency="USD"),
        "unknown_type",
    ),
}


def test_bad_records_leave_with_their_reason_and_the_good_ones_beside_them_count(live):
    system = live(clock=spoken(NOW + timedelta(seconds=10)))
    system.make_topics()
    key, other = b"acme", b"other"
    here = system.partition(key)
    good = [tracked(NOW + timedelta(seconds=second), "acme") for second in range(4)]
    late = tracked(NOW - timedelta(hours=2), "acme")
    values = [*BAD.values(), *(value for value, _ in MORE_BAD.values())]
    records = [
        ("usage", here, key, good[0]),
        *(("usage", here, key, value) for value in values),
        ("usage", here, key, None),
        ("usage", here, key, good[1]),
        ("usage", system.partition(other), other, _usage(id="wrong-key")),
        ("usage", here, None, _usage(id="no-key")),
        ("usage", (here + 1) % 4, key, _usage(id="wrong-partition")),
        ("usage", here, key, good[2]),
        ("usage", here, key, late),
        ("usage", here, key, good[3]),
    ]
    system.publish_records(records)
    system.worker()

    snapshot = system.wait_for(len(records))

    letters = system.read("dead-letters")
    assert snapshot["counts"] == {
        **dict.fromkeys(("duplicates", "conflicts", "excluded", "late"), 0),
        "events": len(good),
        "too_late": 1,
        "dead_letters": len(letters),
    }
    assert snapshot["values"]["active_users.5m"] == 1
    assert len(letters) == len(records) - len(good) - 1
    reasons = {letter.value: dict(letter.headers)["reason"].decode() for letter in letters}
    assert {reason: reasons[value] for reason, value in BAD.items()} == {reason: reason for reason in BAD}
    assert {what: reasons[value] for what, (value, _) in MORE_BAD.items()} == {
        what: reason for what, (_, reason) in MORE_BAD.items()
    }
    assert {*reasons.values()} == {*Reason} - {Reason.TOO_LATE, Reason.ENGINE_ERROR}
    sources = {(record.topic, record.partition, record.offset): record for record in system.read("usage")}
    for letter in letters:  # it says where it came from, so that it can be found, mended and sent again
        headers = {name: text.decode() for name, text in letter.headers}
        assert headers.keys() == {"reason", "detail", "topic", "partition", "offset"}
        assert headers["detail"]
        source = sources[headers["topic"], int(headers["partition"]), int(headers["offset"])]
        assert (letter.key, letter.value) == (source.key, source.value)

    (too_late,) = system.read("late")
    assert (too_late.key, too_late.value) == (key, late)
    assert dict(too_late.headers)["reason"] == b"too_late"
