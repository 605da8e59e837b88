"""Checks, latency and requests, from scratch (part 3 of the catalogue, section 4)."""

from fractions import Fraction

from .common import ALL_WINDOWS, MINUTE, SECOND, as_text, attribute, cell, cell_seconds, number_cut
from .uptime import cut, planned

QUANTILES = {"p50": Fraction(1, 2), "p95": Fraction(95, 100), "p99": Fraction(99, 100)}


def carries(event, segment):
    """`S`: "every configured dimension the event itself carries (field, else attribute)"."""
    dimension, value = segment
    return (as_text(event.get(dimension)) or attribute(event, dimension)) == value


def has_values(world, always):
    """Segments: `S` and some dimensions that are named in the table."""
    return world.segment is None or world.segment[0] in (*always, *world.settings.dimensions)


def in_maintenance(event, world):
    """A minute that maintenance touches leaves."""
    own = [other for other in world.events if other.family == "uptime" and other.get("service") == event.get("service")]
    first = cut(event.time // MINUTE * MINUTE)
    return any(max(start, first) < min(end, first + cut(MINUTE)) for start, end in planned(own))


def quantile(latencies, q):
    """The cell that holds rank ceil(q * n), 1-based."""
    rank = -(-q.numerator * len(latencies) // q.denominator)
    return cell_seconds(cell(sorted(latencies)[max(1, rank) - 1]))


def request_values(sheet, world):
    told = [
        event
        for event in world.events
        if event.type in ("uptime.checked", "uptime.requests_counted")
        and (world.segment is None or carries(event, world.segment))
    ]
    reports = [event for event in told if event.type == "uptime.requests_counted"]
    open_ = [event for event in told if not in_maintenance(event, world)]
    for window in ALL_WINDOWS:
        start, end = world.window(window)
        inside = world.within(window, open_)
        checks = [event for event in inside if event.type == "uptime.checked"]
        good = [event for event in checks if event.get("ok") is True]
        if has_values(world, ("service", "region")):
            sheet.count(f"checks.{window}", len(checks))
            sheet.ratio(f"checks_ok_rate.{window}", len(good), len(checks), "no checks", publish=number_cut)
            latencies = [event.data["latency_ms"] for event in good if event.get("latency_ms") is not None]
            for name, q in QUANTILES.items():
                if latencies:
                    sheet.figure(f"latency_{name}.{window}", quantile(latencies, q))
                else:
                    sheet.null(f"latency_{name}.{window}", "no checks")
        if has_values(world, ("service",)):
            samples = [event for event in checks if event.get("ok") is False or event.get("latency_ms") is not None]
            points = 0
            for event in samples:
                if event.get("ok") is True:
                    # satisfied "ok and at most T", tolerating "ok and at most 4T"
                    latency = Fraction(event.data["latency_ms"]) * 1_000
                    points += 2 * (latency <= world.settings.apdex) or 1 * (latency <= 4 * world.settings.apdex)
            sheet.ratio(f"apdex.{window}", points, 2 * len(samples), "no checks", publish=number_cut)

            all_reports = world.within(window, reports)
            total = sum(event.get("total") for event in all_reports)
            sheet.count(f"requests.{window}", total)
            if window in ("5m", "1h", "24h"):
                seconds = Fraction(end - start, SECOND)
                # "when no report came in the window"
                sheet.ratio(f"throughput.{window}", total, seconds if all_reports else 0, "no reports")
            valid = [event for event in inside if event.type == "uptime.requests_counted"]
            served, asked = (sum(event.get(name, 0) for event in valid) for name in ("good", "total"))
            sheet.ratio(f"request_success_rate.{window}", served, asked, "no traffic", publish=number_cut)
