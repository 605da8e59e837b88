"""Random worlds for properties: events of few entities, crowded around the edges of windows."""

import json
from datetime import UTC, datetime

from hypothesis import strategies as st

NOW = int(
    datetime(2026, 3, 30, 12, 0, 0, tzinfo=UTC).timestamp()
)  # a Monday, the day after Berlin's clocks went forward
MINUTE, HOUR, DAY = 60, 3_600, 86_400

# Distances from `as_of` at which windows begin, sessions end, periods turn, trials and signals run out.
EDGES = [
    0,
    1,
    30,
    299,
    300,
    301,
    1_800,
    3_599,
    3_600,
    3_610,
    2 * HOUR,
    12 * HOUR,
    14 * HOUR,
    DAY - 300,
    DAY,
    DAY + 300,
    2 * DAY,
    6 * DAY,
    7 * DAY,
    8 * DAY,
    14 * DAY,
    15 * DAY,
    28 * DAY,
    29 * DAY,
    30 * DAY,
    31 * DAY,
    40 * DAY,
    58 * DAY,
]
JITTER = st.one_of(
    st.just(0),
    st.sampled_from([1, -1, 1_000_000, 1_799_999_999, 1_800_000_000, -1_800_000_000]),
    st.integers(-3_000_000_000, 3_000_000_000),
)


def times():
    """Microseconds since the epoch, at or near an edge; a few of them after `as_of`."""
    return st.builds(lambda edge, jitter: (NOW - edge) * 1_000_000 + jitter, st.sampled_from(EDGES), JITTER)


def text(us):
    moment = datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
    return moment.isoformat().replace("+00:00", "Z")


def maybe(strategy):
    return st.one_of(st.none(), strategy)


@st.composite
def usage(draw):
    account = draw(st.sampled_from([None, "acme", "acme", "globex"]))
    user = draw(maybe(st.sampled_from(["ann", "bob"])))
    anonymous = (
        draw(st.sampled_from(["anon1", "anon2"])) if user is None else draw(maybe(st.sampled_from(["anon1", "anon2"])))
    )
    kind = draw(
        st.sampled_from(
            [
                "tracked",
                "tracked",
                "page_viewed",
                "page_viewed",
                "page_pinged",
                "downloaded",
                "clicked",
                "identified",
                "impressed",
                "preference_set",
            ]
        )
    )
    event = {"type": f"usage.{kind}", "account_id": account, "user_id": user, "anonymous_id": anonymous}
    if kind == "identified":
        event |= {"user_id": user or "ann", "anonymous_id": anonymous or "anon1"}
    elif kind == "tracked":
        event |= {
            "name": "n",
            "feature": draw(maybe(st.sampled_from(["export", "share"]))),
            "outcome": draw(st.sampled_from(["success", "success", "failure"])),
        }
    elif kind == "page_viewed":
        event |= {
            "path": draw(st.sampled_from(["/", "/a"])),
            "page_view_id": draw(maybe(st.sampled_from(["v1", "v2"]))),
        }
    elif kind in {"clicked", "impressed"}:
        event |= {
            "element": draw(st.sampled_from(["e", "e", "f"])),
            "impression_id": draw(maybe(st.sampled_from(["i1", "i2"]))),
        }
    elif kind == "page_pinged":
        event |= {
            "path": draw(maybe(st.sampled_from(["/", "/a"]))),
            "page_view_id": draw(maybe(st.sampled_from(["v1", "v2"]))),
        }
    elif kind == "downloaded":
        event |= {"file": "f"}
    elif kind == "preference_set":
        event |= {
            "setting": draw(st.sampled_from(["theme", "tone"])),
            "value": draw(st.sampled_from(["a", "b", "3:c"])),
        }
    return event | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "session_id": st.sampled_from(["s1", "s2"]),
                "plan": st.sampled_from(["pro", "free", ""]),
                "country": st.sampled_from(["DE", "US"]),
                "active": st.sampled_from([True, True, False]),
                "is_bot": st.sampled_from([False, False, True]),
                "test": st.sampled_from([False, False, True]),
                "attributes": st.sampled_from([{"service": "web"}, {"plan": "pro"}, {}]),
            },
        )
    )


def beats():
    """Microseconds since the epoch: seconds, minutes or about a day apart, around the intervals of pings."""
    days = st.sampled_from([0, 0, 0, 0, 1, 2])
    jitter = st.sampled_from([0, 0, -1, 1, 9_999_999, 1_805_000_000])
    return st.builds(
        lambda back, step, more: (NOW - 20 - back * DAY - 10 * step) * 1_000_000 + more,
        days,
        st.integers(0, 8) | st.sampled_from([180, 181, 360]),
        jitter,
    )


