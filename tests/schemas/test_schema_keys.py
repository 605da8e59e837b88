"""Record keys: what belongs together is on one partition."""

from types import SimpleNamespace

import pytest

from schemas import MODELS, TOPICS, family, message_key


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"type": "usage.tracked", "account_id": "acme", "anonymous_id": "anon", "user_id": "ann"}, "acme"),
        ({"type": "usage.tracked", "anonymous_id": "anon", "user_id": "ann"}, "anon"),
        ({"type": "usage.tracked", "account_id": None, "anonymous_id": None, "user_id": "ann"}, "ann"),
        ({"type": "usage.tracked"}, "e-1"),
        ({"type": "billing.refunded", "account_id": "acme"}, "acme"),
        ({"type": "billing.cost_recorded", "account_id": None}, "e-1"),
        ({"type": "feedback.answered", "account_id": "acme", "respondent_id": "ann"}, "acme"),
        ({"type": "feedback.answered", "account_id": None, "respondent_id": "ann"}, "ann"),
        ({"type": "feedback.ticket_changed", "ticket_id": "t-1"}, "t-1"),
        ({"type": "uptime.checked", "account_id": "acme", "service": "api"}, "api"),
        ({"type": "uptime.incident_changed", "service": "api", "incident_id": "inc-1"}, "api"),
        ({"type": "uptime.incident_changed", "account_id": "acme", "service": None, "incident_id": "inc-1"}, "inc-1"),
        ({"type": "growth.lead_changed", "account_id": "acme", "lead_id": "lead-1"}, "lead-1"),
        ({"type": "growth.spend_recorded", "account_id": "acme", "lead_id": None}, "e-1"),
        ({"type": "growth.spend_recorded", "lead_id": "lead-1"}, "lead-1"),
    ],
)
def test_key_of_anything_with_the_attributes(fields, key):
    assert message_key(SimpleNamespace(id="e-1", **fields)) == key


def test_family_of_every_type():
    assert {family(name) for name in MODELS} == set(TOPICS) == {"usage", "billing", "uptime", "feedback", "growth"}


@pytest.mark.parametrize("name", ["", "usages.tracked", "Usage.tracked", ".usage", "x" * 10_000])
def test_unknown_families_are_refused(name):
    with pytest.raises(ValueError, match="no such family") as caught:
        family(name)

    assert len(str(caught.value)) < 200
