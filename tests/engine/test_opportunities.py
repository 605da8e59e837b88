"""Opportunities: random use of a few accounts, with limits and seats, whatever the order it is told in."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, PATIENT, Worker, definitions_of, replayed
from reference import snapshot
from test_any_order import courses, differences, run
from worlds import DAY, HOUR, NOW, lines, text

BASES = [0, 3, 14, 26, 33, 40]
"""Days before `NOW` around which most of a world takes place."""


@st.composite
def instants(draw, base):
    day = draw(st.one_of(st.integers(base - 6, base + 2), st.integers(-1, 57)))
    return NOW - day * DAY + draw(st.sampled_from([-12 * HOUR, -12 * HOUR + 1, -1, 0, 1, HOUR, 9 * HOUR + 3_599]))


@st.composite
def used(draw, base):
    """One thing used on one day, or on many in a row."""
    user = draw(st.sampled_from(["ann", "bob", "cid", "dan"]))
    event = {
        "type": draw(st.sampled_from(["usage.tracked", "usage.tracked", "usage.tracked", "usage.page_pinged"])),
        "account_id": draw(st.sampled_from(["acme", "acme", "globex"])),
        "user_id": user,
        "active": draw(st.sampled_from([True, True, True, False])),
    }
    if event["type"] == "usage.tracked":
        event |= {
            "name": draw(st.sampled_from(["export", "import"])),
            "value": draw(st.sampled_from([1, 1, 10, 2.5, 0.1, -4])),
            "outcome": draw(st.sampled_from(["success", "success", "failure"])),
        }
    begin = draw(instants(base))
    return [(begin + day * DAY, event) for day in range(draw(st.sampled_from([1, 1, 5, 8, 30])))]


@st.composite
def met(draw, base):
    """Several people at once."""
    begin, account = draw(instants(base)), draw(st.sampled_from(["acme", "globex"]))
    event = {"type": "usage.clicked", "element": "e", "account_id": account}
    return [(begin, event | {"user_id": user}) for user in ["ann", "bob", "cid", "dan"][: draw(st.integers(2, 4))]]


@st.composite
def identified(draw, base):
    ids = {"anonymous_id": draw(st.sampled_from(["x", "y"])), "account_id": "acme"}
    kind = draw(st.sampled_from(["usage.identified", "usage.clicked"]))
    own = {"user_id": draw(st.sampled_from(["ann", "bob"]))} if kind == "usage.identified" else {"element": "e"}
    return [(draw(instants(base)), ids | {"type": kind} | own)]


@st.composite
def subscribed(draw, base):
    at = draw(instants(base))
    item = {"amount": draw(st.sampled_from([0, 100, 100])), "currency": draw(st.sampled_from(["USD", "USD", "GBP"]))}
    item |= {"interval": "month", "quantity": draw(st.sampled_from([1, 3, 3, 4]))}
    event = {
        "type": "billing.subscription_changed",
        "account_id": draw(st.sampled_from(["acme", "acme", "globex"])),
        "subscription_id": draw(st.sampled_from(["s", "s", "t"])),
        "status": draw(st.sampled_from(["active", "active", "active", "trialing", "past_due", "canceled", "paused"])),
        "items": [item],
        "plan": draw(st.sampled_from(["pro", "free"])),
        "attributes": draw(
            st.sampled_from(
                [
                    {},
                    {"plan_limit": 10, "country": "DE"},
                    {"plan_limit": 2.5, "limit_name": "export"},
                    {"plan_limit": 20, "limit_name": "import"},
                    {"plan_limit": "10"},
                ]
            )
        ),
    }
    if draw(st.booleans()):
        event["current_period_start"] = text((at - draw(st.sampled_from([0, HOUR, 3 * DAY]))) * 1_000_000)
    if draw(st.booleans()):
        event["current_period_end"] = text((at + draw(st.sampled_from([0, HOUR, 7 * DAY, 30 * DAY]))) * 1_000_000)
    return [(at, event)]


def paid(at, *, account="acme", name="s", quantity=1, amount=100, **fields):
    item = {"amount": amount, "currency": "USD", "interval": "month", "quantity": quantity}
    own = {"account_id": account, "subscription_id": name, "status": "active", "items": [item], "plan": "pro"}
    return at, {"type": "billing.subscription_changed"} | own | fields


@st.composite
def limited(draw, base):
    """A limit, and use that comes close to it day by day; then, maybe, another limit, or another period."""
    begin = draw(instants(base))
    limit = {"attributes": {"plan_limit": 10} | draw(st.sampled_from([{}, {"limit_name": "export"}]))}
    period = {"current_period_start": text(begin * 1_000_000)} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        period["current_period_end"] = text((begin + draw(st.sampled_from([8, 30])) * DAY) * 1_000_000)
    use = {"type": "usage.tracked", "name": "export", "value": draw(st.sampled_from([1, 2.4, 8])), "user_id": "ann"}
    told = [paid(begin, **limit, **period)]
    told += [(begin + day * DAY + HOUR, use | {"account_id": "acme"}) for day in range(draw(st.integers(1, 9)))]
    change = draw(st.sampled_from(["", "higher", "renewed", "used back"]))
    later = begin + draw(st.integers(0, 12)) * DAY
    if change == "higher":
        told.append(paid(later, attributes={"plan_limit": draw(st.sampled_from([11, 20]))}, **period))
    elif change == "renewed":
        told.append(paid(later, **limit, current_period_start=text(later * 1_000_000)))
    elif change == "used back":
        told.append((later, use | {"account_id": "acme", "value": -3}))
    return told


@st.composite
def seated(draw, base):
    """Seats, and nearly as many people; then, maybe, more seats, and fewer again."""
    begin, seats = draw(instants(base)), draw(st.sampled_from([2, 3, 4, 5]))
    told = [paid(begin, quantity=seats)]
    click = {"type": "usage.clicked", "element": "e", "account_id": "acme"}
    users = ["ann", "bob", "cid", "dan", "eve"][: draw(st.integers(max(1, seats - 1), 5))]
    apart = st.sampled_from([-DAY, 0, HOUR, DAY, 3 * DAY])
    told += [(begin + draw(apart), click | {"user_id": user}) for user in users]
    if draw(st.booleans()):
        told.append(paid(begin + draw(st.integers(0, 5)) * DAY + 60, quantity=seats + draw(st.integers(-1, 2))))
        told.append(paid(begin + draw(st.integers(5, 30)) * DAY + 60, quantity=seats))
    return told


@st.composite
def free(draw, base):
    """Somebody who pays nothing, for long, and comes nearly every day."""
    click = {"type": "usage.clicked", "element": "e", "account_id": "globex", "user_id": "ann"}
    told = [(NOW - 57 * DAY, click)] if draw(st.integers(0, 3)) else []
    begin, pause = draw(instants(base)), draw(st.sampled_from([3, 7, 100]))
    told += [(begin + day * DAY, click) for day in range(draw(st.integers(4, 40))) if day % pause != pause - 1]
    if draw(st.integers(0, 2)) == 0:
        status = draw(st.sampled_from(["trialing", "active"]))
        told.append(paid(draw(instants(base)), account="globex", status=status, amount=draw(st.sampled_from([0, 100]))))
    return told


@st.composite
def businesses(draw):
    base = draw(st.sampled_from(BASES))
    stories = st.sampled_from([limited, limited, seated, free]).flatmap(lambda story: story(base))
    noise = st.one_of(used(base), met(base), identified(base), subscribed(base))
    told = draw(st.lists(stories, min_size=1, max_size=2)) + draw(st.lists(noise, max_size=3))
    pairs = [pair for some in told for pair in some if pair[0] < NOW + 2 * DAY]
    return [
        event | {"id": f"e{number}", "source": "a", "time": text(at * 1_000_000)}
        for number, (at, event) in enumerate(pairs)
    ]


AS_OFS = st.sets(
    st.sampled_from(
        [
            *(NOW - back * DAY for back in (38, 33, 31, 26, 23, 20, 12, 10, 5, 2)),
            *(NOW - 12 * HOUR, NOW - 12 * HOUR + 1, NOW - 1, NOW),
        ]
    ),
    min_size=1,
    max_size=4,
).map(sorted)
SEGMENTS = st.sampled_from(["all", "all", "plan=pro", "country=DE"])


def expected(events, as_of, segment, config=CONFIG):
    return snapshot(events, config, as_of, segment, lines(events))["values"]["opportunities"]


@given(businesses(), AS_OFS, SEGMENTS)
def test_the_engine_says_what_the_catalogue_says(events, as_ofs, segment):
    for as_of, said in replayed(events, as_ofs, segment).items():
        assert said.values["opportunities"] == expected(events, as_of, segment), datetime.fromtimestamp(as_of, UTC)


@given(st.data(), businesses(), SEGMENTS)
def test_whatever_the_order(data, events, segment):
    definitions = definitions_of(CONFIG | PATIENT)
    worker = Worker(definitions, 2)
    run(worker, data.draw(courses(events)))

    assert worker.values(segment).values["opportunities"] == expected(events, NOW, segment)
    assert not differences(worker, events, segment, definitions)
