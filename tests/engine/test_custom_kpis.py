"""KPIs of one's own: as a recomputation from scratch says, in any order, over any partitions, with restarts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, PATIENT, Worker, definitions_of, replayed
from reference.custom import custom_values
from test_any_order import courses, differences, run
from worlds import AS_OFS, DAY, NOW, SEGMENTS, lines, money, uptime, usage, worlds

from stream.engine.custom.filters import compiled
from stream.engine.custom.kpis import custom_kpis
from stream.engine.custom.model import CustomKpi
from stream.engine.definitions import Definitions
from stream.engine.events import Tracked

TRACKED, SHOWN = "usage.tracked", ["usage.page_viewed", "usage.clicked", "usage.impressed"]
KPIS = [
    {"name": "failed", "event": TRACKED, "aggregate": "count", "filter": {"outcome": "failure"}, "group": "feature"},
    {"name": "unplanned", "event": [TRACKED, *SHOWN], "aggregate": "count", "filter": {"plan": {"not": ["pro", ""]}}},
    {
        "name": "either",
        "event": SHOWN,
        "aggregate": "count",
        "filter": {"any": [{"path": {"prefix": "/a"}}, {"attributes.n": {"above": 0, "at_most": 2.5}}]},
    },
    {
        "name": "moved",
        "event": TRACKED,
        "aggregate": "sum",
        "of": "value",
        "window": ["1h", "week"],
        "group": "outcome",
    },
    {"name": "asked", "event": "billing.refunded", "aggregate": "sum", "of": "amount", "currency": True},
    {"name": "customers", "event": [TRACKED, *SHOWN], "aggregate": "distinct", "of": "account_id"},
    {"name": "people", "event": SHOWN, "aggregate": "distinct", "of": "user_id", "group": "attributes.n"},
    {
        "name": "pairs",
        "event": TRACKED,
        "aggregate": "distinct",
        "of": ["user_id", "feature"],
        "window": ["24h", "month"],
    },
    {"name": "kinds", "event": SHOWN, "aggregate": "distinct", "of": ["account_id", "attributes.n"], "window": "7d"},
    {"name": "well", "event": "uptime.checked", "aggregate": "ratio", "good": {"ok": True}, "group": "region"},
    {"name": "sizes", "event": TRACKED, "aggregate": "quantile", "of": "value", "q": [0.5, 0.9], "window": "30d"},
    {"name": "median", "event": SHOWN, "aggregate": "quantile", "of": "attributes.n", "q": 0.5, "group": "plan"},
    {"name": "held", "event": TRACKED, "aggregate": "latest", "of": "value"},
    {"name": "least", "event": TRACKED, "aggregate": "latest", "of": "value", "combine": "min", "expire": "1d"},
    {"name": "most", "event": SHOWN, "aggregate": "latest", "of": "attributes.n", "combine": "max"},
    {"name": "alive", "event": TRACKED, "aggregate": "latest", "combine": "count", "expire": "1h", "by": "account_id"},
    {"name": "level", "event": TRACKED, "aggregate": "latest", "of": "value", "combine": "mean", "expire": "1w"},
]
NUMBERS = st.sampled_from([0, 1, -3, 2.5, 0.1, 1e-7, 1000, 123456.789, 1.01, 2.0])


@st.composite
def measured(draw):
    """A usage event with numbers to put together."""
    event = draw(usage())
    if event["type"] == TRACKED and draw(st.booleans()):
        event["value"] = draw(NUMBERS)
    if draw(st.booleans()):
        n = st.one_of(NUMBERS, st.sampled_from(["1", True, ""]))
        event["attributes"] = event.get("attributes", {}) | {"n": draw(n)}
    return event


KINDS = st.one_of(measured(), measured(), measured(), money(), uptime())


def exact(kpis):
    return [{name: _decimals(value) for name, value in kpi.items()} for kpi in kpis]


def _decimals(value):
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, list):
        return [_decimals(one) for one in value]
    return {name: _decimals(one) for name, one in value.items()} if isinstance(value, dict) else value


DEFINITIONS = definitions_of(CONFIG | {"kpis": exact(KPIS)})
NAMES = {name for kpi in custom_kpis(DEFINITIONS.kpis) for name, _ in kpi.names()}


@given(worlds(KINDS, conflicts=True), AS_OFS, SEGMENTS)
def test_they_are_what_a_recomputation_from_scratch_says(events, as_ofs, segment):
    for as_of, said in replayed(events, as_ofs, segment, DEFINITIONS).items():
        expected = custom_values(events, CONFIG | {"kpis": KPIS}, as_of, segment, lines(events))
        names = NAMES if segment == "all" or segment.partition("=")[0] in DEFINITIONS.segments else set()

        assert expected.values.keys() == names
        assert {name: said.values.get(name) for name in names} == expected.values
        assert {name: said.reasons.get(name) for name in names if name in said.reasons} == expected.reasons


@given(st.data(), worlds(KINDS, most=30), st.integers(1, 3), SEGMENTS)
def test_order_duplicates_partitions_and_restarts_change_nothing(data, events, partitions, segment):
    definitions = definitions_of(CONFIG | PATIENT | {"kpis": exact(KPIS)})
    worker = Worker(definitions, partitions)
    run(worker, data.draw(courses(events)))

    assert not worker.refused
    assert not differences(worker, events, segment, definitions)


def tracked(number, at=NOW - 60, **fields):
    return {
        "id": f"e{number}",
        "source": "s",
        "type": TRACKED,
        "time": _time(at),
        "name": "n",
        "user_id": "ann",
    } | fields


def _time(second):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(second, UTC).isoformat()


def test_fifty_groups_are_shown_and_the_rest_is_other():
    kpis = [{"name": "used", "event": TRACKED, "aggregate": "count", "group": "name", "window": "24h"}]
    events = [tracked(number, name=f"n{number % 52:02}") for number in range(60)]
    found = replayed(events, [NOW], definitions=Definitions.model_validate({"kpis": kpis}))[NOW]
    table = found.values["used_by_name.24h"]

    assert len(table) == 51
    assert next(iter(table)) == "n00"
    assert (table["n07"], table["n08"], table["other"]) == (2, 1, 2)
    assert list(table)[-1] == "other"


def test_numbers_beyond_all_measure_harm_nothing():
    kpis = [
        {"name": "total", "event": TRACKED, "aggregate": "sum", "of": "value", "window": "24h"},
        {
            "name": "middle",
            "event": TRACKED,
            "aggregate": "quantile",
            "of": "value",
            "q": Decimal("0.5"),
            "window": "24h",
        },
        {"name": "top", "event": TRACKED, "aggregate": "latest", "of": "value", "combine": "max"},
    ]
    definitions = Definitions.model_validate({"kpis": kpis})
    worker = Worker(definitions, 1)
    worker.take([tracked(1, value=1e300), tracked(2, value=-1e300), tracked(3, value=5)])
    worker.advance(NOW)
    worker.restart()
    worker.advance(NOW)

    assert worker.values("all").values["total.24h"] == 5
    assert worker.values("all").values["top"] == 5


def definitions(**kpi):
    return Definitions.model_validate({"kpis": [{"name": "used", "event": TRACKED, "aggregate": "count"} | kpi]})


def test_a_kpi_that_is_declared_later_is_null_in_windows_that_began_before_it():
    worker = Worker(definitions(name="other", window="24h"), 2)
    worker.take([tracked(1, NOW - 7_200)])
    worker.advance(NOW - 3_600)
    worker.definitions = definitions(window=["5m", "1h", "24h"])
    worker.restart()
    worker.take([tracked(2, NOW - 60)])
    worker.advance(NOW)
    found = worker.values("all")

    assert (found.values["used.5m"], found.values["used.1h"], found.values["used.24h"]) == (1, 1, None)
    assert found.reasons["used.24h"] == "collecting since 2026-03-30T11:00:00Z"
    assert not any(name.startswith("other") for name in found.values)


@pytest.mark.parametrize("change", [{"version": 2}, {"filter": {"outcome": "failure"}}, {"event": "usage.clicked"}])
def test_a_new_version_or_definition_begins_a_new_series(change):
    worker = Worker(definitions(), 1)
    worker.take([tracked(1, NOW - 2 * DAY), tracked(2, NOW - 60, outcome="failure")])
    worker.advance(NOW - 30)
    assert worker.values("all").values["used.30d"] == 2
    worker.definitions = definitions(**change)
    worker.restart()
    worker.advance(NOW)

    assert worker.values("all").values["used.5m"] is None
    worker.advance(NOW + 300)
    assert worker.values("all").values["used.5m"] == 0


def test_what_is_no_longer_declared_leaves_no_rows():
    distinct = {"aggregate": "distinct", "of": "user_id"}
    latest = {"name": "held", "event": TRACKED, "aggregate": "latest", "of": "value"}
    worker = Worker(
        Definitions.model_validate({"kpis": [*definitions(**distinct).model_dump(exclude_unset=True)["kpis"], latest]}),
        1,
    )
    worker.take([tracked(1)])
    worker.advance(NOW)
    worker.definitions = Definitions()
    worker.restart()

    assert not any(worker.tables[0][name] for name in ("custom_values", "custom_latest", "collecting"))


def test_values_that_are_out_of_every_window_leave_no_rows():
    worker = Worker(definitions(aggregate="distinct", of="user_id"), 1)
    worker.take([tracked(1), tracked(2, NOW - 40 * DAY)])
    worker.advance(NOW)
    worker.advance(NOW + 63 * DAY)
    assert worker.tables[0]["custom_values"]
    worker.advance(NOW + 65 * DAY)

    assert not worker.tables[0]["custom_values"]


def test_an_unchanged_definition_has_an_unchanged_hash():
    one = CustomKpi.model_validate({"name": "a", "event": ["usage.clicked", TRACKED], "aggregate": "count"})
    same = CustomKpi.model_validate(
        {"name": "a", "event": [TRACKED, "usage.clicked"], "aggregate": "count", "unit": "things", "version": 3}
    )

    assert one.hash == same.hash == "1206e8bf4fa28f1a"
    assert one.series != same.series


def test_a_filter_of_nothing_matches_everything():
    assert compiled({})(Tracked(id="1", source="s", time="", name="n"))
