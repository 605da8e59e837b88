"""Quantiles from cells: within one percent, and the same whatever the order and the parts."""

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.quantiles import GAMMA, LONGEST_MS, ZERO_CELL, cell_of, quantile, value_of

DURATIONS = st.one_of(st.integers(1, LONGEST_MS), st.integers(1, 3_000))
SAMPLES = st.lists(st.one_of(st.just(0), DURATIONS), min_size=1, max_size=30)
QUANTILES = st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(1, 100), Fraction(95, 100), Fraction(1)])
ERROR = Fraction(1, 100)


def cells(milliseconds):
    return Counter(map(cell_of, milliseconds))


@given(DURATIONS)
def test_a_cell_lies_between_two_powers(milliseconds):
    cell = cell_of(milliseconds)

    assert GAMMA ** (cell - 1) < milliseconds <= GAMMA**cell


@given(DURATIONS)
def test_the_value_of_a_cell_is_within_one_percent_of_all_in_it(milliseconds):
    assert abs(value_of(cell_of(milliseconds)) - milliseconds) <= ERROR * milliseconds


@given(DURATIONS, DURATIONS)
def test_longer_durations_are_in_no_earlier_cell(one, other):
    assert (cell_of(one) <= cell_of(other)) or one > other


@given(SAMPLES, QUANTILES)
def test_a_quantile_is_within_one_percent_of_the_value_of_that_rank(sample, q):
    exact = sorted(sample)[max(1, math.ceil(q * len(sample))) - 1]

    assert abs(quantile(cells(sample).items(), q) - exact) <= ERROR * exact


@given(st.data(), SAMPLES, QUANTILES)
def test_the_order_of_cells_changes_nothing(data, sample, q):
    found = list(cells(sample).items())

    assert quantile(data.draw(st.permutations(found)), q) == quantile(found, q)


@given(SAMPLES, SAMPLES, SAMPLES)
def test_cells_of_parts_add_up_in_any_grouping(one, other, third):
    together = cells([*one, *other, *third])

    assert (cells(third) + cells(one)) + cells(other) == cells(one) + (cells(other) + cells(third)) == together


@given(SAMPLES, SAMPLES, QUANTILES)
def test_what_was_added_can_be_taken_back(sample, taken_back, q):
    found = cells([*sample, *taken_back])
    found.subtract(cells(taken_back))

    assert quantile(found.items(), q) == quantile(cells(sample).items(), q)


@pytest.mark.parametrize("milliseconds", [-5, 0])
def test_less_than_a_millisecond_is_in_the_zero_cell(milliseconds):
    assert cell_of(milliseconds) == ZERO_CELL


def test_the_zero_cell_stands_for_nothing():
    assert value_of(ZERO_CELL) == 0


@pytest.mark.parametrize("milliseconds", [LONGEST_MS + 1, 10**15])
def test_longer_than_31_days_is_as_31_days(milliseconds):
    assert cell_of(milliseconds) == cell_of(LONGEST_MS)


@pytest.mark.parametrize("counts", [[], [(3, 0)], [(3, 1), (4, -1)]])
def test_nothing_has_no_quantile(counts):
    assert quantile(counts, Fraction(1, 2)) is None


def test_nothing_is_interpolated():
    assert quantile(cells([1_000, 9_000]).items(), Fraction(1, 2)) == value_of(cell_of(1_000))


def test_a_cell_whose_count_is_zero_is_passed_over():
    assert quantile([(1, 0), (5, 1)], Fraction(1, 100)) == value_of(5)
