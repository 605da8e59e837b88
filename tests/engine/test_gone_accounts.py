"""Accounts that are gone: without MRR, and without any event for 90 days, readers are told of them no more."""

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, PATIENT, Worker, definitions_of
from reference import present
from test_any_order import courses
from worlds import DAY, NOW, answer, money, subscription, text, ticket, usage, worlds

SILENCE = 90 * DAY
DEFINITIONS = definitions_of(CONFIG | PATIENT)


class Readers:
    """What those know who are told of accounts, each word in its turn."""

    def __init__(self, worker):
        self.worker = worker
        self.known = {}
        self.told = []

    def advance(self, as_of):
        self.worker.advance(as_of)
        self.told = []
        for engine in self.worker.engines:
            for name, status in engine.take_accounts().items():
                self.told.append(name)
                if status is None:
                    del self.known[name]
                else:
                    self.known[name] = status
        return self.known


def at(second, number=1, **fields):
    event = {"type": "usage.tracked", "name": "n", "user_id": "ann"} if "type" not in fields else {}
    return {"id": f"e{number}", "source": "a", "account_id": "acme", "time": text(second * 1_000_000)} | event | fields


def paid(second, number=1, **fields):
    item = {"amount": 1_000, "currency": "USD", "interval": "month"}
    own = {"type": "billing.subscription_changed", "subscription_id": "s", "status": "active", "items": [item]}
    return at(second, number, **(own | fields))


def following(*events, definitions=DEFINITIONS):
    worker = Worker(definitions, 1)
    worker.take(list(events))
    return Readers(worker)


def test_an_account_without_mrr_is_gone_90_days_after_its_last_event():
    readers = following(at(NOW), at(NOW + DAY, 2, active=False))

    assert readers.advance(NOW + DAY + SILENCE - 1).keys() == {"acme"}
    assert not readers.advance(NOW + DAY + SILENCE)
    assert not readers.advance(NOW + 2 * SILENCE)
    assert not readers.told  # once


def test_every_kind_of_event_keeps_it():
    answered = {"type": "feedback.answered", "survey": "nps", "score": 9, "respondent_id": "ann"}
    cost = {"type": "billing.cost_recorded", "kind": "serving", "amount": 1, "currency": "USD"}
    for event in (at(NOW, 2, type="usage.page_pinged", user_id="ann"), at(NOW, 2, **answered), at(NOW, 2, **cost)):
        readers = following(at(NOW - 80 * DAY), event)

        assert readers.advance(NOW + SILENCE - 1)
        assert not readers.advance(NOW + SILENCE)


def test_who_pays_stays():
    readers = following(paid(NOW), paid(NOW, 2, account_id="globex", cancel_at=text((NOW + 2 * SILENCE) * 1_000_000)))

    assert readers.advance(NOW + 2 * SILENCE).keys() == {"acme", "globex"}
    assert readers.advance(NOW + 2 * SILENCE + 1).keys() == {"acme"}


def test_a_currency_without_a_rate_is_mrr_nevertheless():
    readers = following(paid(NOW, items=[{"amount": 1_000, "currency": "GBP", "interval": "month"}]))

    assert readers.advance(NOW + 2 * SILENCE)["acme"].mrr == 0


def test_an_event_brings_it_back_and_so_does_a_late_one():
    readers = following(at(NOW))
    assert readers.advance(NOW + SILENCE - 1)
    assert not readers.advance(NOW + SILENCE)

    readers.worker.take([at(NOW + 5, 2)])
    assert readers.advance(NOW + SILENCE + 1)
    assert not readers.advance(NOW + SILENCE + 5)
    readers.worker.take([at(NOW - 5, 3)])
    assert not readers.advance(NOW + SILENCE + 6)
    readers.worker.take([at(NOW + SILENCE + 6, 4, type="usage.impressed", user_id="ann", element="e")])
    assert readers.advance(NOW + SILENCE + 7)


def test_mrr_that_time_alone_brings_back():
    """All of the price is off for two hundred days."""
    ends = text((NOW + 200 * DAY) * 1_000_000)
    readers = following(paid(NOW, discounts=[{"duration": "repeating", "percent_off": 100, "ends_at": ends}]))

    assert readers.advance(NOW + DAY)
    assert not readers.advance(NOW + SILENCE)
    assert readers.advance(NOW + 200 * DAY + 1)["acme"].mrr == 10_000_000


def test_a_restart_tells_nothing_of_who_was_gone():
    readers = following(at(NOW), at(NOW + DAY, 2, account_id="globex", user_id="bob"))
    readers.advance(NOW + DAY + 1)
    readers.advance(NOW + SILENCE)
    readers.worker.restart()
    readers.advance(NOW + SILENCE + 1)

    assert readers.told == ["globex"]
    readers.worker.take([at(NOW + SILENCE + 1, 3)])
    assert readers.advance(NOW + SILENCE + 2).keys() == {"acme", "globex"}


def test_who_does_not_pay_by_other_settings_is_gone_after_the_restart():
    """Readers were told of the account, so they have to be told."""
    readers = following(paid(NOW, status="past_due"))
    assert readers.advance(NOW + 2 * SILENCE)
    readers.worker.definitions = definitions_of(CONFIG | PATIENT | {"mrr": {"past_due": "excluded"}})
    readers.worker.restart()

    assert not readers.advance(NOW + 2 * SILENCE + 1)
    readers.worker.restart()
    readers.advance(NOW + 2 * SILENCE + 2)
    assert not readers.told


def test_rows_of_an_earlier_version_are_gone_90_days_after_they_were_read():
    readers = following(at(NOW))
    readers.advance(NOW + 1)
    readers.worker.tables[0]["accounts"]["acme"].last_second = -(1 << 62)
    readers.worker.restart()

    assert readers.advance(NOW + SILENCE)
    assert not readers.advance(NOW + SILENCE + 1)


LATER = st.sampled_from([1, 30 * DAY, 31 * DAY, 61 * DAY, 62 * DAY, 75 * DAY, 76 * DAY, 82 * DAY, 89 * DAY, SILENCE])
KINDS = st.one_of(usage(), usage(), subscription(), subscription(), money(), answer(), ticket())


@given(st.data(), worlds(KINDS, most=12), st.lists(LATER, max_size=4), st.sampled_from([0, 0, 1, -1]))
def test_whatever_the_order_who_is_there_depends_on_events_and_time_alone(data, events, later, off):
    readers = Readers(Worker(DEFINITIONS, 2))
    for batch, steps, _ in data.draw(courses(events)):
        readers.worker.take(batch)
        for step in filter(None, steps.split(", ")):
            readers.worker.restart() if step == "restart" else readers.advance(NOW)
    steady = following(*events)
    for as_of in sorted({NOW, *(NOW + span + off for span in later)}):
        if data.draw(st.booleans()):
            readers.worker.restart()
        expected = present(events, CONFIG, as_of)
        assert readers.advance(as_of).keys() == expected
        assert steady.advance(as_of) == readers.known
