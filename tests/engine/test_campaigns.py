"""Campaigns: a hundred have a row, the rest is one; an account keeps the one that brought it."""

from playing import replayed, written_and_read
from worlds import DAY, NOW, text

from stream.engine.partition import new_tables
from stream.engine.trackers import billing


def spent(number, amount, campaign):
    event = {"id": f"e{number}", "source": "ads", "type": "growth.spend_recorded", "amount": amount, "currency": "USD"}
    return event | {"campaign": campaign, "time": text((NOW - DAY) * 1_000_000)}


def test_the_hundred_that_cost_most_have_rows_and_the_rest_is_one():
    events = [spent(number, 100 * (number + 1), f"c{number:03d}") for number in range(103)]
    events.append(spent(103, 999_900, "other"))

    rows = replayed(events, [NOW])[NOW].values["campaigns.30d"]

    assert [row["campaign"] for row in rows] == [f"c{number:03d}" for number in range(102, 2, -1)] + ["other"]
    assert [rows[0]["spend"], rows[99]["spend"]] == [103, 4]
    assert rows[100] | {"leads": 0} == rows[100]
    assert rows[100]["spend"] == 1 + 2 + 3 + 9_999


def test_an_account_keeps_its_campaign_when_it_is_written_and_read():
    tables = new_tables()
    tables[billing.TABLE.name]["acme"] = billing.BillingAccount(campaign=(5, "a", "e1", "spring"))
    tables[billing.TABLE.name]["globex"] = billing.BillingAccount()

    rows = written_and_read(tables)[billing.TABLE.name]

    assert rows["acme"].campaign == (5, "a", "e1", "spring")
    assert rows["globex"].campaign is None
