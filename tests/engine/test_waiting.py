"""Events ahead of `as_of` wait as state, and come in the order of time when it has passed."""

import json

from hypothesis import given
from hypothesis import strategies as st
from worlds import text

from stream.engine.decoding import decode
from stream.engine.waiting import Waiting

SECOND = 1_000_000
NOW = 1_795_341_600


def applied(number, at):
    data = {
        "id": f"e{number}",
        "source": "web",
        "type": "usage.tracked",
        "time": text(at),
        "account_id": "acme",
        "user_id": "ann",
        "name": "n",
    }
    line = json.dumps(data).encode()
    return (at, "acme", decode(line)[1], line)


def ids(batches):
    return [event.id for events in batches for _, _, event, _ in events]


def holding(*ats, rows=None):
    waiting = Waiting({} if rows is None else rows)
    for number, at in enumerate(ats):
        waiting.hold(applied(number, at))
    return waiting


def test_nothing_is_due_before_its_second_has_passed():
    assert ids(holding(NOW * SECOND).due(NOW)) == []


def test_an_event_is_due_once_its_second_has_passed():
    assert ids(holding(NOW * SECOND + 999_999).due(NOW + 1)) == ["e0"]


def test_events_come_second_by_second():
    waiting = holding((NOW + 2) * SECOND, NOW * SECOND, (NOW + 1) * SECOND)

    assert ids(waiting.due(NOW + 3)) == ["e1", "e2", "e0"]


def test_what_was_due_does_not_wait_any_more():
    waiting = holding(NOW * SECOND, (NOW + 5) * SECOND)
    list(waiting.due(NOW + 1))

    assert (waiting.size, waiting.next()) == (1, NOW + 5)


def test_when_nothing_waits_there_is_no_next():
    assert holding().next() is None


def test_a_row_holds_a_second():
    rows = {}
    holding(NOW * SECOND, NOW * SECOND + 5, (NOW + 1) * SECOND, rows=rows).settle()

    assert {second: len(row) for second, row in rows.items()} == {NOW: 2, NOW + 1: 1}


def test_a_row_goes_when_its_second_has_passed():
    rows = {}
    waiting = holding(NOW * SECOND, (NOW + 1) * SECOND, rows=rows)
    waiting.settle()
    list(waiting.due(NOW + 1))
    waiting.settle()

    assert list(rows) == [NOW + 1]


def test_what_waits_no_longer_than_a_checkpoint_is_never_written():
    rows = {}
    waiting = holding(NOW * SECOND, rows=rows)
    list(waiting.due(NOW + 1))
    waiting.settle()

    assert rows == {}


@given(st.lists(st.integers(0, 5 * SECOND), max_size=8), st.integers(0, 6))
def test_a_restart_changes_nothing(offsets, passed):
    rows = {}
    waiting = holding(*(NOW * SECOND + offset for offset in offsets), rows=rows)
    list(waiting.due(NOW + passed // 2))
    waiting.settle()
    again = Waiting(dict(rows))

    assert (again.size, list(again.due(NOW + passed))) == (waiting.size, list(waiting.due(NOW + passed)))
