"""What is published: exact inside, rounded once; snapshots as the contract has them."""

import json
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Snapshot
from stream.engine.definitions import Definitions
from stream.engine.merge import Calculator
from stream.engine.publication import published
from stream.engine.snapshots import snapshot, to_json

FRACTIONS = st.fractions(-(10**9), 10**9)
PLACES = Decimal("0.000001")
AS_OF = 1_795_341_600


def rounded(value, rounding):
    exact = value * 10**6
    whole = exact.numerator // exact.denominator
    if rounding == ROUND_HALF_UP:
        twice = abs(exact) * 2
        whole = (twice.numerator + twice.denominator) // (2 * twice.denominator) * (1 if exact >= 0 else -1)
    return Decimal(whole) / 10**6


@given(FRACTIONS)
def test_a_ratio_is_rounded_once_half_away_from_zero(value):
    assert Decimal(repr(published(value))) == rounded(value, ROUND_HALF_UP)


@given(FRACTIONS)
def test_a_value_that_is_cut_is_cut_downwards(value):
    assert Decimal(repr(published(value, cut=True))) == rounded(value, ROUND_FLOOR)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Fraction(1, 2_000_000), 0.000001),
        (Fraction(-1, 2_000_000), -0.000001),
        (Fraction(1, 2_000_001), 0.0),
        (Fraction(5), 5.0),
    ],
)
def test_halves_of_the_last_decimal(value, said):
    assert published(value) == said


@pytest.mark.parametrize("value", [0, 7, -3, 2**70, None, [], [{"a": 1}], {"EUR": 1.5}])
def test_what_is_no_ratio_is_as_it_is(value):
    assert published(value) is value


@given(st.integers(-(10**21), 10**21))
def test_money_is_exact_to_six_decimals_at_any_size(micro):
    said = json.loads(to_json(published(Fraction(micro, 10**6))), parse_float=Decimal, parse_int=Decimal)

    assert said * 10**6 == micro


def test_a_snapshot_is_as_the_contract_has_it():
    values = Calculator(Definitions()).values("all", {}, AS_OF)
    counts = dict.fromkeys(("events", "duplicates", "conflicts", "excluded", "late", "too_late", "dead_letters"), 0)
    found = {**snapshot("all", AS_OF, 42, values), "counts": counts}

    assert Snapshot.model_validate_json(to_json(found)).revision == 42


def test_a_snapshot_says_when_it_is_of():
    found = snapshot("plan=pro", AS_OF, 1, Calculator(Definitions()).values("plan=pro", {}, AS_OF), complete=False)

    assert (found["segment"], found["as_of"], found["complete"]) == ("plan=pro", "2026-11-22T10:00:00Z", False)


def test_json_is_on_one_line():
    assert b"\n" not in to_json({"a": "x\ny"})
