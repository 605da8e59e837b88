"""Leads and spend."""

from hypothesis import strategies as st

from .instants import maybe, text, times

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
