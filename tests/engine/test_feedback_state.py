"""What is kept of feedback: for how long, what other trackers read of it, and how tables end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, Worker, definitions_of, replayed
from reference import snapshot
from worlds import DAY, HOUR, NOW, answer, lines, text, ticket

from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.engine.kpis.kpi import LabelCache, View

TABLES = ("answers", "tickets")


@pytest.fixture
def worker():
    return Worker(definitions_of(CONFIG), 1)


class Told:
    """Events with an id each, as a worker takes them."""

    def __init__(self, worker):
        self.worker, self.number = worker, 0
        self.engine = worker.engines[0]

    def say(self, kind, at, **fields):
        self.number += 1
        event = {"type": f"feedback.{kind}", "id": f"e{self.number}", "source": "a", "time": text(at * 1_000_000)}
        self.worker.take([event | {"account_id": "acme"} | fields])

    def answer(self, at, score, **fields):
        self.say("answered", at, **{"survey": "nps", "respondent_id": "ann", "score": score, **fields})

    def ticket(self, at, change, **fields):
        self.say("ticket_changed", at, **{"ticket_id": "t1", "change": change, "actor": "customer", **fields})

    def rows(self):
        return [len(self.worker.tables[0][name]) for name in TABLES]


@pytest.fixture
def told(worker):
    return Told(worker)


def test_answers_and_tickets_that_nothing_can_ask_for_any_more_leave_the_state(told):
    told.answer(NOW, 9, answer_id="q1")
    told.ticket(NOW, "opened")
    told.ticket(NOW + HOUR, "closed")
    told.worker.advance(NOW + 2 * HOUR)
    assert told.rows() == [1, 1]

    told.answer(NOW + 110 * DAY, 5, respondent_id="bob")
    told.worker.advance(NOW + 111 * DAY)
    assert told.rows() == [1, 0]


def test_an_open_ticket_stays(told):
    told.ticket(NOW, "opened")
    told.answer(NOW + 200 * DAY, 5)
    told.worker.advance(NOW + 200 * DAY + HOUR)

    assert told.rows() == [1, 1]
    assert told.worker.values("all").values["tickets_open"] == 1


def test_of_those_who_wait_no_longer_little_is_kept(told):
    """Though one has waited all the time, longest of all."""
    told.ticket(NOW, "opened", ticket_id="old")
    for number in range(300):
        told.ticket(NOW + number + 1, "opened", ticket_id=f"t{number}")
        told.ticket(NOW + number + 2, "closed", ticket_id=f"t{number}")
        told.worker.advance(NOW + number + 2)
    told.worker.advance(NOW + HOUR)

    assert told.worker.values("all").values["waiting_longest"] == HOUR
    assert sum(map(len, told.engine._feedback.support._waits._heaps.values())) < 80


def test_where_time_has_stood_still_for_a_topic_its_tickets_stay_while_late_events_may_come(told):
    told.ticket(NOW, "opened")
    told.ticket(NOW + HOUR, "closed")
    told.worker.advance(NOW + 200 * DAY)
    assert told.rows() == [0, 1]

    told.ticket(NOW + 2 * HOUR, "reopened")
    told.worker.advance(NOW + 200 * DAY + 1)
    assert told.worker.values("all").values["tickets_open"] == 1


LONG_AGO = st.sampled_from([0, 1, 30, 62, 63, 64, 92, 99, 120, 126, 127, 163, 190, 200])


@st.composite
def long_worlds(draw):
    """Events of 200 days in the order of their arrival, up to the grace late."""
    events = []
    for number, drawn in enumerate(draw(st.lists(st.one_of(answer(), ticket(), ticket()), max_size=20))):
        at = NOW - draw(LONG_AGO) * DAY - draw(st.sampled_from([0, 1, HOUR, 12 * HOUR])) - 1
        arrival = at + draw(st.sampled_from([0, 0, DAY, 30 * DAY, 34 * DAY]))
        event = {name: value for name, value in drawn.items() if value is not None}
        events.append((arrival, event | {"id": f"e{number}", "source": "a", "time": text(at * 1_000_000)}))
    return sorted(events, key=lambda pair: pair[0])


@given(st.data(), long_worlds(), st.integers(1, 2))
def test_what_leaves_the_state_leaves_no_trace(data, arrivals, partitions):
    """A restart in between changes nothing, nor whether rows went before a late event came."""
    worker = Worker(definitions_of(CONFIG), partitions)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(arrivals)), max_size=6)) | {0, len(arrivals)})
    for start, end in pairwise(cuts):
        worker.take([event for _, event in arrivals[start:end]])
        worker.advance(min(NOW, arrivals[end - 1][0] + 1))
        if data.draw(st.booleans()):
            worker.restart()
    worker.advance(NOW)
    expected = replayed([event for _, event in arrivals], [NOW])[NOW].values

    assert not worker.refused
    assert {name: value for name, value in worker.values("all").values.items() if value != expected[name]} == {}


@given(long_worlds())
def test_over_many_months_the_values_are_those_of_the_catalogue(arrivals):
    """Also where a ticket's silence is longer than any window."""
    events = [event for _, event in arrivals]
    expected, said = snapshot(events, CONFIG, NOW, "all", lines(events)), replayed(events, [NOW])[NOW]
    names = [name for name in expected["values"] if name.startswith(("ticket", "resol", "reopen", "nps", "complain"))]

    assert len(names) > 60
    assert {name: said.values[name] for name in names} == {name: expected["values"][name] for name in names}


