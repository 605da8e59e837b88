"""Every option of `vitals replay`, one promise of the contract a test."""

import json

import pytest
from calling import NOON, line, rows, snapshot, snapshots, vitals

from schemas import Alert, Snapshot


@pytest.fixture
def file(nowhere):
    """Three events: two on a day, one the day after."""
    path = nowhere / "events.jsonl"
    times = ("2026-03-09T10:00:00Z", "2026-03-09T22:00:00.25Z", "2026-03-10T11:59:59.5Z")
    path.write_bytes(b"".join(line(number, time) for number, time in enumerate(times)))
    return path


def as_ofs(result):
    return [one["as_of"] for one in snapshots(result)]


def test_the_default_is_one_snapshot_at_the_first_whole_second_after_the_latest_event(file):
    found = snapshot(vitals("replay", file))

    Snapshot.model_validate(found)
    assert (found["as_of"], found["segment"], found["complete"]) == (NOON, "all", True)
    assert found["values"]["events.24h"] == 2
    assert list(found) == ["schema", "segment", "as_of", "revision", "complete", "values", "reasons", "counts"]


def test_an_event_on_a_whole_second_counts_from_the_next_one():
    assert as_ofs(vitals("replay", "-", stdin=line(1, "2026-03-10T11:59:59Z"))) == [NOON]


def test_test_events_and_bots_do_not_say_when_the_latest_event_was():
    later = line(2, "2026-03-10T15:00:00Z", test=True) + line(3, "2026-03-10T16:00:00Z", is_bot=True)
    found = snapshot(vitals("replay", "-", stdin=line(1, "2026-03-10T11:59:59Z") + later))

    assert found["as_of"] == NOON
    assert found["counts"]["excluded"] == 2


def test_until_is_where_the_one_snapshot_is(file):
    found = snapshot(vitals("replay", file, "--until", "2026-03-09T22:00:00Z"))

    assert found["values"]["events.24h"] == 1


def test_a_snapshot_counts_exactly_the_events_before_it(file):
    result = vitals("replay", file, "--as-of", "2026-03-09T22:00:01Z", "--as-of", "2026-03-09T10:00:00Z")

    assert [one["values"]["events.24h"] for one in snapshots(result)] == [0, 2]
    assert as_ofs(result) == ["2026-03-09T10:00:00Z", "2026-03-09T22:00:01Z"]


def test_counts_are_those_of_the_whole_input_in_each_snapshot(file):
    file.write_bytes(file.read_bytes() * 2 + line(9, "2026-03-12T00:00:00Z", is_bot=True) + b"no\n")
    result = vitals("replay", file, "--as-of", "2026-03-09T10:00:00Z", "--as-of", NOON)

    names = ("events", "duplicates", "conflicts", "excluded", "late", "too_late", "dead_letters")
    expected = dict(zip(names, (3, 3, 0, 1, 0, 0, 1), strict=True))
    assert [one["counts"] for one in snapshots(result)] == [expected, expected]


def test_as_of_is_a_time_with_any_offset(file):
    assert as_ofs(vitals("replay", file, "--as-of", "2026-03-10T13:00:00+01:00")) == [NOON]


def test_every_step_from_a_time_to_the_end(file):
    result = vitals("replay", file, "--every", "12h", "--from", "2026-03-09T06:00:00Z")

    assert as_ofs(result) == ["2026-03-09T06:00:00Z", "2026-03-09T18:00:00Z", "2026-03-10T06:00:00Z"]
    assert [one["values"]["events.24h"] for one in snapshots(result)] == [0, 1, 2]
    assert [one["revision"] for one in snapshots(result)] == [1, 2, 3]


def test_every_reaches_until_and_goes_together_with_as_of(file):
    options = ("--every", "1h", "--from", "2026-03-10T10:00:00Z", "--until", NOON, "--as-of", "2026-03-10T11:30:00Z")
    expected = ["10:00", "11:00", "11:30", "12:00"]

    assert as_ofs(vitals("replay", file, *options)) == [f"2026-03-10T{time}:00Z" for time in expected]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("1d", ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"]),
        ("24h", ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T23:00:00Z", "2026-03-30T23:00:00Z"]),
        ("1w", ["2026-03-27T23:00:00Z"]),
    ],
)
def test_days_are_local_and_hours_are_not(file, nowhere, step, expected):
    """Berlin's clocks go forward on 29 March."""
    (nowhere / "berlin.yaml").write_text("business: {zone: Europe/Berlin}")
    options = ("--every", step, "--from", "2026-03-27T23:00:00Z", "--until", "2026-03-31T00:00:00Z")

    assert as_ofs(vitals("replay", file, "--config", "berlin.yaml", *options)) == expected


