"""What is generated for others: JSON Schemas that hold for the examples, and an AsyncAPI document that is one."""

import copy
import doctest
import importlib
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from schemas import CARDS, FAMILIES, MODELS, BadEvent, Reason, parse
from schemas.examples import OUTPUTS, load, load_outputs
from stream import docs
from stream.docs.asyncapi import document

HERE = Path(__file__).parent
GENERATED = HERE.parents[1] / "docs" / "schemas"
EVENTS = {f"{one.type}/{one.case}": json.loads(one.data) for one in load()}
MESSAGES = {f"{one.type}/{one.case}": json.loads(one.data) for one in load_outputs()}


@pytest.fixture(scope="module")
def validators():
    return {name: Draft202012Validator(docs.json_schema(name)) for name in docs.NAMES}


def test_the_pages_are_those_of_the_models():
    """If not: `make docs`."""
    found = {path.name: path.read_text(encoding="utf-8") for path in GENERATED.iterdir()}

    assert found.keys() == docs.pages().keys()
    assert found == docs.pages()


def test_there_is_one_for_everything_and_each_has_a_name_of_its_own():
    assert set(docs.NAMES) == {*MODELS, *FAMILIES, *OUTPUTS, "dead-letter"}
    assert len({docs.json_schema(name)["$id"] for name in docs.NAMES}) == len(docs.NAMES)


@pytest.mark.parametrize("name", docs.NAMES)
def test_each_is_a_schema_that_says_what_it_is_and_shows_it(name, validators):
    schema = docs.json_schema(name)
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"][0].isupper()
    assert schema["description"].endswith(".")
    for example in schema.get("examples", []):
        validators[name].validate(example)
    assert "examples" in schema or name in FAMILIES


@pytest.mark.parametrize("name", EVENTS)
def test_every_example_event_is_valid_by_its_type_and_by_its_family(name, validators):
    kind = name.partition("/")[0]

    for schema in (kind, kind.partition(".")[0]):
        validators[schema].validate(EVENTS[name])


@pytest.mark.parametrize("name", MESSAGES)
def test_every_example_message_is_valid(name, validators):
    validators[name.partition("/")[0]].validate(MESSAGES[name])


WRONG = [
    ("usage.tracked/success", {"name": None}),
    ("usage.tracked/success", {"name": 7}),
    ("usage.tracked/success", {"id": ""}),
    ("usage.tracked/success", {"id": "x" * 257}),
    ("usage.tracked/success", {"type": "usage.track"}),
    ("usage.tracked/success", {"outcome": "maybe"}),
    ("usage.tracked/success", {"test": "no"}),
    ("usage.tracked/success", {"attributes": {"list": [1]}}),
    ("usage.tracked/success", {"account_id": ""}),
    ("billing.payment_succeeded/with-tax-and-fee", {"amount": "100"}),
    ("billing.payment_succeeded/with-tax-and-fee", {"amount": 10.5}),
    ("billing.payment_succeeded/with-tax-and-fee", {"amount": -1}),
    ("billing.payment_succeeded/with-tax-and-fee", {"amount": 2**63}),
    ("billing.payment_succeeded/with-tax-and-fee", {"currency": "usd"}),
    ("billing.subscription_changed/active", {"status": "gone"}),
    ("billing.subscription_changed/active", {"items": {}}),
    ("billing.subscription_changed/active", {"items": [{"amount": 1}]}),
    ("billing.subscription_changed/discounts", {"discounts": [{"percent_off": 101, "duration": "once"}]}),
    ("uptime.checked/ok", {"ok": 1}),
    ("uptime.checked/ok", {"latency_ms": -1}),
    ("uptime.incident_changed/opened", {"severity": 6}),
    ("feedback.answered/nps", {"survey": "mood"}),
    ("feedback.answered/nps", {"sentiment": 2}),
    ("feedback.answered/nps", {"respondent_id": None}),
    ("feedback.ticket_changed/opened", {"actor": "cat"}),
    ("growth.lead_changed/visited", {"stage": "wooed"}),
    ("growth.spend_recorded/campaign", {"amount": 1.5}),
]


