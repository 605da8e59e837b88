"""What values were is kept as it was judged, for as long as it is asked for, and survives a restart."""

from datetime import date
from fractions import Fraction

import pytest

from stream.engine.definitions import Definitions
from stream.engine.intake import Counts
from stream.engine.kpis import CATALOGUE
from stream.engine.merging import Merging, Published
from stream.engine.partition import Tick
from stream.engine.steering.flows import is_flow
from stream.engine.steering.kept import FINE, HOUR, LONG, Kept
from stream.engine.steering.model import Target
from stream.engine.steering.periods import period_of

DAY = 86_400
NOON = 20_544 * DAY + DAY // 2
DEFINITIONS = Definitions.model_validate(
    {
        "targets": [{"value": "services_down", "at_most": 0, "by": "day"}],
        "trends": [{"name": "down", "value": "services_down", "season": "hour", "samples": 3}],
        "rules": [{"name": "late", "value": "target_services_down_pace", "below": 1}],
    }
)


class Merge:
    """The merge of one partition, told of a gauge."""

    def __init__(self, definitions=DEFINITIONS):
        self.definitions, self.published, self.states = definitions, Published(1), {}
        self.kept, self.starts = {}, {}
        self.restart()

    def restart(self):
        tables = (self.published, self.states, self.kept, self.starts)
        self.merging = Merging(self.definitions, 1, *tables)
        self.merging.restored(0, [(("all", "now", 0), {"services_down": 1})], Tick(0, True, {}, Counts()), 0)

    def at(self, second, down):
        self.merging.put_total(0, ("all", "now", 0), {"services_down": down} if down else {})
        self.merging.put_tick(0, Tick(second, True, {}, Counts(1)), second)
        publication = self.merging.publish()
        return publication.snapshots["all"], [one.alert.status for one in publication.alerts]


def test_samples_stay_as_they_were_judged_across_a_restart():
    merge = Merge()
    for back, down in ((3, 2), (2, 4), (1, 6)):
        merge.at(NOON - back * HOUR, down)
    merge.restart()
    snapshot, _ = merge.at(NOON, 9)

    assert snapshot["values"]["trend_down_change"] == 0.5
    assert snapshot["values"]["trend_down_slope"] == pytest.approx(13 / 6, abs=1e-6)


def test_a_rule_may_judge_a_target_by_what_the_period_began_with():
    merge = Merge()
    _, alerts = merge.at(NOON - DAY // 2, 8)
    assert alerts == []
    snapshot, alerts = merge.at(NOON, 6)

    # a quarter of the way, in half of the day
    assert (snapshot["values"]["target_services_down_pace"], alerts) == (0.5, ["firing"])
    assert merge.at(NOON + 60, 0)[1] == ["resolved"]


def test_what_nobody_asks_for_any_more_is_forgotten():
    rows = {}
    kept = Kept(rows)
    for instant in range(0, 3 * HOUR, 60):
        kept.put("a", instant, instant)
        kept.put("gone", instant, None)
    kept.tidy(2 * HOUR + FINE, {"a"})
    assert sorted(rows) == [("a", i) for i in sorted({0, HOUR, *range(2 * HOUR, 3 * HOUR, 60)})]
    kept.tidy(HOUR + LONG, {"a"})

    assert sorted(rows) == [("a", HOUR), ("a", 2 * HOUR)]
    assert list(Kept(rows)._instants["a"]) == [HOUR, 2 * HOUR]


def test_a_sample_is_the_last_one_that_is_not_more_than_an_hour_older():
    kept = Kept({})
    kept.put("a", HOUR, 5)
    kept.put("a", HOUR + 600, 7)
    kept.put("a", HOUR + 660, None)

    assert kept.sample("a", HOUR + 659, HOUR + 900) == 7
    assert kept.sample("a", HOUR + 659, HOUR + 900 + FINE) == 5
    assert kept.sample("a", HOUR + 700, HOUR + 900) is None
    assert kept.sample("a", 2 * HOUR, 2 * HOUR + FINE) == 5
    assert kept.sample("a", 2 * HOUR + 1, 3 * HOUR + FINE) is None
    assert kept.sample("a", HOUR - 1, HOUR) is None


def test_what_a_value_was_is_not_rewritten():
    kept = Kept({})
    kept.put("a", 60, Fraction(1, 3))
    kept.put("a", 60, 9)

    assert kept.at("a", 60) == Fraction(1, 3)


def test_the_periods_of_targets_are_those_of_the_calendar():
    from stream.engine.calendar import Calendar

    berlin = Calendar("Europe/Berlin")
    fields = {"name": "a", "value": "mrr", "at_least": 1}
    may = int(berlin.start("month", 2026 * 12 + 4))

    def length(by, **more):
        period = period_of(Target.model_validate(fields | {"by": by} | more), berlin, may)
        return (period.end - period.start) / DAY

    assert (length("day"), length("week"), length("month"), length("quarter"), length("year")) == (1, 7, 31, 91, 365)
    assert length(date(2026, 3, 31), **{"from": date(2026, 3, 29)}) == pytest.approx(3 - 1 / 24)


FLOWS = "events active_users sessions gross_revenue net_revenue new_mrr churned_mrr payments downtime downloads signups"
LEVELS = "mrr error_rate session_duration_avg session_duration_p50 opening_mrr availability arpa nps quick_ratio"


@pytest.mark.parametrize("name", [name for name in FLOWS.split() if name in CATALOGUE])
def test_what_adds_up_is_a_flow(name):
    assert is_flow(CATALOGUE[name])


@pytest.mark.parametrize("name", [name for name in LEVELS.split() if name in CATALOGUE])
def test_what_does_not_is_a_level(name):
    assert not is_flow(CATALOGUE[name])
