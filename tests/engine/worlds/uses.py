"""What people do: a little of everything, and much looking at few pages."""

from hypothesis import strategies as st

from .instants import DAY, NOW, maybe


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
