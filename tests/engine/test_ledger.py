"""The ledger closes, or says where it does not. That it closes in every world, every property asks: `playing.py`."""

import pytest

from stream.engine.definitions import Definitions
from stream.engine.ledger import contradictions

GOOD = {
    "now": {"mrr": 90, "ledger_mrr": 90, "paying_accounts": 2, "ledger_accounts": 2},
    "24h": {"new_mrr": 30, "churned_mrr": 40, "fx_mrr": 5, "accounts_joined": 1, "accounts_left": 1},
}


def found(totals):
    return list(contradictions(totals, Definitions(), 0))


def test_nothing_closes():
    assert found({}) == found(GOOD) == []


@pytest.mark.parametrize(
    ("window", "counter", "count", "said"),
    [
        ("now", "ledger_mrr", 91, "mrr is 90, its movements add up to 91"),
        ("now", "ledger_accounts", 1, "paying_accounts is 2, its movements add up to 1"),
        ("24h", "new_mrr", 126, "opening_mrr.24h is -1, less than nothing"),
        ("24h", "accounts_joined", 4, "opening_accounts.24h is -1, less than nothing"),
        ("24h", "cohort_shrunk_mrr", 96, "what is left of opening_mrr.24h is -1, less than nothing"),
        ("today", "expansion_mrr", 91, "closing_mrr.yesterday is -1, less than nothing"),
    ],
)
def test_what_does_not_add_up_is_said(window, counter, count, said):
    assert said in found(GOOD | {window: GOOD.get(window, {}) | {counter: count}})
