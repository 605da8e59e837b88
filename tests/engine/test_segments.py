"""Segments: what events carry, which of it is kept, and what says that it was not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine import segments
from stream.engine.segments import ALL, Segments, text_of

VALUES = st.sampled_from([None, "pro", "free", "DE", "a=b"])


class Kept(Segments):
    """Segments with their rows."""

    def __init__(self, *dimensions, rows=None):
        self.rows = rows or ({}, {}, {})
        super().__init__(dimensions, *self.rows)

    def again(self):
        return Kept(*self.dimensions, rows=tuple(dict(rows) for rows in self.rows))

    def names_of(self, member):
        return {self.names[segment] for segment in self.members[member]}


@pytest.fixture
def two_at_most(monkeypatch):
    monkeypatch.setattr(segments, "VALUES_KEPT", 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("pro", "pro"),
        ("", None),
        (None, None),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (-1.5, "-1.5"),
        (1e300, "1e+300"),
    ],
)
def test_values_are_compared_as_text(value, text):
    assert text_of(value) == text


def test_everything_is_in_all():
    found = Kept("plan")

    assert found.members[found.membership_of((None,))] == (ALL,)


def test_a_value_is_in_its_segment_and_in_all():
    found = Kept("plan", "country")

    assert found.names_of(found.membership_of(("pro", "DE"))) == {"all", "plan=pro", "country=DE"}


def test_the_same_value_of_two_dimensions_is_two_segments():
    found = Kept("plan", "country")

    assert found.segment("plan", "x") != found.segment("country", "x")


@pytest.mark.parametrize("name", ["plan=pro", "all"])
def test_a_segment_is_found_by_its_name(name):
    found = Kept("plan")
    found.membership_of(("pro",))

    assert found.names[found.number(name)] == name


def test_a_value_may_contain_an_equals_sign():
    found = Kept("plan")
    found.membership_of(("a=b",))

    assert found.names[found.number("plan=a=b")] == "plan=a=b"


def test_a_segment_never_seen_has_no_number():
    assert Kept("plan").number("plan=nobody") is None


@given(st.lists(st.integers(0, 4), max_size=5), st.lists(st.integers(0, 4), max_size=5))
def test_a_membership_is_a_set(one, other):
    found = Kept("plan")

    assert (found.membership(one) == found.membership(other)) == (set(one) == set(other))


@given(st.lists(VALUES, min_size=2, max_size=2), st.lists(VALUES, min_size=2, max_size=2))
def test_a_union_is_in_the_segments_of_both(one, other):
    found = Kept("plan", "country")
    first, second = found.membership_of(one), found.membership_of(other)

    assert found.names_of(found.union(first, second)) == found.names_of(first) | found.names_of(second)


@given(st.tuples(VALUES, VALUES, VALUES), st.tuples(VALUES, VALUES, VALUES))
def test_a_combination_is_its_values(one, other):
    found = Kept("country", "channel")

    assert (found.combination(one) == found.combination(other)) == (one == other)


def test_a_combination_has_the_membership_of_its_values():
    found = Kept("country")
    number = found.combination(("DE", "pro"))

    assert found.names_of(found.combination_members[number]) == {"all", "country=DE"}


def test_the_plan_of_a_combination_is_its_last_value_though_plan_is_no_dimension():
    found = Kept("country")

    assert found.plan_of(found.combination(("DE", "pro"))) == "pro"


@pytest.mark.usefixtures("two_at_most")
def test_the_first_values_that_are_met_are_kept():
    found = Kept("plan")
    for plan in ("a", "b", "c", "a", "d"):
        found.membership_of((plan,))

    assert found.names == ["all", "plan=a", "plan=b"]


@pytest.mark.usefixtures("two_at_most")
def test_what_overflows_is_in_all():
    found = Kept("plan")
    members = [found.membership_of((plan,)) for plan in ("a", "b", "c")]

    assert found.names_of(members[-1]) == {"all"}


@pytest.mark.usefixtures("two_at_most")
def test_each_dimension_keeps_values_of_its_own():
    found = Kept("plan", "country")
    for value in ("a", "b", "c"):
        found.membership_of((value, None))

    assert found.names_of(found.membership_of((None, "DE"))) == {"all", "country=DE"}


@pytest.mark.usefixtures("two_at_most")
def test_what_overflows_is_counted_by_dimension():
    found = Kept("plan", "country")
    for value in ("a", "b", "c", "d"):
        found.membership_of((value, "DE"))

    assert found.overflowed == {"plan": 2}


@pytest.mark.usefixtures("two_at_most")
def test_after_a_restart_the_same_values_are_kept():
    found = Kept("plan")
    for plan in ("b", "a"):
        found.membership_of((plan,))
    again = found.again()
    again.membership_of(("c",))

    assert again.names == ["all", "plan=b", "plan=a"]


def test_a_thousand_values_of_a_dimension_are_kept():
    found = Kept("plan")
    for number in range(1_001):
        found.membership_of((str(number),))

    assert (len(found.names), found.overflowed) == (1_001, {"plan": 1})


@given(st.lists(st.tuples(VALUES, VALUES), max_size=8))
def test_after_a_restart_all_numbers_are_the_same(values):
    """They stand in other rows."""
    found = Kept("plan")
    for one in values:
        found.combination(one)
    again = found.again()

    assert (again.names, again.members, again.combination_values, again.combination_members) == (
        found.names,
        found.members,
        found.combination_values,
        found.combination_members,
    )


@pytest.mark.usefixtures("two_at_most")
def test_values_that_overflow_make_no_combinations_of_their_own():
    found = Kept("plan")
    numbers = [found.combination((plan, plan)) for plan in ("a", "b", "c", "d")]

    assert (len(set(numbers)), numbers[2]) == (3, numbers[3])


@pytest.mark.usefixtures("two_at_most")
def test_plans_that_overflow_are_no_plan_though_plan_is_no_dimension():
    found = Kept("country")

    assert [found.plan_of(found.combination(("DE", plan))) for plan in ("a", "b", "c")] == ["a", "b", None]


def test_what_comes_after_the_last_combination_that_is_kept_counts_in_all_alone(monkeypatch):
    monkeypatch.setattr(segments, "COMBINATIONS_KEPT", 2)
    found = Kept("country")
    numbers = [found.combination((country, "pro")) for country in ("DE", "FR", "US", "GB")]

    assert found.names_of(found.combination_members[numbers[2]]) == {"all"}
    assert (numbers[2], numbers[:2]) == (
        numbers[3],
        [found.combination(("DE", "pro")), found.combination(("FR", "pro"))],
    )