@pytest.mark.parametrize(("name", "changes"), WRONG)
def test_what_is_wrong_is_wrong_by_schema_and_by_model(name, changes, validators):
    """None: the field is left out."""
    event = {key: value for key, value in (EVENTS[name] | changes).items() if value is not None}
    kind = name.partition("/")[0]

    assert not validators[kind].is_valid(event)
    assert not validators[kind.partition(".")[0]].is_valid(event)
    with pytest.raises(BadEvent):
        parse(json.dumps(event).encode())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_of_what_is_required_nothing_may_be_missing(name, validators):
    event = next(value for key, value in EVENTS.items() if key.startswith(f"{name}/"))
    required = docs.json_schema(name)["required"]

    assert {"type", "id", "source", "time"} <= set(required)
    for field in required:
        assert not validators[name].is_valid({key: value for key, value in event.items() if key != field})


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_readers_may_rely_on_all_fields_but_those_that_need_not_apply_and_must_take_new_ones(name, validators):
    message = next(value for key, value in MESSAGES.items() if key.startswith(f"{name}/"))

    assert validators[name].is_valid(message | {"from_a_newer_version": 1})
    for field in message.keys() - OUTPUTS[name].where_they_apply:
        assert not validators[name].is_valid({key: value for key, value in message.items() if key != field})


def test_headers_of_refused_records(validators):
    headers = docs.json_schema("dead-letter")["examples"][0]

    assert set(headers) == set(CARDS["late"].headers) == set(CARDS["dead-letters"].headers)
    for reason in Reason:
        validators["dead-letter"].validate(headers | {"reason": reason.value})
    for wrong in ({"reason": "because"}, {"partition": "one"}, {"offset": 7}):
        assert not validators["dead-letter"].is_valid(headers | wrong)


# --- AsyncAPI


@pytest.fixture(scope="module")
def official():
    return Draft7Validator(json.loads((HERE / "vendored" / "asyncapi-3.1.0.json").read_bytes()))


@pytest.fixture(scope="module")
def written():
    return yaml.safe_load(docs.asyncapi())


def test_the_document_is_asyncapi(official, written):
    assert [error.message for error in official.iter_errors(written)] == []
    assert written == document()


@pytest.mark.parametrize(
    "break_it",
    [
        lambda one: one.update(asyncapi="2.6.0"),
        lambda one: one["info"].pop("version"),
        lambda one: one["channels"]["usage"].update(topic="unknown"),
        lambda one: one["channels"]["usage"]["bindings"]["kafka"].update(partitions="8"),
        lambda one: one["operations"]["receive_usage"].update(action="read"),
    ],
)
def test_a_document_that_is_none_is_found(official, written, break_it):
    """The check above checks."""
    broken = copy.deepcopy(written)
    break_it(broken)

    assert not official.is_valid(broken)


def test_every_topic_is_there_as_its_card_says(written):
    assert written["channels"].keys() == CARDS.keys()
    for name, card in CARDS.items():
        channel = written["channels"][name]
        kafka = channel["bindings"]["kafka"]
        configuration = kafka["topicConfiguration"]
        assert channel["address"] == f"{{namespace}}.{name}"
        assert kafka["partitions"] == (8 if card.partitions == "inputs" else 1)
        assert configuration["cleanup.policy"] == [card.cleanup]
        assert configuration["retention.ms"] == (card.retention.total_seconds() * 1000 if card.retention else -1)
        assert (channel["x-writers"], channel["x-readers"]) == (list(card.writers), list(card.readers))
        assert card.key in channel["description"]


def test_inputs_are_received_all_else_is_sent(written):
    actions = {name: one["action"] for name, one in written["operations"].items()}

    assert actions == {f"receive_{name}": "receive" for name in FAMILIES} | {
        f"send_{name}": "send" for name in CARDS.keys() - FAMILIES.keys()
    }


def test_every_reference_leads_somewhere(written):
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                yield from references(one)

    found = set(references(written))
    for one in found:
        if one.startswith("#/"):
            place = written
            for step in one[2:].split("/"):
                place = place[step]
        else:
            assert (GENERATED / one).is_file()
    events = {f"./{name}.json" for name in (*MODELS, "snapshot", "alert", "dead-letter")}
    assert {one for one in found if not one.startswith("#")} == events


@pytest.mark.parametrize("name", ["json_schema", "asyncapi", "pages"])
def test_examples_in_their_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(f"stream.docs.{name}")).failed == 0
