"""Objectives: their windows agree with a recomputation from scratch in any order; their pairs raise alerts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, PATIENT, Worker, definitions_of
from pydantic import ValidationError
from reference.common import number
from reference.slos import slo_rates
from test_any_order import courses, run
from worlds import NOW, lines, uptime, worlds

from stream.engine.alerting.judge import Judge
from stream.engine.definitions import Definitions
from stream.engine.slos.counters import rolling_of
from stream.engine.slos.model import Slo
from stream.engine.slos.rules import pair_rules

SLOS = [
    {"name": "api", "value": "availability", "service": "api", "objective": Decimal("0.999")},
    {"name": "all", "value": "availability", "objective": Decimal("0.99"), "period": "month", "pairs": []},
    {"name": "probes", "value": "checks_ok_rate", "objective": Decimal("0.9"), "period": "7d", "pairs": []},
    {"name": "web", "value": "request_success_rate", "service": "web", "objective": Decimal("0.95"), "pairs": []},
]


def slo(**options):
    return Slo.model_validate({"name": "api", "value": "availability", "objective": Decimal("0.999"), **options})


def pair(**options):
    return {"budget": Decimal("0.02"), "long": "1h", "short": "5m", **options}


@given(st.data(), worlds(uptime(), most=20), st.integers(1, 2))
def test_windows_of_objectives_in_any_order_over_restarts_and_partitions(data, events, partitions):
    config = CONFIG | PATIENT | {"slos": SLOS}
    worker = Worker(definitions_of(config), partitions)
    run(worker, data.draw(courses(events)))
    values = worker.values("all").values

    wrong = {}
    for (name, window), rates in slo_rates(events, config, NOW, lines(events)).items():
        for part, rate in zip(("error_rate", "burn_rate"), rates, strict=True):
            said = values[f"slo_{name}_{part}.{window}"]
            if said != (None if rate is None else number(rate)):
                wrong[name, part, window] = (said, rate)
    assert not wrong


def test_default_pairs_are_those_that_are_faster_than_the_budget_lasts():
    assert [(one.long, one.factor("30d")) for one in slo().used_pairs] == [
        ("1h", Fraction(144, 10)),
        ("6h", 6),
        ("1d", 3),
        ("3d", 1),
    ]
    assert [one.long for one in slo(period="7d").used_pairs] == ["1h", "6h"]
    assert slo(period="24h").used_pairs == []
    assert [one.long for one in slo(period="month").used_pairs] == ["1h", "6h", "1d", "3d"]


def test_a_written_pair_that_fires_while_the_budget_lasts_is_slow():
    assert [one.long for one in slo(pairs=[pair(budget=Decimal("0.001"))]).slow_pairs] == ["1h"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"objective": Decimal(1)}, "objective: must be above 0 and below 1"),
        ({"service": "api", "segment": "plan=pro"}, "together with service"),
        ({"period": "7d", "pairs": [pair(long="30d")]}, "long 30d is longer than the period 7d"),
        ({"pairs": [pair(short="1h")]}, "short: must be shorter than long"),
        ({"pairs": [pair(short="30s")]}, "is shorter than a minute"),
        ({"pairs": [pair(budget=Decimal(0))]}, "budget: must be above 0"),
        ({"pairs": [pair(), pair()]}, "1h and 5m stand there twice"),
        (
            {"objective": Decimal("0.9")},
            "a burn rate is at most 10, and its factor is 14.4; the budget must be below 0.0138889; that",
        ),
        (
            {"objective": Decimal("0.5"), "pairs": [pair(budget=Decimal("0.5"), long="6h")]},
            "the budget must be below 0.0166667",
        ),
    ],
)
def test_what_is_refused_is_said_with_the_fix(options, says):
    with pytest.raises(ValidationError) as caught:
        slo(**options)
    assert says in str(caught.value)


def test_panes_are_at_most_a_sixtieth_of_a_window():
    windows = rolling_of([slo(), slo(pairs=[pair(long="45m", short="3m")])])
    assert all(60 * window.pane <= window.size for window in windows)
    assert {window.name: window.pane for window in windows} == {
        "3m": 1,
        "5m": 1,
        "30m": 10,
        "45m": 10,
        "1h": 10,
        "2h": 10,
        "6h": 300,
        "24h": 300,
        "3d": 3_600,
        "30d": 3_600,
    }


class Burning:
    """A judge of one objective, told the burn rates by window."""

    def __init__(self, **options):
        self.judge = Judge(Definitions.model_validate({"slos": [slo(**options)]}), {})

    def at(self, instant, **rates):
        def lookup(segment, name):
            assert segment == "all"
            return rates.get(f"w{name.partition('.')[2]}")

        return [one.alert for one in self.judge.instant(instant, ["all"], lookup)]


def test_a_pair_fires_when_both_windows_burn_and_names_the_long_one():
    burning = Burning(service="api", pairs=[pair(labels={"team": "core"})])

    assert burning.at(60, w1h=Fraction(144, 10), w5m=20) == []  # equal is not above
    assert burning.at(120, w1h=15, w5m=None) == []
    (alert,) = burning.at(180, w1h=15, w5m=20)
    assert (alert.rule, alert.status, alert.segment) == ("slo_api_1h_5m", "firing", "service=api")
    assert (alert.value_name, alert.value, alert.threshold) == ("slo_api_burn_rate.1h", 15, 14.4)
    assert alert.labels == {"slo": "api", "budget": "0.02", "long": "1h", "short": "5m", "team": "core"}
    (resolved,) = burning.at(240, w1h=15, w5m=3)
    assert (resolved.status, resolved.threshold, resolved.fingerprint) == ("resolved", 14.4, alert.fingerprint)


def test_a_factor_that_is_no_decimal_is_exact():
    """0.02 of 30 days in 7 h: 72/35."""
    burning = Burning(pairs=[pair(long="7h")])
    factor = Fraction(72, 35)

    assert burning.at(60, w7h=factor, w5m=3) == []
    (alert,) = burning.at(120, w7h=factor + Fraction(1, 10**30), w5m=3)
    assert alert.threshold == pytest.approx(float(factor))
    assert [one.status for one in burning.at(180, w7h=0, w5m=0)] == ["resolved"]


def test_keys_of_a_rule_go_for_a_pair():
    burning = Burning(pairs=[pair(**{"for": "2m"})])
    found = [burning.at(second, w1h=20, w5m=20) for second in (60, 120, 180)]

    assert [len(alerts) for alerts in found] == [0, 0, 1]


def test_a_pair_mutes_the_slower_ones_of_its_objective():
    rules = {rule.name: rule.inhibit for rule in pair_rules([slo()])}

    assert rules["slo_api_1h_5m"] == {"rules": ["slo_api_6h_30m", "slo_api_1d_2h", "slo_api_3d_6h"]}
    assert rules["slo_api_3d_6h"] == {}
