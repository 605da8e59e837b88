"""The search for the one event that makes the engine raise."""

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.careful import UnbearableError
from stream.runtime.isolation import EngineFailedError, Isolation, Search, Step, engine_at_work, said

TP = TopicPartition("vitals.usage", 0)
EVENT = b'{"id":"1","source":"source","type":"usage.tracked","time":"2026-03-02T12:00:00Z","user_id":"u","name":"use"}'


def failure(cause=None):
    error = EngineFailedError("it failed")
    error.__cause__ = cause or ValueError("bad luck")
    return error


def identity(number):
    return "key", "source", str(number)


def record(offset, value):
    return SimpleNamespace(offset=offset, key=b"key", value=value)


def careful(isolation):
    assert isolation.failed(failure(), {"vitals.usage:0": 100}, Step(), ())
    assert isolation.until == {"vitals.usage:0": 100}


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_halving_finds_the_event_that_makes_the_difference(case):
    size, guilty = case
    search = Search(Step(), [identity(number) for number in range(size)], "")
    trials = 0
    while search.found is None:
        search.judge(worked=identity(guilty) in search.without)
        assert not search.hopeless
        trials += 1

    assert search.found == identity(guilty)
    assert trials <= size.bit_length() + 1


def test_what_fails_without_any_event_is_nobodys_fault():
    isolation, step = Isolation(), Step()
    careful(isolation)
    step.target = 7
    assert isolation.failed(failure(), {}, step, [identity(1), identity(2)])
    search = isolation.search
    assert search is not None
    assert len(search.without) == 2

    assert not isolation.tried(search, worked=False)

    assert (isolation.search, isolation.trouble) == (None, "ValueError: bad luck")
    assert (isolation.records, isolation.events) == ({}, {})


def test_an_event_that_is_known_by_its_record_is_not_handed_over_again():
    isolation, step = Isolation(), Step()
    careful(isolation)
    step.target = 7
    step.handed = [(TP, record(40, b"no event")), (TP, record(41, EVENT)), (TP, record(42, EVENT))]
    cause = UnbearableError((0, "key", SimpleNamespace(source="source", id="1", type="usage.tracked"), EVENT))
    cause.__cause__ = KeyError("plan")

    assert isolation.failed(failure(cause), {}, step, ())
    assert isolation.records == {(TP, 41): "KeyError: 'plan'"}

    isolation.passed({"vitals.usage:0": 99}, ())
    assert isolation.until is not None
    isolation.passed({"vitals.usage:0": 100}, ())
    assert (isolation.until, isolation.records) == (None, {})


def test_what_cannot_be_taken_in_is_handed_over_one_by_one():
    isolation, step = Isolation(), Step()
    careful(isolation)
    step.handed, step.last = [(TP, record(40, EVENT)), (TP, record(41, EVENT))], 2

    assert isolation.failed(failure(), {}, step, ())
    assert (isolation.singly, isolation.records) == (True, {})
    step.last = 1
    assert isolation.failed(failure(), {}, step, ())
    assert isolation.records == {(TP, 41): "ValueError: bad luck"}
    assert not isolation.failed(failure(), {}, step, ())  # it was not handed over, and yet it fails


def test_care_goes_on_until_an_event_that_waits_is_written_off():
    isolation, step = Isolation(), Step()
    careful(isolation)
    step.target = 7
    cause = UnbearableError((0, "key", SimpleNamespace(source="source", id="1", type="usage.tracked"), b""))
    assert isolation.failed(failure(cause), {}, step, ())

    isolation.passed({"vitals.usage:0": 100}, ())
    assert isolation.until is not None
    isolation.passed({"vitals.usage:0": 100}, [identity(1)])
    assert isolation.until is None


def test_memory_that_is_full_is_no_events_fault():
    with pytest.raises(MemoryError), engine_at_work():
        raise MemoryError
    with pytest.raises(EngineFailedError) as caught, engine_at_work():
        raise RecursionError("too deep")
    assert said(caught.value) == "RecursionError: too deep"
