"""Answers to surveys, and tickets."""

from hypothesis import strategies as st

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
