"""Dead letters are counted by reason, and too many among the latest records of a topic stop its partition."""

from schemas.errors import Reason
from stream.engine.intake import Refused
from stream.engine.letters import DeadLetters


def refused(*places, reason=Reason.NOT_JSON):
    return [Refused(place, reason, "") for place in places]


def test_too_many_are_more_than_the_share_of_the_latest_thousand():
    letters = DeadLetters({}, 0.5)

    letters.take("usage", 500, refused(*range(500)))
    assert (letters.stopped, letters.share("usage")) == ("", 0.5)
    letters.take("usage", 1, refused(0))
    assert letters.stopped == "usage"
    assert letters.reasons == {"not_json": 501}


def test_what_is_older_than_a_thousand_records_of_its_topic_is_forgotten():
    letters = DeadLetters({}, 0.5)

    letters.take("usage", 500, refused(*range(500)))
    letters.take("usage", 700, [])
    assert letters.share("usage") == 0.3
    letters.take("billing", 500, refused(*range(500)))
    letters.take("usage", 5_000, refused(*range(3_000)))  # long before the latest thousand
    assert (letters.stopped, letters.share("usage"), letters.share("billing")) == ("", 0.0, 0.5)


def test_late_events_are_no_dead_letters():
    letters = DeadLetters({}, 0.1)

    letters.take("usage", 1_000, refused(*range(1_000), reason=Reason.TOO_LATE))

    assert (letters.stopped, letters.reasons) == ("", {})


def test_without_a_limit_nothing_stops():
    letters = DeadLetters({})

    letters.take("usage", 1_000, refused(*range(1_000)))

    assert letters.stopped == ""


def test_a_restart_remembers_and_a_resume_forgives():
    rows = {}
    letters = DeadLetters(rows, 0.5)
    letters.take("usage", 400, refused(*range(400)))
    letters.save()
    letters = DeadLetters(rows, 0.5)
    letters.take("usage", 200, refused(*range(200)))
    letters.await_resume(17)
    letters.save()

    letters = DeadLetters(rows, 0.5)
    assert (letters.stopped, letters.resumes_at, letters.share("usage")) == ("usage", 17, 0.6)
    letters.resume()
    letters.save()

    letters = DeadLetters(rows, 0.5)
    assert (letters.stopped, letters.resumes_at, letters.share("usage")) == ("", -1, 0.0)
    assert letters.reasons == {"not_json": 600}
