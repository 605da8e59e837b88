"""Prices, movements and revenue, by the worked examples of the catalogue."""

from fractions import Fraction

import pytest

from stream.simulate.books import Receipt, Worth
from stream.simulate.instants import DAY, HOUR, MINUTE
from stream.simulate.plans import lines
from stream.simulate.prices import Discount, Item, charge, half_up, worth
from stream.simulate.segments import segments
from stream.simulate.truth.ledger import Ledger
from stream.simulate.truth.movements import movements
from stream.simulate.truth.revenue import Revenue
from stream.simulate.truth.windows import windows

AS_OF = 100 * DAY
M = 1_000_000
WHERE = segments("pro", "DE")


def said(steps, where=WHERE, subscription="s"):
    return [Worth(at, subscription, micro * M, where) for at, micro in steps]


def kinds(worths, as_of=AS_OF):
    return [(movement.at, movement.kind, movement.change("all") // M) for movement in movements(worths, as_of)]


@pytest.mark.parametrize(
    ("item", "micro"),
    [
        (Item(1829, interval="year"), 1_524_167),
        (Item(100, interval="day"), 30_416_667),
        (Item(700, interval="week"), 30_333_333),
        (Item(9000, count=3), 30_000_000),
        (Item(50_000, 4, interval="year"), 166_666_667),
        (Item(9000, metered=True), 0),
    ],
)
def test_worth_a_month(item, micro):
    """Intervals and roundings of the catalogue's part 2, section 5."""
    assert worth((item,), (), 0, "USD") == micro


def test_yen_have_no_cents():
    """JPY 5000 a month at 0.0067 is 33.5."""
    assert half_up(worth((Item(5000),), (), 0, "JPY") * Fraction("0.0067")) == 33_500_000


def test_discounts():
    """Recurring ones lower MRR while they run, in order and never below 0; `once` does not."""
    item = (Item(10_000), Item(12_000, interval="year"))

    assert worth(item, (Discount("once", percent=50),), 0, "USD") == 110 * M
    assert worth(item, (Discount("repeating", percent=50, ends_at=9),), 8, "USD") == 55 * M
    assert worth(item, (Discount("repeating", percent=50, ends_at=9),), 9, "USD") == 110 * M
    assert worth(item, (Discount("forever", percent=10), Discount("forever", amount=900)), 0, "USD") == 90 * M
    assert worth(item, (Discount("forever", amount=99_000),), 0, "USD") == 0
    # An amount is off once an interval of the first item: a year here.
    assert worth((Item(12_000, interval="year"),), (Discount("forever", amount=1200),), 0, "USD") == 9 * M


def test_a_bill():
    """A `once` coupon lowers the first bill, and only that."""
    items = lines("basic", 3)

    assert charge(items, (), 0, first=True) == 5600
    assert charge(items, (Discount("once", percent=50),), 0, first=True) == 2800
    assert charge(items, (Discount("once", percent=50),), 0, first=False) == 5600


def test_lifecycle():
    """ChartMogul's account: new, expansion, contraction, churned, reactivation."""
    steps = said([(0, 166), (DAY, 226), (2 * DAY, 166), (3 * DAY, 0), (9 * DAY, 150)])

    assert kinds(steps) == [
        (0, "new", 166),
        (DAY, "other", 60),
        (2 * DAY, "other", -60),
        (3 * DAY, "churned", -166),
        (9 * DAY, "reactivation", 150),
    ]


def test_netting():
    """The catalogue's case: canceled at 10:00, another at 10:40, one more at 11:00, which is the next movement."""
    steps = said([(0, 100), (10 * HOUR, 0), (10 * HOUR + 40 * MINUTE, 120), (11 * HOUR, 150)])

    assert kinds(steps, 10 * HOUR + 1000)[1:] == [(10 * HOUR, "churned", -100)]
    assert kinds(steps, 11 * HOUR)[1:] == [(10 * HOUR, "other", 20)]
    assert kinds(steps)[1:] == [(10 * HOUR, "other", 20), (11 * HOUR, "other", 30)]


def test_bought_and_canceled_within_the_hour():
    """It never was: no movement, and buying later is new."""
    steps = said([(0, 100), (30 * MINUTE, 0), (DAY, 50)])

    assert kinds(steps) == [(DAY, "new", 50)]


def test_windows_are_not_prolonged():
    """The hour runs from its first change, also when that changed nothing in the end."""
    steps = said([(0, 100), (DAY, 120), (DAY + 59 * MINUTE, 100), (DAY + 61 * MINUTE, 130)])

    assert kinds(steps)[1:] == [(DAY + 61 * MINUTE, "other", 30)]


def test_an_equal_state_is_no_change():
    """Saying the same again opens no window."""
    steps = said([(0, 100), (DAY, 100), (DAY + 30 * MINUTE, 120), (DAY + 80 * MINUTE, 130)])

    assert kinds(steps)[1:] == [(DAY + 30 * MINUTE, "other", 30)]


def ledger(*accounts, as_of=AS_OF):
    return Ledger(accounts, as_of, windows(as_of, "UTC"))


def test_ledger_of_a_plan_change():
    """Moving from basic to pro at the same price is nothing in all, a rise in pro and a fall in basic."""
    account = [*said([(0, 80)], segments("basic")), *said([(99 * DAY + HOUR, 80)], segments("pro"))]
    values = {name: ledger(account).values(name) for name in ("all", "plan=basic", "plan=pro")}

    assert values["all"]["expansion_mrr.24h"] == values["all"]["contraction_mrr.24h"] == 0
    assert values["plan=pro"]["expansion_mrr.24h"] == 80
    assert values["plan=basic"]["contraction_mrr.24h"] == 80
    assert values["plan=pro"]["opening_accounts.24h"] == 0
    assert values["plan=basic"]["paying_accounts"] == 0
    assert values["plan=pro"]["new_accounts.24h"] == 0


def test_ledger_of_a_month():
    """One is new, one grows, one leaves of three that were there; one joins and leaves inside."""
    accounts = [
        said([(0, 100), (90 * DAY, 130)]),
        said([(0, 100), (91 * DAY, 0)]),
        said([(0, 40)]),
        said([(92 * DAY, 70)]),
        said([(93 * DAY, 10), (95 * DAY, 0)]),
    ]
    values = ledger(*accounts).values("all")

    assert values["opening_mrr.30d"] == 240
    assert values["new_mrr.30d"] == 80
    assert values["expansion_mrr.30d"] == 30
    assert values["churned_mrr.30d"] == 110
    assert values["net_new_mrr.30d"] == 0
    assert values["mrr"] == 240
    assert values["arr"] == 2880
    assert values["arpa"] == 80
    assert values["opening_accounts.30d"] == values["paying_accounts"] == 3
    assert values["churned_accounts.30d"] == 2
    assert values["churn_rate.30d"] == 0.333333


def test_who_leaves_twice_is_one_of_the_rate():
    """Two churned movements of one account are two accounts churned, and once in the rate."""
    account = said([(0, 10), (80 * DAY, 0), (85 * DAY, 10), (90 * DAY, 0)])
    values = ledger(account, said([(0, 5)])).values("all")

    assert values["churned_accounts.30d"] == 2
    assert values["reactivated_accounts.30d"] == 1
    assert values["churn_rate.30d"] == 0.5


def test_nobody_at_the_start():
    """A rate over nobody is null."""
    values = ledger(said([(99 * DAY, 10)])).values("all")

    assert values["churn_rate.30d"] is None
    assert ledger().values("all")["arpa"] is None


def test_revenue():
    """dj-stripe's refund: paid 30.50, refunded 5.35 in the same month."""
    lines_ = [("gross", 30_500_000), ("fee", 1_200_000), ("refund", 5_350_000), ("failure", 0), ("dispute", 0)]
    book = [Receipt(AS_OF - 1 - number, kind, micro, WHERE) for number, (kind, micro) in enumerate(lines_)]
    values = Revenue([*book, Receipt(AS_OF, "gross", M, WHERE)], AS_OF, windows(AS_OF, "UTC")).values("plan=pro")

    assert values["gross_revenue.1h"] == 30.5
    assert values["refunds.1h"] == 5.35
    assert values["fees.1h"] == 1.2
    assert values["net_revenue.1h"] == 23.95
    assert values["payments.1h"] == values["failed_payments.1h"] == values["disputes.1h"] == 1
    assert values["gross_revenue.last_month"] == 0


def test_a_dispute_lost_and_won_after_all():
    """The loss is booked when lost, and taken back when won."""
    book = [Receipt(50 * DAY, "loss", 9 * M, WHERE), Receipt(99 * DAY, "loss", -9 * M, WHERE)]
    values = Revenue(book, AS_OF, windows(AS_OF, "UTC")).values("all")

    assert values["dispute_losses.30d"] == -9
    assert values["net_revenue.30d"] == 9