@st.composite
def browsing(draw):
    """People, known and unknown, who look at few pages."""
    user = draw(st.sampled_from(["ann", "ann", "ann", "bob", None]))
    kind = draw(st.sampled_from(["page_pinged", "page_pinged", "page_pinged", "page_viewed", "page_viewed", "clicked"]))
    event = {"type": f"usage.{kind}", "account_id": "acme", "user_id": user}
    if user is None or draw(st.integers(0, 9)) == 0:
        event["anonymous_id"] = draw(st.sampled_from(["anon1", "anon1", "anon2"]))
        if draw(st.integers(0, 3)) == 0:
            return event | {"type": "usage.identified", "user_id": user or "ann"}
    if kind == "clicked":
        event["element"] = "e"
    else:
        event["path"] = draw(st.sampled_from(["/", "/", "/", "/a"]))
        event["page_view_id"] = draw(st.sampled_from([None, None, "v1", "v1", "v2", ""]))
    return event | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "session_id": st.sampled_from([None, None, "s1"]),
                "plan": st.sampled_from(["pro", "free"]),
                "active": st.sampled_from([True, True, True, True, False]),
            },
        )
    )


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


@st.composite
def uptime(draw):
    kind = draw(
        st.sampled_from(
            [
                *("checked", "checked", "status_changed", "status_changed", "maintenance_planned"),
                *("requests_counted", "incident_changed", "incident_changed"),
            ]
        )
    )
    event = {"type": f"uptime.{kind}", "service": draw(st.sampled_from(["api", "web"]))}
    if kind == "checked":
        event |= {
            "ok": draw(st.booleans()),
            "region": draw(maybe(st.sampled_from(["eu", "us"]))),
            "latency_ms": draw(maybe(st.sampled_from([0, 0.5, 1, 2.01, 499.9, 500, 500.1, 2_000, 2_001, 10**10]))),
            "attributes": draw(maybe(st.sampled_from([{"plan": "pro"}, {"region": "ap", "country": "DE"}]))),
        }
    elif kind == "requests_counted":
        good = draw(st.integers(0, 5))
        event |= {"good": good, "total": good + draw(st.integers(0, 5))}
        event |= {"attributes": draw(maybe(st.just({"plan": "pro"})))}
    elif kind == "incident_changed":
        event |= {
            "service": draw(st.sampled_from([None, "api", "api"])),
            "incident_id": draw(st.sampled_from(["i1", "i2"])),
            "status": draw(st.sampled_from(["opened", "opened", "acknowledged", "mitigated", "resolved"])),
            "severity": draw(maybe(st.integers(1, 2))),
            "started_at": draw(maybe(st.builds(text, times()))),
            "attributes": draw(maybe(st.just({"plan": "pro"}))),
        }
    elif kind == "status_changed":
        event |= {"status": draw(st.sampled_from(["up", "up", "degraded", "down"]))}
    else:
        starts = draw(times())
        event |= {
            "maintenance_id": draw(st.sampled_from(["m1", "m2"])),
            "starts_at": text(starts),
            "ends_at": text(starts + draw(st.integers(1, 10**11))),
            "canceled": draw(st.sampled_from([False, False, True])),
        }
    return event


SCALES = {"nps": [(0, 10), (1, 10)], "csat": [(1, 5), (1, 3), (0, 0.7)], "ces": [(1, 7)], "stars": [(1, 5), (0, 100)]}


@st.composite
def answer(draw):
    survey = draw(st.sampled_from(["nps", "csat", "ces", "stars", "stars"]))
    scales = SCALES[survey]
    low, high = draw(st.sampled_from(scales))
    event = {
        "type": "feedback.answered",
        "account_id": draw(st.sampled_from([None, "acme", "acme", "globex"])),
        "respondent_id": draw(st.sampled_from(["ann", "bob"])),
        "survey": survey,
        "answer_id": draw(st.sampled_from([None, "a1", "a1", "a2"])),
    }
    if (low, high) != scales[0]:
        event |= {"scale_min": low, "scale_max": high}
    kind = draw(st.sampled_from(["score", "score", "score", "score", "dismissed", "deleted"]))
    if kind == "score":
        share = draw(st.sampled_from([0, 0.2, 0.25, 0.5, 0.62345, 0.75, 0.9, 1]))
        event["score"] = round(low + share * (high - low), draw(st.sampled_from([0, 2, 6]))) if low else share * high
        event["score"] = min(max(event["score"], low), high)
    else:
        event[kind] = True
    return event | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "aspect": st.sampled_from(["speed", "price", ""]),
                "topic": st.sampled_from(["billing", "export"]),
                "channel": st.sampled_from(["email", "web", ""]),
                "sentiment": st.sampled_from([-1, -0.3, -0.0000004, 0, 0.2, 1]),
                "attributes": st.sampled_from([{"plan": "pro"}, {"plan": "pro", "country": "DE"}, {}]),
                "test": st.sampled_from([False, False, True]),
            },
        )
    )