def test_segments_come_in_order_within_each_instant(file):
    file.write_bytes(file.read_bytes() + line(5, "2026-03-10T11:00:00Z", plan="pro", user_id="bob"))
    options = ("--segment", "plan=pro", "--segment", "all", "--segment", "country=DE", "--segment", "all")
    result = vitals("replay", file, *options, "--as-of", NOON, "--as-of", "2026-03-10T00:00:00Z")

    assert [one["segment"] for one in snapshots(result)] == ["all", "country=DE", "plan=pro"] * 2
    assert [one["values"]["events.24h"] for one in snapshots(result)] == [2, 0, 0, 3, 0, 1]


def test_a_segment_never_seen_is_zeros_and_nulls(file):
    found = snapshot(vitals("replay", file, "--segment", "plan=nobody"))

    assert found["values"]
    assert not any(value for value in found["values"].values() if not isinstance(value, list | dict))
    assert found["values"]["active_users.5m"] == 0
    assert found["values"]["error_rate.1h"] is None
    assert found["reasons"]["error_rate.1h"]


def test_out_is_a_file_instead_of_stdout(file, nowhere):
    result = vitals("replay", file, "--out", "snapshots.jsonl")

    assert (result.exit_code, result.stdout) == (0, "")
    assert (nowhere / "snapshots.jsonl").read_bytes() == vitals("replay", file).stdout_bytes


def test_the_configuration_is_the_one_that_a_worker_would_read(file, nowhere, monkeypatch):
    at = ("--as-of", "2026-03-10T12:00:00Z")
    utc = snapshot(vitals("replay", file, *at))["values"]["events.today"]
    (nowhere / "vitals.yaml").write_text("business: {zone: Asia/Tokyo}")
    assert (utc, snapshot(vitals("replay", file, *at))["values"]["events.today"]) == (1, 2)

    (nowhere / "other.yaml").write_text("{}")
    monkeypatch.setenv("VITALS_CONFIG", "other.yaml")
    assert snapshot(vitals("replay", file, *at))["values"]["events.today"] == 1


# --- alerts

RULES = """
rules:
  - {name: zz_any, value: events.5m, above: 0}
  - {name: busy, value: events.5m, above: 1, each: plan, for: 2m}
"""


@pytest.fixture
def eventful(nowhere):
    """One event a minute for ten minutes from 11:00:30 on, in two plans; then silence until noon."""
    (nowhere / "rules.yaml").write_text(RULES)
    path = nowhere / "eventful.jsonl"
    written = [
        line(f"{plan}{minute}", f"2026-03-10T11:{minute:02}:30Z", plan=plan, user_id=plan)
        for minute in range(10)
        for plan in ("pro", "free")
    ]
    path.write_bytes(b"".join(written))
    return path


def replayed_alerts(path, *options):
    result = vitals("replay", path, "--config", "rules.yaml", "--alerts", "alerts.jsonl", "--until", NOON, *options)
    assert result.exit_code == 0, result.output
    found = rows(path.parent / "alerts.jsonl")
    for one in found:
        Alert.model_validate(one)
    return [(one["as_of"][11:16], one["rule"], one["segment"], one["status"]) for one in found], result


def test_alerts_are_judged_each_minute_and_come_in_order(eventful):
    found, _ = replayed_alerts(eventful)

    assert found == [
        ("11:01", "zz_any", "all", "firing"),
        ("11:04", "busy", "plan=free", "firing"),
        ("11:04", "busy", "plan=pro", "firing"),
        ("11:14", "busy", "plan=free", "resolved"),
        ("11:14", "busy", "plan=pro", "resolved"),
        ("11:15", "zz_any", "all", "resolved"),
    ]


def test_a_step_is_counted_from_the_epoch(eventful):
    found, _ = replayed_alerts(eventful, "--step", "10m")

    assert [one[0] for one in found] == ["11:10", "11:20"]


