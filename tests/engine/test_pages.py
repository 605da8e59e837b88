"""What is kept of pages: until nothing can reach them, by whatever version it was written."""

import pytest
from playing import CONFIG, Worker, definitions_of
from worlds import DAY, HOUR, NOW, text

from stream.engine.tables import TABLES
from stream.engine.trackers.pages import Run
from stream.engine.trackers.repeats import IMPRESSION, PAGE
from stream.engine.trackers.sightings import hash_of_name, hash_of_teller
from stream.runtime.tables import Codec

START = NOW - 5 * DAY


@pytest.fixture
def worker():
    return Worker(definitions_of(CONFIG), 1)


class Told:
    """Events of one account with an id each, as a worker takes them."""

    def __init__(self, worker):
        self.worker, self.number = worker, 0

    def say(self, kind, at, **fields):
        self.number += 1
        event = {"type": f"usage.{kind}", "id": f"e{self.number}", "source": "a", "time": text(round(at * 1_000_000))}
        self.worker.take([event | {"account_id": "acme", "user_id": "ann"} | fields])

    def rows(self):
        [tables] = self.worker.tables
        return len(tables["runs"]), len(tables["sightings"])

    def engaged(self, window="30d"):
        return self.worker.values("all").values[f"engaged_time.{window}"]


@pytest.fixture
def told(worker):
    return Told(worker)


@pytest.mark.parametrize("page", [{"page_view_id": "v1"}, {}], ids=["with an id", "without"])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_page_leaves_the_state_when_nothing_can_reach_it_and_its_time_stays(told, page, restarts):
    told.say("page_viewed", START, path="/a", **page)
    for beat in range(3):
        told.say("page_pinged", START + 10 * beat, path="/a", **page)
        told.worker.advance(START + 10 * beat + 1)
    assert told.rows()[0] == len(page)
    assert told.engaged() == 25

    told.say("clicked", START + DAY + 4 * HOUR, element="e")
    told.worker.advance(START + DAY + 4 * HOUR + 1)
    if restarts:
        told.worker.restart()
        told.worker.advance(START + DAY + 4 * HOUR + 2)
    assert told.rows() == (0, 0)
    assert [session.pages for session in told.worker.tables[0]["people"]["user", "acme", "ann"].sessions] == [None]
    assert told.engaged() == told.engaged("7d") == 25
    assert told.engaged("24h") == 0
    told.worker.advance(START + 32 * DAY)
    assert told.engaged() == 0


@pytest.mark.parametrize("restarts", [False, True])
def test_a_page_stays_while_events_of_it_wait_for_their_time(told, restarts):
    """A batch may hold days: what was accepted is far ahead of what was applied."""
    told.say("page_viewed", START, path="/a", page_view_id="v1")
    told.say("page_pinged", START + 10, path="/a", page_view_id="v1")
    told.say("page_pinged", START + 20, path="/a", page_view_id="v1")
    told.say("clicked", START + 3 * DAY, element="e")
    told.worker.advance(START + 11)
    if restarts:
        told.worker.restart()
    told.worker.advance(START + 3 * DAY + 1)
    assert told.engaged() == 5 + 10


@pytest.mark.parametrize(
    "steps", [[], ["advance"], ["advance", "restart"]], ids=["at once", "later", "after a restart"]
)
def test_a_late_event_that_joins_two_sessions_joins_their_pages(told, steps):
    """A path that is looked at in two sessions is two pages, until it turns out that it was one session."""
    for start in (START, START + 2_400):
        told.say("page_viewed", start, path="/a")
        told.say("page_pinged", start + 1, path="/a")
    for step in steps:
        told.worker.restart() if step == "restart" else told.worker.advance(START + 2_402)
    if steps:
        assert told.engaged() == 5 + 5

    told.say("page_pinged", START + 2_411, path="/a")
    told.say("clicked", START + 1_200, element="e")
    told.worker.advance(START + 2_412)

    assert told.engaged() == 25


def test_pages_of_one_person_leave_together(told):
    """Two ids of which one pings a day longer: they are one page until both are out of reach."""
    told.say("page_viewed", START, path="/a", page_view_id="v1", user_id=None, anonymous_id="x")
    told.say("identified", START + 1, anonymous_id="x")
    told.say("page_pinged", START + 10, page_view_id="v1")
    told.say("page_pinged", START + 20 * HOUR, page_view_id="v1")
    told.say("clicked", START + 30 * HOUR, element="e")
    told.worker.advance(START + 30 * HOUR + 1)
    assert told.rows()[0] == 2
    assert told.engaged() == 15

    told.say("clicked", START + 48 * HOUR, element="e")
    told.worker.advance(START + 48 * HOUR + 1)
    assert told.rows()[0] == 0
    assert told.engaged() == 15


def test_a_page_that_is_pinged_all_day_takes_no_more_than_one_that_is_pinged_a_minute(told):
    told.say("page_viewed", START, path="/a", page_view_id="v1")
    for beat in range(8_640):
        told.say("page_pinged", START + 10 * beat, page_view_id="v1")
    told.worker.advance(START + DAY)

    [[run]] = told.worker.tables[0]["runs"].values()
    assert len(run.beats) == 2
    assert told.engaged() == 5 + 8_639 * 10


def test_rows_as_the_version_before_pings_counted_wrote_them_are_read(told):
    page, shown, ann = hash_of_name("acme", "v1") & ~3 | PAGE, hash_of_name("acme", "i1") & ~3 | IMPRESSION, 7
    [tables] = told.worker.tables
    codec = Codec(TABLES["retold"])
    unseen, at = -1 << 62, START * 1_000_000
    for key, row in {
        (page, hash_of_teller(("user", "acme", "ann"))): f"1 [[{at},{at + 5},{unseen},0]]",
        (shown, ann): f"1 [[{at},{at + 9},{at},0,4,2]]",
    }.items():
        tables["retold"][key] = codec.read_row(row.encode())

    told.worker.restart()

    [tables] = told.worker.tables
    assert not tables["retold"]
    assert sorted(tables["runs"].values(), key=str) == [[Run(at, at + 5, None, 0)], [Run(at, at + 9, at, 0, [4, 2])]]
    told.say("page_viewed", START + 10, path="/a", page_view_id="v1")
    told.say("page_pinged", START + 20, page_view_id="v1")
    told.worker.advance(START + 30)
    assert told.engaged() == 5


def test_sessions_as_the_version_before_pages_had_pings_wrote_them_are_read():
    codec = Codec(TABLES["people"])
    row = codec.read_row(b'1 [0,5,1,1,1,1,1,1,5,null,[[null,5,6,0,null,0,0,{"/a":2},9,false,false]],{},false]')

    assert row.sessions[0].views == {"/a": 2}
    assert row.sessions[0].pages is None