STAGES = ("visited", "created", "qualified", "signed_up", "trial_started", "converted", "lost")


@st.composite
def growth(draw):
    """Of few leads, some of which decide, come back, and are referred by others or by themselves."""
    places = {
        "channel": st.sampled_from(["ads", "search", ""]),
        "campaign": st.sampled_from(["spring", "expo"]),
        "attributes": st.sampled_from([{"plan": "pro"}, {"country": "DE"}, {"channel": "mail"}, {"plan": ""}, {}]),
    }
    if draw(st.integers(0, 4)) == 0:
        event = {
            "type": "growth.spend_recorded",
            "amount": draw(st.sampled_from([10_000, 333, -2_500])),
            "currency": draw(st.sampled_from(["USD", "EUR", "JPY", "GBP"])),
        }
    else:
        event = {
            "type": "growth.lead_changed",
            "lead_id": draw(st.sampled_from(["l1", "l2", "l3"])),
            "stage": draw(st.sampled_from(STAGES)),
            "account_id": draw(maybe(st.sampled_from(["acme", "globex"]))),
            "referrer_id": draw(maybe(st.sampled_from(["l1", "acme", "initech"]))),
            "trial_ends_at": draw(maybe(st.builds(text, times()))),
        }
    return event | draw(st.fixed_dictionaries({}, optional=places))


@st.composite
def ticket(draw):
    event = {
        "type": "feedback.ticket_changed",
        "account_id": draw(st.sampled_from([None, "acme", "acme", "globex"])),
        "ticket_id": draw(st.sampled_from(["t1", "t1", "t2"])),
        "change": draw(
            st.sampled_from(
                [
                    "opened",
                    "opened",
                    "replied",
                    "replied",
                    "replied",
                    "solved",
                    "solved",
                    "reopened",
                    "closed",
                    "merged",
                ]
            )
        ),
        "actor": draw(st.sampled_from(["customer", "agent", "agent", "bot"])),
    }
    return event | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "public": st.sampled_from([True, True, False]),
                "priority": st.sampled_from(["low", "urgent"]),
                "severity": st.sampled_from([1, 3, 5]),
                "topic": st.sampled_from(["billing", "export", ""]),
                "kind": st.sampled_from(["question", "problem", "complaint", "request"]),
                "channel": st.sampled_from(["email", "web", ""]),
                "attributes": st.sampled_from([{"plan": "pro"}, {"plan": "free", "country": "DE"}, {}]),
                "test": st.sampled_from([False, False, False, True]),
            },
        )
    )


@st.composite
def worlds(draw, kinds, *, least=0, most=40, conflicts=False, instants=None):
    """A list of events with their times; identities may repeat."""
    events = []
    drawing = st.tuples(kinds, times() if instants is None else instants)
    for number, (drawn, at) in enumerate(draw(st.lists(drawing, min_size=least, max_size=most))):
        event = {name: value for name, value in drawn.items() if value is not None}
        if event["type"] == "uptime.status_changed" and draw(st.booleans()):
            event["until"] = text(at + draw(st.integers(1, 10**10)))
        events.append(event | {"id": f"e{number}", "source": draw(st.sampled_from(["a", "b"])), "time": text(at)})
    if conflicts:
        for event in draw(st.lists(st.sampled_from(events), max_size=3)) if events else []:
            moved = event | {"time": text(draw(times()))}
            moved.pop("until", None)
            events.append(moved)
    return events


def lines(events):
    return [json.dumps(event, separators=(",", ":")).encode() for event in events]


SEGMENTS = st.sampled_from(
    [
        *("all", "all", "plan=pro", "country=DE", "service=web", "service=api", "plan=nobody"),
        *("region=eu", "severity=1"),
    ]
)
AS_OFS = st.sets(st.sampled_from([NOW - DAY, NOW - 12 * HOUR, NOW - HOUR, NOW - 300, NOW - 1, NOW]), max_size=3).map(
    lambda found: sorted(found | {NOW})
)
