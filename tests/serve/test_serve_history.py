"""The history in columns: releases with other values, tables, gaps, and a stream that lost its beginning."""

import asyncio
import itertools
import json

from stream.serve.history import History


class Stream:
    """A history in Redis, as its reader sees it: values by second."""

    def __init__(self, entries):
        self.entries = dict(entries)

    async def history(self, after, most):
        known = -1 if after == b"-" else int(after.split(b"-")[0])
        rows = [(b"%d-0" % (second * 1_000), second) for second in sorted(self.entries)]
        found = [
            (name, json.dumps({"values": self.entries[second]}).encode())
            for name, second in rows
            if second * 1_000 > known
        ]
        return (rows[0][0], rows[-1][0], found[:most]) if rows else (None, None, [])


def read(history, names):
    asyncio.run(history.refresh())
    return history.between(names, None, None, 10_000)


def history_of(stream):
    return History(stream, itertools.count(step=1_000).__next__)  # each look is later than the one before


def test_values_that_come_and_go_with_releases():
    rows = [{"a": 1, "b": 2.5}, {"b": None, "a": 2}, {"a": 3, "c": 7}, {"c": {"x": 1}, "a": None}]
    stream = Stream({60 * at: row for at, row in enumerate(rows, 1)})
    times, values = read(history_of(stream), ["a", "b", "c", "d"])
    assert times == [60, 120, 180, 240]
    assert values == {
        "a": [1, 2, 3, None],
        "b": [2.5, None, None, None],
        "c": [None, None, 7, None],
        "d": [None, None, None, None],
    }


def test_a_value_that_begins_late_and_then_is_there_again_stands_at_its_times():
    stream = Stream({60 * at: {"a": at} | ({"b": at} if at in (130, 260) else {}) for at in range(1, 301)})
    times, values = read(history_of(stream), ["a", "b"])
    assert values["a"] == list(range(1, 301))
    assert {times[at] // 60: value for at, value in enumerate(values["b"]) if value is not None} == {130: 130, 260: 260}


def test_what_redis_drops_at_the_beginning_is_dropped():
    stream = Stream({60 * at: {"a": at} for at in range(1, 200)})
    history = history_of(stream)
    assert len(read(history, ["a"])[0]) == 199
    for at in range(1, 150):
        del stream.entries[60 * at]
    stream.entries[60 * 200] = {"a": 200}
    times, values = read(history, ["a"])
    assert (times[0], times[-1], values["a"]) == (9_000, 12_000, list(range(150, 201)))


def test_a_history_that_begins_anew_in_earlier_time_replaces_the_old_one():
    stream = Stream({6_000: {"a": 1}, 6_060: {"a": 2}})
    history = history_of(stream)
    assert read(history, ["a"])[0] == [6_000, 6_060]
    stream.entries = {60: {"a": 5}}
    assert read(history, ["a"]) == ([60], {"a": [5]})
