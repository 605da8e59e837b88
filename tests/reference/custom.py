"""KPIs of one's own, from scratch (part 4 of the catalogue, section 8)."""

from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction

from .common import ALL_WINDOWS, GAMMA, Sheet, accept, as_text, attribute, duration, half_up, make_world, number
from .money import Rates, to_micro
from .usage import links, person, raw_user

COMMON = {"active": True}
DEFAULTS = {
    "usage.tracked": {"outcome": "success", "value": 1},
    "billing.payment_succeeded": {"tax": 0, "fee": 0, "metered": 0},
    "billing.refunded": {"tax": 0},
    "billing.dispute_changed": {"tax": 0},
}
"""What a field is where the event does not give it."""


def custom_values(events, config, as_of, segment="all", lines=None):
    """{"values": …, "reasons": …} of the declared KPIs, recomputed from all the events."""
    accepted, _ = accept(events, lines)
    world = make_world(accepted, config, as_of, segment)
    sheet = Sheet()
    if world.segment is None or world.segment[0] in world.settings.dimensions:
        for kpi in config["kpis"]:
            _kpi(sheet, world, kpi)
    return sheet


def _list(value):
    return value if isinstance(value, list) else [value]


def _kpi(sheet, world, kpi):
    found = [event for event in world.events if event.type in _list(kpi["event"]) and matches(event, kpi.get("filter"))]
    names = _names(kpi)
    if kpi["aggregate"] == "latest":
        _latest(sheet, kpi, found, world)
        return
    for window in _list(kpi.get("window", list(ALL_WINDOWS))):
        there = [event for event in world.within(window, found) if _in(event, world.segment)]
        for name, q in names:
            value, reason = _value(kpi, there, world, q)
            sheet.values[f"{name}.{window}"] = value
            if reason:
                sheet.reasons[f"{name}.{window}"] = reason
        if "group" in kpi:
            _table(sheet, kpi, window, there, world)


def _names(kpi):
    if kpi["aggregate"] == "quantile" and isinstance(kpi["q"], list):
        return [(f"{kpi['name']}_p{(Decimal(str(q)) * 100).normalize():f}".replace(".", "_"), q) for q in kpi["q"]]
    return [(kpi["name"], kpi.get("q"))]


def _table(sheet, kpi, window, there, world):
    groups = {}
    for event in there:
        if _counts(kpi, event, world):
            groups.setdefault(as_text(field(event, kpi["group"])) or "none", []).append(event)
    rows = {}
    for group, events in groups.items():
        value, _ = _value(kpi, events, world, kpi.get("q"))
        rows[group] = value
    sheet.values[f"{kpi['name']}_by_{kpi['group'].rpartition('.')[2]}.{window}"] = rows


def _counts(kpi, event, world):
    """An event without what is put together counts nowhere."""
    if kpi["aggregate"] in ("sum", "quantile"):
        value = field(event, kpi["of"])
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if kpi.get("currency"):
            return _converted(event, value, world) is not None
        return True
    if kpi["aggregate"] == "distinct":
        return _distinct(kpi, event, {}) is not None
    return True


def _converted(event, minor, world):
    return Rates(world.settings).convert(to_micro(minor, event.get("currency")), event.get("currency"), event.time)


def _value(kpi, there, world, q):
    counted = [event for event in there if _counts(kpi, event, world)]
    if kpi["aggregate"] == "count":
        return len(there), None
    if kpi["aggregate"] == "distinct":
        linked = links(world.events)
        return len({_distinct(kpi, event, linked) for event in counted}), None
    if kpi["aggregate"] == "ratio":
        if not there:
            return None, "no events"
        return number(Fraction(sum(matches(event, kpi["good"]) for event in there), len(there))), None
    if kpi["aggregate"] == "quantile":
        if not counted:
            return None, "no events"
        return number(_quantile([_exact(field(event, kpi["of"])) for event in counted], Fraction(str(q)))), None
    if not kpi.get("currency"):
        return number(Fraction(sum(half_up(_exact(field(e, kpi["of"])) * 10**6) for e in counted), 10**6)), None
    total = sum(_converted(event, field(event, kpi["of"]), world) for event in counted)
    missing = sorted({event.get("currency") for event in there if event not in counted})
    return number(Fraction(total, 10**6)), "no fx rate: " + ", ".join(missing) if missing else None


def _quantile(values, q):
    rank = max(1, -(-q * len(values) // 1))
    x = sorted(values)[int(rank) - 1]
    if x < 1:
        return Fraction(0)
    k = bisect_left(range(2_500), x=True, key=lambda i: GAMMA**i >= x)
    return 2 * GAMMA**k / (GAMMA + 1)


def _distinct(kpi, event, linked):
    values = []
    for name in _list(kpi["of"]):
        value = person(raw_user(event), linked) if name == "user_id" else field(event, name)
        if value is None:
            return None
        values.append((type(value).__name__ == "bool", value))
    return tuple(values)


def _latest(sheet, kpi, found, world):
    last = {}
    for event in found:  # in order
        by = [event.key] if "by" not in kpi else [field(event, name) for name in _list(kpi["by"])]
        value = 0 if "of" not in kpi else field(event, kpi["of"])
        if None in by or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        last[tuple(by)] = (event, Fraction(half_up(_exact(value) * 10**6), 10**6))
    if "expire" in kpi:
        last = {by: one for by, one in last.items() if one[0].time + duration(kpi["expire"]) >= world.as_of}
    values = [value for event, value in last.values() if _in(event, world.segment)]
    if not values:
        sheet.null(kpi["name"], "no entities")
        return
    combine = {
        "sum": sum,
        "mean": lambda all_of_them: sum(all_of_them) / len(all_of_them),
        "min": min,
        "max": max,
    }
    if kpi.get("combine") == "count":
        sheet.values[kpi["name"]] = len(values)
    else:
        sheet.values[kpi["name"]] = number(combine[kpi.get("combine", "sum")](values))


def _exact(value):
    return Fraction(str(value))


def _in(event, segment):
    if segment is None:
        return True
    return (as_text(event.data.get(segment[0])) or attribute(event, segment[0])) == segment[1]


def field(event, name):
    if name.startswith("attributes."):
        return (event.get("attributes") or {}).get(name.partition(".")[2])
    value = event.data.get(name)
    return value if value is not None else {**COMMON, **DEFAULTS.get(event.type, {})}.get(name)


def _same(value, wanted):
    """Text and numbers are never converted into each other."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, str) or isinstance(wanted, str):
        return type(value) is type(wanted) and value == wanted
    return value is not None and _exact(value) == _exact(wanted)


def matches(event, declared):
    for name, wanted in (declared or {}).items():
        if name == "any":
            if not any(matches(event, part) for part in wanted):
                return False
        elif not _holds(field(event, name), wanted):
            return False
    return True


def _holds(value, wanted):
    if not isinstance(wanted, dict):
        return value is not None and any(_same(value, one) for one in _list(wanted))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    checks = {
        "not": lambda limit: value is None or not any(_same(value, one) for one in _list(limit)),
        "exists": lambda limit: (value is not None) is limit,
        "prefix": lambda limit: isinstance(value, str) and value.startswith(limit),
        "above": lambda limit: is_number and _exact(value) > _exact(limit),
        "below": lambda limit: is_number and _exact(value) < _exact(limit),
        "at_least": lambda limit: is_number and _exact(value) >= _exact(limit),
        "at_most": lambda limit: is_number and _exact(value) <= _exact(limit),
    }
    return all(checks[operator](limit) for operator, limit in wanted.items())
