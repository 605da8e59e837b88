"""Topic cards: topics, documents and pages are made from them."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from schemas import CARDS, MAX_BYTES, TOPICS, full_name

INPUTS = [CARDS[name] for name in TOPICS]


def test_every_topic_of_the_contract_has_a_card():
    assert set(CARDS) == {
        *TOPICS,
        *("dead-letters", "late", "snapshots", "alerts", "accounts", "totals", "clock", "control", "merge"),
    }
    assert all(name == card.name for name, card in CARDS.items())


def test_full_name_has_the_namespace():
    assert full_name("vitals", CARDS["dead-letters"]) == "vitals.dead-letters"


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.name)
def test_card_says_everything(card):
    assert card.purpose.endswith(".")
    assert card.key
    assert card.value.endswith(".")
    assert card.readers
    assert card.writers or card.name == "merge"
    assert (card.retention is None) == (card.cleanup == "compact")
    assert card.max_message_bytes > MAX_BYTES


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.name)
def test_public_values_have_a_schema(card):
    public = card.name in {*TOPICS, "snapshots", "alerts"}

    assert (card.model is not None) == public
    if public:
        assert TypeAdapter(card.model).json_schema()


def test_inputs_are_kept_for_the_grace_of_their_topic():
    assert {card.name for card in INPUTS if card.retention >= timedelta(days=35)} == {"billing", "feedback", "growth"}
    assert all(card.partitions == "inputs" for card in INPUTS)


def test_refused_records_fit_with_their_headers():
    for name in ("dead-letters", "late"):
        assert CARDS[name].max_message_bytes == 4 * 1024 * 1024
        assert list(CARDS[name].headers) == ["reason", "detail", "topic", "partition", "offset"]


def test_single_partitions():
    assert {card.name for card in CARDS.values() if card.partitions == 1} == {"clock", "control", "merge"}
