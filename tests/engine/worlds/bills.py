"""Subscriptions, payments and what follows from them, costs."""

from hypothesis import strategies as st

from .instants import maybe, text, times

ITEMS = st.fixed_dictionaries(
    {
        "amount": st.sampled_from([0, 999, 10_000, 120_000]),
        "currency": st.sampled_from(["USD", "USD", "EUR", "JPY", "KWD", "GBP"]),
        "interval": st.sampled_from(["month", "year", "week"]),
    },
    optional={
        "interval_count": st.sampled_from([1, 3]),
        "quantity": st.sampled_from([1, 3]),
        "usage": st.sampled_from(["licensed", "metered"]),
    },
)


@st.composite
def subscription(draw):
    instants = {
        name: st.builds(text, times())
        for name in ("trial_end", "current_period_end", "cancel_at", "canceled_at", "ended_at")
    }
    discount = st.fixed_dictionaries(
        {
            "duration": st.sampled_from(["once", "repeating", "forever"]),
            "percent_off": st.sampled_from([10, 33.3, 100]),
        },
        optional={"ends_at": instants["trial_end"]},
    )
    amount_off = st.fixed_dictionaries(
        {
            "duration": st.sampled_from(["repeating", "forever"]),
            "amount_off": st.sampled_from([500, 20_000]),
            "currency": st.sampled_from(["USD", "EUR"]),
        },
    )
    return {
        "type": "billing.subscription_changed",
        "account_id": draw(st.sampled_from(["acme", "globex"])),
        "subscription_id": draw(st.sampled_from(["s1", "s2"])),
        "status": draw(
            st.sampled_from(
                [
                    "active",
                    "active",
                    "active",
                    "trialing",
                    "past_due",
                    "unpaid",
                    "paused",
                    "canceled",
                    "canceled",
                    "incomplete",
                ]
            )
        ),
        "items": draw(st.lists(ITEMS, max_size=2)),
    } | draw(
        st.fixed_dictionaries(
            {},
            optional=instants
            | {
                "plan": st.sampled_from(["pro", "free"]),
                "attributes": st.sampled_from([{"country": "DE"}, {"campaign": "expo", "channel": "ads"}, {}]),
                "discounts": st.lists(st.one_of(discount, amount_off), max_size=2),
                "cancel_at_period_end": st.booleans(),
                "involuntary": st.booleans(),
            },
        )
    )


@st.composite
def costs(draw):
    event = {
        "type": "billing.cost_recorded",
        "account_id": draw(st.sampled_from(["acme", "globex", None])),
        "kind": draw(st.sampled_from(["serving", "serving", "retention", "other"])),
        "amount": draw(st.sampled_from([100, 5_000, -70])),
        "currency": draw(st.sampled_from(["USD", "JPY", "GBP", "KWD"])),
    }
    attributes = [{"plan": "pro"}, {"country": "US"}, {"plan": "pro", "country": "DE", "campaign": "spring"}]
    return event | draw(st.fixed_dictionaries({}, optional={"attributes": st.sampled_from(attributes)}))


MONEY = ["payment_succeeded", "payment_succeeded", "payment_failed", "refunded", "dispute_changed", "cost_recorded"]


@st.composite
def money(draw):
    kind = draw(st.sampled_from(MONEY))
    if kind == "cost_recorded":
        return draw(costs())
    event = {
        "type": f"billing.{kind}",
        "account_id": draw(st.sampled_from(["acme", "globex"])),
        "amount": draw(st.sampled_from([100, 5_000])),
        "currency": draw(st.sampled_from(["USD", "EUR", "GBP"])),
    }
    payment = st.sampled_from(["p1", "p2"])
    if kind.startswith("payment"):
        event |= {"payment_id": draw(payment), "subscription_id": draw(maybe(st.sampled_from(["s1", "s2"])))}
        if kind == "payment_succeeded":
            event |= {"tax": draw(st.sampled_from([0, 19])), "fee": draw(st.sampled_from([0, 30]))}
    elif kind == "refunded":
        event |= {
            "refund_id": draw(st.sampled_from(["r1", "r2"])),
            "payment_id": draw(maybe(payment)),
            "tax": draw(st.sampled_from([0, 7])),
        }
    else:
        event |= {
            "dispute_id": "d1",
            "payment_id": draw(maybe(payment)),
            "status": draw(st.sampled_from(["opened", "won", "lost"])),
        }
    return event | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "attributes": st.sampled_from([{"plan": "pro"}, {"country": "US"}, {"campaign": "spring"}]),
            },
        )
    )
