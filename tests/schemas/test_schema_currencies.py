"""Currencies: an amount means nothing without the decimals of its minor unit."""

import pytest

from schemas.currencies import EXPONENTS, exponent


@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("USD", 2),
        ("EUR", 2),
        ("CHF", 2),
        ("HUF", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("VND", 0),
        ("CLP", 0),
        ("XOF", 0),
        ("ISK", 0),
        ("UGX", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("TND", 3),
        ("IQD", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_decimals_of_known_currencies(code, decimals):
    assert exponent(code) == decimals


@pytest.mark.parametrize("code", ["ZWG", "XCG", "XAD", "SLE", "VED"])
def test_currencies_of_the_2020s_are_known(code):
    assert exponent(code) == 2


@pytest.mark.parametrize("code", ["HRK", "BGN", "ANG"])
def test_invoices_of_the_time_before_a_currency_was_withdrawn_can_be_replayed(code):
    assert exponent(code) == 2


@pytest.mark.parametrize("code", ["usd", "US", "USDT", "XAU", "XXX", "XTS", "XDR", "BTC", "", "€", "U" * 100_000])
def test_unknown_currencies_are_refused(code):
    with pytest.raises(ValueError, match="is no ISO 4217 code"):
        exponent(code)


def test_the_nearest_code_is_named():
    with pytest.raises(ValueError, match="write EUR"):
        exponent("EURO")


def test_table_has_the_size_of_the_standard():
    assert len(EXPONENTS) == 165 + 6  # active with a minor unit, and those withdrawn in the 2020s
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
