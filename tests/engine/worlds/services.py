"""Checks, requests, statuses, maintenance and incidents of two services."""

from hypothesis import strategies as st

from .instants import maybe, text, times


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
