"""Timers fire in the order of time, once, and not early."""

from hypothesis import given
from hypothesis import strategies as st

from stream.engine.timers import Timers

SET = st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abc")), max_size=12)


def filled(keys):
    timers = Timers()
    for second, key in keys:
        timers.set(second, key)
    return timers


@given(SET, st.integers(0, 20))
def test_what_is_due_comes_in_the_order_of_time(keys, until):
    assert list(filled(keys).due(until)) == [
        key for second, key in sorted(keys, key=lambda one: one[0]) if second <= until
    ]


@given(SET, st.integers(0, 20), st.integers(0, 20))
def test_what_was_due_is_not_due_again(keys, first, then):
    timers = filled(keys)
    list(timers.due(first))

    assert sorted(timers.due(then)) == sorted(key for second, key in keys if first < second <= then)


@given(SET, st.integers(0, 20))
def test_the_next_is_the_earliest_that_is_left(keys, until):
    timers = filled(keys)
    list(timers.due(until))

    assert timers.next() == min((second for second, _ in keys if second > until), default=None)


def test_a_timer_that_is_set_while_others_fire_fires_too():
    timers = filled([(1, "a")])
    found = []
    for key in timers.due(5):
        found.append(key)
        if key == "a":
            timers.set(3, "b")

    assert found == ["a", "b"]
