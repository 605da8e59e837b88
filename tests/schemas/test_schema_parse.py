"""The explaining parser: every kind of bad input has its reason, and the detail says what to do."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas import MAX_BYTES, MAX_DEPTH, BadEvent, Event, Reason, UsageTracked, parse
from schemas.explain import explain

GOOD = {
    "id": "1",
    "source": "web",
    "type": "usage.tracked",
    "time": "2026-11-22T10:00:00Z",
    "user_id": "ann",
    "name": "export",
}


def encode(**fields):
    return json.dumps(GOOD | fields).encode()


def raw(name, text):
    """A good event with one more field, written as it is."""
    return encode()[:-1] + f', "{name}": {text}}}'.encode()


def refusal(data):
    with pytest.raises(BadEvent) as caught:
        parse(data)
    return caught.value


def nested(depth, brackets="[]"):
    """Lists or objects, `depth` deep together with the event itself."""
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    return opening * (depth - 1) + "1" * (brackets == "{}") + closing * (depth - 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" " * (MAX_BYTES + 1), Reason.TOO_LARGE),
        (encode() + b" " * MAX_BYTES, Reason.TOO_LARGE),
        (b"\xff", Reason.NOT_UTF8),
        (raw("x", '"é"').decode().encode("latin-1"), Reason.NOT_UTF8),
        (b'{"id": "\xed\xa0\x80"}', Reason.NOT_UTF8),
        ("{}".encode("utf-16"), Reason.NOT_UTF8),
        (b"", Reason.NOT_JSON),
        (b"   ", Reason.NOT_JSON),
        (b"{", Reason.NOT_JSON),
        (b"\x00", Reason.NOT_JSON),
        (b"{'id': 1}", Reason.NOT_JSON),
        (b'{"a": 1,}', Reason.NOT_JSON),
        (b'{"a": 01}', Reason.NOT_JSON),
        (b'{"a": +1}', Reason.NOT_JSON),
        (b'{"a": .5}', Reason.NOT_JSON),
        (b'{"a": 1.}', Reason.NOT_JSON),
        (b'{"a": 0x1}', Reason.NOT_JSON),
        (b'{"a": "\\x41"}', Reason.NOT_JSON),
        (b'{"a": "\\u12"}', Reason.NOT_JSON),
        (b'{"a": /* no */ 1}', Reason.NOT_JSON),
        (encode() + b"{}", Reason.NOT_JSON),
        (encode() + b"\x0c", Reason.NOT_JSON),
        (b"\xef\xbb\xbf" + encode(), Reason.NOT_JSON),
        (raw("x", "NaN"), Reason.NOT_JSON),
        (raw("x", "[Infinity]"), Reason.NOT_JSON),
        (raw("value", "-Infinity"), Reason.NOT_JSON),
        (raw("x", '"a\tb"'), Reason.NOT_JSON),
        (raw("x", '"a\nb"'), Reason.NOT_JSON),
        (raw("x", '"\\ud800"'), Reason.NOT_JSON),
        (raw("x", '"\\uDFFF"'), Reason.NOT_JSON),
        (raw("x", '"\\udc00\\ud800"'), Reason.NOT_JSON),
        (raw("x", '"\\ud83d\\\\ude00"'), Reason.NOT_JSON),
        (raw("x", '{"\\ud800": 1}'), Reason.NOT_JSON),
        (raw("name", '"\\\\\\ud800"'), Reason.NOT_JSON),
        (b"[]", Reason.NOT_AN_OBJECT),
        (b"null", Reason.NOT_AN_OBJECT),
        (b'"text"', Reason.NOT_AN_OBJECT),
        (b"1", Reason.NOT_AN_OBJECT),
        (b"true", Reason.NOT_AN_OBJECT),
        (raw("x", nested(MAX_DEPTH + 1)), Reason.TOO_DEEP),
        (raw("x", nested(MAX_DEPTH + 1, "{}")), Reason.TOO_DEEP),
        (b"[" * MAX_BYTES, Reason.TOO_DEEP),
        (b'{"a":' * 150_000, Reason.TOO_DEEP),
        (b"{}", Reason.UNKNOWN_TYPE),
        (encode(type=None), Reason.UNKNOWN_TYPE),
        (encode(type=["usage.tracked"]), Reason.UNKNOWN_TYPE),
        (encode(type="usage.Tracked"), Reason.UNKNOWN_TYPE),
        (encode(type=""), Reason.UNKNOWN_TYPE),
        (encode(type="x" * 800_000), Reason.UNKNOWN_TYPE),
        (encode(user_id=""), Reason.EMPTY_KEY),
        (encode(account_id=""), Reason.EMPTY_KEY),
        (encode(account_id="", anonymous_id=""), Reason.EMPTY_KEY),
        (encode(account_id="", name=1), Reason.INVALID_FIELD),
        (encode(id=""), Reason.INVALID_FIELD),
        (encode(id="x" * 257), Reason.INVALID_FIELD),
        (encode(source="x" * 257), Reason.INVALID_FIELD),
        (encode(time="2026-11-22T10:00:00"), Reason.INVALID_FIELD),
        (encode(user_id=None), Reason.INVALID_FIELD),
        (encode(value="1"), Reason.INVALID_FIELD),
        (encode(value=True), Reason.INVALID_FIELD),
        (encode(value=None), Reason.INVALID_FIELD),
        (raw("value", "1e999"), Reason.INVALID_FIELD),
        (raw("value", "1" * 310), Reason.INVALID_FIELD),
        (raw("value", "-" + "1" * 10_000), Reason.INVALID_FIELD),
        (encode(test=0), Reason.INVALID_FIELD),
        (encode(is_bot="false"), Reason.INVALID_FIELD),
        (encode(active=None), Reason.INVALID_FIELD),
        (encode(outcome="Success"), Reason.INVALID_FIELD),
        (encode(outcome=None), Reason.INVALID_FIELD),
        (encode(attributes=[]), Reason.INVALID_FIELD),
        (encode(attributes={"a": None}), Reason.INVALID_FIELD),
        (encode(attributes={"a": {}}), Reason.INVALID_FIELD),
        (encode(attributes={"a": 2**63}), Reason.INVALID_FIELD),
        (raw("attributes", '{"a": 1e999}'), Reason.INVALID_FIELD),
        (encode(name="x" * 890_000, time=0), Reason.INVALID_FIELD),
    ],
)
def test_reason(data, reason):
    error = refusal(data)

    assert error.reason is reason
    assert 0 < len(error.detail) < 600
    assert str(error) == f"{reason.value}: {error.detail}"
    error.detail.encode()


@pytest.mark.parametrize(
    "data",
    [
        encode() + b" \r\n\t ",
        b"\n " + encode(),
        encode(extra={"a": [1, None]}),
        encode(id="x" * 256, source="é" * 256),
        encode(id="😀" * 256),
        encode(value=-0.0),
        encode(value=2**63),
        encode(name=""),
        encode(attributes={"": "", "a": -(2**63), "b": 2**63 - 1, "c": 0.5, "d": False}),
        encode(attributes=None, account_id=None, plan=None),
        raw("x", "1e999"),
        raw("x", "-1e99999"),
        raw("x", "1" * 10_000),
        raw("x", nested(MAX_DEPTH)),
        raw("x", nested(MAX_DEPTH, "{}")),
        raw("x", json.dumps("[{" * 400)),
        raw("x", '"' + '\\"[' * 200 + '"'),
        raw("x", '"\\ud83d\\ude00 \\\\ud800 \\u0000 \\uD7FF \\ue000"'),
        raw("x", '"\x7f\u2028"'),
        raw("x", "[" + "[]," * 1000 + "[]]"),
        encode() + b" " * (MAX_BYTES - len(encode())),
    ],
)
def test_accepts(data):
    assert isinstance(parse(data), UsageTracked)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"time": object()}, "time: is a Python object, must be a time; send a string like 2026-11-22T10:00:00Z"),
        (
            {"id": "\ud800"},
            "id: Input should be a valid string, unable to parse raw data as a unicode string; correct it",
        ),
    ],
)
def test_values_that_only_python_can_make_are_explained_too(fields, detail):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Event).validate_python(GOOD | fields)

    assert explain(caught.value).detail == detail


def test_last_of_duplicate_names_wins():
    assert parse(b'{"name": 1, "type": 2, ' + encode()[1:]).name == "export"
    assert refusal(raw("name", "1")).reason is Reason.INVALID_FIELD


def test_escapes_are_read():
    assert parse(raw("name", '"\\ud83d\\ude00\\\\ud800"')).name == "😀\\ud800"


@pytest.mark.parametrize(
    "literal", ["1.0", "1e2", "-1E2", "true", '"1"', "null", str(2**63), str(-(2**63) - 1), "9" * 5000]
)
def test_what_is_no_integer(literal):
    data = json.dumps(
        {"id": "1", "source": "s", "type": "uptime.requests_counted", "time": GOOD["time"], "service": "api", "good": 0}
    ).encode()

    assert refusal(data[:-1] + f', "total": {literal}}}'.encode()).detail.startswith("total: ")


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"time": "2026-11-22T10:00:00"}, "time: has no offset; append Z or +hh:mm"),
        ({"time": 5}, "time: is an integer, must be a time; send a string like 2026-11-22T10:00:00Z"),
        ({"sent_at": ""}, "sent_at: is no RFC 3339 time; write it like 2026-11-22T10:00:00Z"),
        ({"value": "1"}, "value: is a string, must be a number; send it without quotes"),
        ({"name": 1}, "name: is an integer, must be a string; put it in quotes"),
        ({"name": None}, "name: is null, must be a string; leave it out, or give it if it is required"),
        ({"test": "yes"}, "test: is a string, must be true or false; send it without quotes"),
        ({"outcome": "ok"}, "outcome: is 'ok'; send 'success' or 'failure'"),
        ({"outcome": 1}, "outcome: is an integer; send 'success' or 'failure'"),
        ({"id": "x" * 300}, "id: has 300 characters; send 256 at most"),
        ({"id": ""}, "id: is empty; give it, or leave it out where it is optional"),
        ({"attributes": "a"}, "attributes: is a string, must be an object; send one"),
        (
            {"attributes": {"a": []}},
            "attributes: 'a' is a list; send a string, a number, true or false, or leave it out",
        ),
        ({"value": 10**400}, "value: is too large for a number; send a smaller one"),
        ({"user_id": None}, "user_id: missing, and so is anonymous_id; give at least one of them"),
        ({"type": "Uptime.Checked"}, "type: 'Uptime.Checked' is no type of the contract; did you mean uptime.checked?"),
    ],
)
def test_detail_says_what_is_wrong_and_the_fix(fields, detail):
    assert refusal(encode(**fields)).detail == detail


def billing(**fields):
    event = {"id": "1", "source": "s", "time": GOOD["time"], "account_id": "acme", "subscription_id": "s"}
    return json.dumps(event | {"type": "billing.subscription_changed", "status": "active"} | fields).encode()


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        (
            {"items": [{"amount": 1.5, "currency": "usd", "interval": "month"}]},
            (
                "items[0].amount: is a number with decimals or an exponent, must be an integer; write it without | "
                "items[0].currency: is no ISO 4217 code; write USD"
            ),
        ),
        ({"items": {}}, "items: is an object, must be a list; send one"),
        ({"items": [[]] * 100_000}, "items[0]: is a list, must be an object; send one"),
        (
            {"items": [{"amount": 2**63, "currency": "USD", "interval": "month"}]},
            "items[0].amount: does not fit in 64 bits; send a smaller number",
        ),
        (
            {"discounts": [{"duration": "once", "percent_off": -1}]},
            "discounts[0].percent_off: must be at least 0; correct it",
        ),
        (
            {"discounts": [{"duration": "once", "percent_off": 101}]},
            "discounts[0].percent_off: must be at most 100; correct it",
        ),
        (
            {"discounts": [{"duration": "once"}]},
            "discounts[0].percent_off: missing, and so is amount_off; give one of them",
        ),
    ],
)
def test_detail_has_the_path(fields, detail):
    assert refusal(billing(**fields)).detail == detail


def test_all_wrong_fields_are_told_up_to_five():
    wrong = {"id": 1, "source": 2, "time": 3, "name": 4, "value": "5", "plan": 6, "country": 7}

    detail = refusal(encode(**wrong)).detail
    assert detail.count(" | ") == 5
    assert detail.endswith(" | and 2 more")
    assert detail.startswith("id: is an integer")


def test_default_that_depends_on_a_wrong_field_is_not_reported():
    event = GOOD | {"type": "feedback.answered", "respondent_id": "ann", "survey": "npx", "score": 1}

    assert refusal(json.dumps(event).encode()).detail == "survey: is 'npx'; send 'nps', 'csat', 'ces' or 'stars'"


@pytest.mark.parametrize("name", ["plan", "name", "user_id", "outcome", "time", "id"])
def test_long_values_are_not_echoed(name):
    secret = "card 4242 " * 1000

    detail = refusal(encode(**{name: [secret], "value": secret, "outcome": secret, "attributes": {secret: []}})).detail
    assert len(detail) < 700
    assert secret[:60] not in detail


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("feedback.answered", {"respondent_id": "", "survey": "csat", "score": 1}),
        ("feedback.ticket_changed", {"ticket_id": "", "change": "opened", "actor": "bot"}),
        ("uptime.checked", {"service": "", "ok": True}),
        ("uptime.incident_changed", {"incident_id": "", "status": "opened"}),
        ("uptime.incident_changed", {"incident_id": "i", "service": "", "status": "opened"}),
        ("growth.lead_changed", {"lead_id": "", "stage": "visited"}),
        ("growth.spend_recorded", {"lead_id": "", "amount": 1, "currency": "USD"}),
        ("billing.cost_recorded", {"account_id": "", "kind": "other", "amount": 1, "currency": "USD"}),
    ],
)
def test_empty_keys(kind, fields):
    assert refusal(encode(type=kind, **fields)).reason is Reason.EMPTY_KEY


@pytest.mark.parametrize(
    ("kind", "fields", "missing"),
    [
        ("billing.refunded", {"refund_id": "r", "amount": 1, "currency": "USD"}, "account_id"),
        ("billing.refunded", {"account_id": None, "refund_id": "r", "amount": 1, "currency": "USD"}, "account_id"),
        ("uptime.checked", {"ok": True}, "service"),
        ("usage.identified", {"user_id": "ann"}, "anonymous_id"),
        ("growth.lead_changed", {"stage": "visited"}, "lead_id"),
        ("feedback.answered", {"survey": "csat", "score": 1}, "respondent_id"),
    ],
)
def test_required_ids(kind, fields, missing):
    error = refusal(encode(type=kind, **fields))

    assert error.reason is Reason.INVALID_FIELD
    assert error.detail.startswith(f"{missing}: ")


def test_deep_text_that_is_no_json_is_still_refused_quickly():
    for text in ('"' + '\\"' * 400_000, '{"a":"' + "[" * 800_000, "]" * 800_000, '"\\' * 300_000, "[" * 101 + '"\\'):
        assert refusal(text.encode()).reason in {Reason.NOT_JSON, Reason.TOO_DEEP}
