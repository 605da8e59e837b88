"""Money: whole micro-units, exact rates, rounded once and half away from zero."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.calendar import Calendar
from stream.engine.definitions import Definitions
from stream.engine.money import Rates, half_up, to_micro

AMOUNTS = st.integers(-(10**15), 10**15)
WRITTEN_RATES = st.decimals(Decimal("0.000001"), Decimal(10_000), places=6)


def rates(fx, zone="UTC", currency="USD"):
    definitions = Definitions.model_validate({"business": {"zone": zone, "currency": currency}, "fx": fx})
    return Rates(definitions, Calendar(zone))


def micros(*when, zone="UTC"):
    return int(datetime(*when, tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()) * 1_000_000


DATED = [
    {"from": date(2026, 3, 1), "EUR": Decimal("1.10")},
    {"from": date(2026, 1, 1), "EUR": Decimal("1.08"), "GBP": Decimal("1.3")},
]


@given(AMOUNTS, st.integers(1, 10**9))
def test_a_quotient_is_rounded_half_away_from_zero(numerator, denominator):
    exact = abs(Fraction(numerator, denominator)) + Fraction(1, 2)

    assert half_up(numerator, denominator) == (1 if numerator >= 0 else -1) * (exact.numerator // exact.denominator)


@pytest.mark.parametrize(("numerator", "rounded"), [(1, 1), (-1, -1), (3, 2), (-3, -2), (0, 0)])
def test_halves_go_away_from_zero(numerator, rounded):
    assert half_up(numerator, 2) == rounded


@pytest.mark.parametrize(
    ("minor", "currency", "micro"),
    [
        (1_250, "USD", 12_500_000),
        (5_000, "JPY", 5_000_000_000),
        (1_234, "KWD", 1_234_000),
        (12_345, "CLF", 1_234_500),
        (-1, "EUR", -10_000),
    ],
)
def test_minor_units_become_micro_units_by_the_exponent(minor, currency, micro):
    assert to_micro(minor, currency) == micro


@given(AMOUNTS, WRITTEN_RATES)
def test_a_conversion_is_exact_and_rounded_once(micro, rate):
    exact = (Decimal(micro) * rate).quantize(Decimal(1), ROUND_HALF_UP)

    assert rates({"EUR": rate}).convert(micro, "EUR", 0) == exact


@given(AMOUNTS)
def test_the_reporting_currency_is_as_it_is(micro):
    assert rates({}).convert(micro, "USD", 0) == micro


def test_the_reporting_currency_has_the_rate_one():
    assert rates({}, currency="EUR").rate("EUR", 0) == 1


def test_without_a_rate_there_is_no_amount():
    assert rates({"EUR": Decimal("1.08")}).convert(5, "GBP", 0) is None


def test_nothing_is_nothing_in_every_currency():
    assert rates({}).convert(0, "GBP", 0) == 0


@pytest.mark.parametrize(
    ("at", "rate"),
    [
        (micros(2025, 6, 1), "1.08"),  # before the first, the first
        (micros(2026, 1, 1), "1.08"),
        (micros(2026, 3, 1) - 1, "1.08"),
        (micros(2026, 3, 1), "1.10"),
        (micros(2027, 1, 1), "1.10"),
    ],
)
def test_the_rate_in_force_is_the_last_that_began(at, rate):
    assert rates(DATED).rate("EUR", at) == Fraction(rate)


def test_an_entry_that_does_not_name_a_currency_leaves_its_rate_alone():
    assert rates(DATED).rate("GBP", micros(2026, 4, 1)) == Fraction("1.3")


def test_a_rate_begins_at_the_midnight_of_the_business():
    berlin = rates(DATED, "Europe/Berlin")

    assert berlin.changes == [micros(2026, 1, 1, zone="Europe/Berlin"), micros(2026, 3, 1, zone="Europe/Berlin")]


def test_rates_without_dates_never_change():
    assert rates({"EUR": Decimal("1.08")}).changes == []


def test_a_rate_is_read_exactly_as_written():
    assert rates({"EUR": Decimal("1.08")}).rate("EUR", 0) == Fraction(108, 100)