def test_rules_are_judged_up_to_the_latest_snapshot(eventful):
    found, _ = replayed_alerts(eventful, "--as-of", "2026-03-10T11:03:00Z")

    assert found == [("11:01", "zz_any", "all", "firing")]


def test_judging_changes_no_snapshot(eventful):
    _, judged = replayed_alerts(eventful)

    assert judged.stdout_bytes == vitals("replay", eventful, "--until", NOON).stdout_bytes


def test_without_rules_the_file_of_alerts_is_empty(file, nowhere):
    assert vitals("replay", file, "--alerts", "alerts.jsonl").exit_code == 0
    assert (nowhere / "alerts.jsonl").read_bytes() == b""


def test_an_empty_input_has_no_alerts_and_no_snapshot_unless_asked(nowhere):
    (nowhere / "rules.yaml").write_text("rules: [{name: none, value: events.1h, below: 1}]")
    result = vitals("replay", "-", "--config", "rules.yaml", "--alerts", "alerts.jsonl")
    assert (result.exit_code, result.stdout, (nowhere / "alerts.jsonl").read_bytes()) == (0, "", b"")

    assert snapshot(vitals("replay", "-", "--as-of", NOON))["counts"]["events"] == 0


# --- wrong use, and failure


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--as-of", "yesterday"], "--as-of: is no RFC 3339 time"),
        (["--as-of", "2026-03-10T12:00:00"], "--as-of: has no offset"),
        (["--as-of", "2026-03-10T12:00:00.5Z"], "--as-of: is no whole second"),
        (["--as-of", "0001-01-01T00:00:00Z"], "--as-of: has windows beyond"),
        (["--until", "2026"], "--until: is no RFC 3339 time"),
        (["--every", "1d"], "--from is missing"),
        (["--from", NOON], "--from: goes with --every"),
        (["--every", "soon", "--from", NOON], "--every: 'soon' is no duration"),
        (["--every", "0d", "--from", NOON], "--every: 0 never ends"),
        (["--every", "1d", "--from", NOON, "--until", "2026-03-01T00:00:00Z"], "--until: is before --from"),
        (["--step", "0m"], "--step: 0 never ends"),
        (["--step", "1"], "--step: '1' is no duration"),
        (["--segment", "pro"], "'pro' is no segment; write all, or dimension=value"),
        (["--segment", "plan="], "'plan=' is no segment"),
        (["--segment", "plann=pro"], "did you mean plan?"),
        (["--segment", "weather=fine"], "weather is no dimension"),
        (["--out", "events.jsonl"], "--out: events.jsonl is also an input"),
        (["--dead-letters", "./events.jsonl"], "--dead-letters: ./events.jsonl is also an input"),
        (["--alerts", "same", "--out", "same"], "--alerts: goes to the same place as --out"),
        (["--alerts", "-"], "--alerts: goes to the same place as --out"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: line 1: cannot be read"),
        (["--nonsense"], "No such option"),
    ],
)
def test_wrong_use_is_exit_code_2_with_the_fix_before_anything_is_read_or_written(file, nowhere, options, said):
    (nowhere / "same").write_text("precious")
    before = file.read_bytes()
    result = vitals("replay", file, *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert (nowhere / "same").read_text() == "precious"
    assert file.read_bytes() == before


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("arguments", [["nowhere.jsonl"], ["."], ["events.jsonl", "--out", "no/where"]])
def test_what_cannot_be_read_or_written_is_exit_code_1(arguments):
    result = vitals("replay", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")


def test_no_file_is_wrong_use():
    assert vitals("replay").exit_code == 2
    assert vitals("replay", "-", "-").exit_code == 2


def test_two_outputs_may_both_go_to_a_device(file):
    assert vitals("replay", file, "--alerts", "/dev/null", "--out", "/dev/null").exit_code == 0


def test_strict_fails_on_an_invalid_line_after_the_work_is_done(file):
    assert vitals("replay", file, "--strict").exit_code == 0
    file.write_bytes(file.read_bytes() + b"{}\n")
    result = vitals("replay", file, "--strict")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["counts"]["dead_letters"] == 1


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_event_that_there_can_be_are_replayed(time):
    assert snapshot(vitals("replay", "-", stdin=line(1, time)))["counts"]["events"] == 1