def test_other_trackers_read_the_latest_answer_of_each_respondent_to_each_survey(told):
    told.answer(NOW, 3, answer_id="q1")
    told.answer(NOW + HOUR, 10, answer_id="q2")
    told.answer(NOW, 2, survey="csat")
    told.answer(NOW, 1, respondent_id="bob", account_id="globex")
    told.worker.advance(NOW + 2 * HOUR)
    answers = told.engine._feedback.answers
    found = {(one.respondent, one.survey): (one.at, one.milli) for one in answers.latest_of("acme")}
    assert found == {("ann", "nps"): ((NOW + HOUR) * 10**6, 10_000), ("ann", "csat"): (NOW * 10**6, 2_000)}
    assert answers.touched == {"acme", "globex"}

    told.say("answered", NOW + 3 * HOUR, survey="nps", respondent_id="ann", answer_id="q2", deleted=True)
    told.worker.advance(NOW + 4 * HOUR)
    assert {one.survey: one.milli for one in answers.latest_of("acme")} == {"nps": 3_000, "csat": 2_000}
    assert answers.touched == {"acme"}


def test_other_trackers_read_the_open_tickets_and_since_when_they_are_severe(told):
    told.ticket(NOW, "opened", priority="low")
    told.ticket(NOW + HOUR, "replied", priority="urgent")
    told.ticket(NOW, "opened", ticket_id="t2")
    told.ticket(NOW, "opened", ticket_id="t3", severity=1)
    told.ticket(NOW + HOUR, "solved", ticket_id="t3")
    told.worker.advance(NOW + 2 * HOUR)
    support = told.engine._feedback.support
    assert sorted(support.open_of("acme")) == [("t1", (NOW + HOUR) * 10**6), ("t2", None)]
    assert support.touched == {"acme"}

    told.ticket(NOW + 3 * HOUR, "reopened", ticket_id="t3")
    told.ticket(NOW + 3 * HOUR, "merged", ticket_id="t1")
    told.worker.advance(NOW + 4 * HOUR)
    assert sorted(support.open_of("acme")) == [("t2", None), ("t3", (NOW + 3 * HOUR) * 10**6)]
    assert {key[1] for key, _ in support.of("acme")} == {"t2", "t3"}


def view_of(counters):
    return View({"24h": counters}, "24h", Definitions(), LabelCache(), NOW)


def test_fifty_aspects_have_a_row_and_the_rest_is_other():
    counters = {f"aspect_scores:1.0 5.0 5000 a{number:02}": 2 if number else 1 for number in range(60)}
    counters |= {
        "aspect_scores:1.0 5.0 1000 other": 1,
        "stars_scores:1.0 5.0 5000": 119,
        "stars_scores:1.0 5.0 1000": 1,
    }
    table = CATALOGUE["stars_by_aspect"].formula(view_of(counters)).value

    assert len(table) == 51
    assert "a00" not in table
    assert table["other"]["cells"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 19}  # 9 aspects with 2 answers, 1 with 1
    assert sum(row["answers"] for row in table.values()) == 120


def test_fifty_channels_have_a_row_and_the_rest_is_other():
    counters = {f"channel_items:c{number:02}": 60 - number for number in range(52)}
    counters |= {"channel_negative:c51": 1, "channel_sentiment:c51": -500_000, "channel_positive:c50": 1}
    counters |= {"channel_sentiment:c50": 1_000_000}
    table = CATALOGUE["feedback_by_channel"].formula(view_of(counters)).value

    assert len(table) == 51
    assert table["other"] == {
        "items": 19,
        "rated": 2,
        "sentiment": 0.25,
        "negative": 1,
        "neutral": 0,
        "positive": 1,
    }
