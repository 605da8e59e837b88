"""Objectives, from scratch (part 4 of the catalogue, section 5): good and valid over any window."""

from fractions import Fraction

from .common import HOUR, MINUTE, SECOND, accept, make_world
from .requests import in_maintenance
from .uptime import cut, timelines_of

SIZES = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "24h": 1_440, "3d": 4_320, "7d": 10_080, "30d": 43_200}
PANES = (HOUR, 5 * MINUTE, 10 * SECOND, SECOND)


def window_of(world, name):
    """Rolling starts are moved back to the pane, which is at most 1/60 of the window."""
    if name not in SIZES:
        return world.window(name)
    size = SIZES[name] * MINUTE
    pane = next(pane for pane in PANES if 60 * pane <= size)
    return (world.as_of - size) // pane * pane, world.as_of


def parts(world, value, service, start, end):
    """Good and valid, as integers (milliseconds for `availability`)."""
    if value == "availability":
        spans = [span for name, line in timelines_of(world).items() if service in (None, name) for span in line]
        spent = {
            status: sum(span.overlap(cut(start), cut(end)) for span in spans if span.status == status)
            for status in ("up", "degraded", "down")
        }
        good = spent["up"] + spent["degraded"]
        return good, good + spent["down"]
    kind = {"checks_ok_rate": "uptime.checked", "request_success_rate": "uptime.requests_counted"}[value]
    told = [
        event
        for event in world.events
        if event.type == kind
        and start <= event.time < end
        and service in (None, event.get("service"))
        and not in_maintenance(event, world)
    ]
    if value == "checks_ok_rate":
        return sum(event.get("ok") is True for event in told), len(told)
    return sum(event.get("good", 0) for event in told), sum(event.get("total", 0) for event in told)


def slo_rates(events, config, as_of, lines=None):
    """{(slo, window): (error rate, burn rate)}, exact; None where there is nothing valid."""
    accepted, _ = accept(events, lines)
    world = make_world(accepted, config, as_of, "all")
    found = {}
    for slo in config["slos"]:
        period = slo.get("period", "30d")
        for window in {*SIZES, period} - ({"7d"} - {period}):
            good, valid = parts(world, slo["value"], slo.get("service"), *window_of(world, window))
            rate = Fraction(valid - good, valid) if valid else None
            allowed = 1 - Fraction(str(slo["objective"]))
            found[slo["name"], window] = (rate, None if rate is None else rate / allowed)
    return found
