"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("30s", 30), ("15m", 900), ("6h", 21_600), ("1d", 86_400), ("2w", 1_209_600)]
)
def test_a_duration_is_read_in_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "-5m", "+5m", "1.5h", "5 m", " 5m", "5m\n", "5M", "1h30m", "٣m", "5ms", "1y"]
)
def test_anything_else_is_refused_with_the_way_to_write_it(text):
    with pytest.raises(ValueError, match="write a whole number and a unit, like 30s, 15m, 6h, 1d or 1w"):
        parse_duration(text)


@given(st.integers(0, 10**9 - 1))
def test_what_is_written_is_read_back(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (90, "90s"), (7_200, "2h"), (604_800, "1w"), (691_200, "8d")],
)
def test_the_largest_unit_that_fits_is_written(seconds, text):
    assert format_duration(seconds) == text
