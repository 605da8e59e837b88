"""`vitals config check`: all that is wrong at once, each with its line and the fix, and exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import vitals

from stream.settings.deployment import load_deployment

WRONG = """\
businez: {zone: UTC}
business:
  zone: Europe/Berln
  currency: EURO
  week_start: mondaz
fx: {EUR: -1, XXZ: 1}
sessions: {gap: 30}
features: [{name: export, plan: [pro]}, {name: export}]
lateness: {grace: {usage: soon, bilings: 1d}}
signals: {baseline_days: 3}
feedback: {one_vote: [npz]}
segments: [plan, Country, plan]
rules:
  - name: churn_spike
    value: churn_rate.31d
    above: 0.05
    segment: plamn=pro
  - {name: Bad Name, value: actve_users.5m, below: 1, for: 5}
  - {name: two, value: mrr, above: 1, below: 0, severity: pge}
  - name: joined
    and:
      - {value: mrr, above: 1}
      - {value: mrrr, above: 1}
    each: plam
  - {name: none, value: mrr, above: 1, summary: "{valew} of {segment.x} {rule", inhibit: {rules: [churn_spik]}}
  - {name: none, value: mrr, above: 1, summary: "{value:.2x} {team}", labels: {team: 5, rule: x}}
  - {name: table, value: features.24h, above: 1}
"""

SAID = """\
1: businez: is no key of this file; write business
3: business.zone: 'Europe/Berln' is no IANA time zone
4: business.currency:
5: business.week_start: must be one of monday
5: business.week_start: ; write monday
6: fx.EUR: must be a rate above 0
6: fx.XXZ:
7: sessions.gap: must be a duration such as 30s
8: features[0].plan: is no key of this file; write plans
8: features[1].name: export stands there twice; names are unique
9: lateness.grace.usage: 'soon' is no duration; write a whole number and a unit
9: lateness.grace.bilings: is no key of this file; write billing
10: signals.baseline_days: must be at least 7; correct it
11: feedback.one_vote[0]: must be one of nps, csat, ces, stars; write nps
12: segments[1]: must be lower-case letters, digits and _
12: segments[2]: plan stands there twice; names are unique
15: rules[0].value: there is no value churn_rate.31d; write one of churn_rate.
17: rules[0].segment: plamn is no dimension under `segments:`; write plan
18: rules[1].name: must be lower-case letters, digits and _
18: rules[1].value: there is no value actve_users.5m; did you mean active_users.5m?
18: rules[1].for: must be a duration such as 30s
19: rules[2].severity: must be one of page, ticket, info; write page
23: rules[3].and[1].value: there is no value mrrr; did you mean mrr?
24: rules[3].each: plam is no dimension under `segments:`; write plan
25: rules[4].summary: expected '}' before end of string
25: rules[4].inhibit.rules[0]: there is no rule churn_spik; write churn_spike
26: rules[5].name: none stands there twice; names are unique
26: rules[5].labels.team: is a number, must be text; put it in quotes
26: rules[5].labels.rule: rule is what a summary says of the rule
26: rules[5].summary: {value:.2x}: Unknown format code 'x'
27: rules[6].value: features.24h is a table; a rule compares a number
"""


def test_everything_that_is_wrong_is_said_at_once_with_its_line_and_the_fix(nowhere):
    (nowhere / "vitals.yaml").write_text(WRONG)
    result = vitals("config", "check")
    said = result.stderr.splitlines()

    assert (result.exit_code, result.stdout) == (2, "")
    for expected in SAID.splitlines():
        number, where, what = expected.split(": ", 2) if expected.count(": ") > 1 else (*expected.split(": "), "")
        place = f"vitals.yaml: line {number}: {where.rstrip(':')}: "
        assert any(one.startswith(place) and what in one for one in said), (expected, result.stderr)
    lines = [int(one.partition(": line ")[2].partition(":")[0]) for one in said]
    assert lines == sorted(lines)
    assert len(said) == len(set(SAID.splitlines())) - 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "line 1: "),
        ("business:\n\tzone: UTC", "line 2: found character"),
        ("- a", "the file is no mapping"),
        ("business: {zone: UTC}\n\nbusiness: {}", "line 3: business: stands there twice; keep one"),
        ("? [a]\n: 1", "line 1: a key is a list or an object"),
        ("fx: [1]", "line 1: fx[0]: "),
        ("fx: [{from: 2026-01-01, EUR: 0}]", "line 1: fx[0].EUR: must be a rate above 0"),
        ("fx: 1", "line 1: fx: is a number, must be a mapping"),
        ("fx: {EUR: 1e999999999}", "line 1: fx.EUR: is a number beyond all measure"),
        ("alerting: {max_per_hour: " + "9" * 5000 + "}", "is a number beyond all measure"),
        ("rules: {name: a}", "line 1: rules: is a mapping, must be a list"),
        ("rules: [{value: mrr, above: 1}]", "line 1: rules[0].name: missing; add it"),
        ("rules: [{name: a, value: mrr}]", "line 1: rules[0]: exactly one of above"),
        ("rules: [{name: a, value: mrr, above: x}]", "line 1: rules[0].above: must be a number"),
        (
            "rules: [{name: a, value: mrr, above: 1, repeat_interval: x}]",
            "rules[0].repeat_interval: 'x' is no duration",
        ),
        ("rules: [{name: a, value: mrr, above: 1, levels: [1]}]", "line 1: rules[0]: levels: "),
        ("x: &x [*x, *x]", "line 1: nobody writes that much"),
        ("x: \x01", "line 1: special characters are not allowed"),
    ],
)
def test_wrong_files(nowhere, text, said):
    (nowhere / "wrong.yaml").write_text(text)
    result = vitals("config", "check", "wrong.yaml")

    assert result.exit_code == 2
    assert said in result.stderr
    assert all(one.startswith("wrong.yaml: line ") for one in result.stderr.splitlines())


def test_a_file_that_is_no_text_or_not_there(nowhere):
    (nowhere / "latin.yaml").write_bytes(b"business: {zone: UTC}\nrules: \xe4")
    assert "latin.yaml: line 2: is not UTF-8" in vitals("config", "check", "latin.yaml").stderr
    assert "no.yaml: line 1: cannot be read: No such file" in vitals("config", "check", "--config", "no.yaml").stderr
    assert vitals("config", "check", "no.yaml").exit_code == 2


CONTRACT = """
business: {zone: UTC, week_start: monday, currency: USD}
fx: {EUR: 1.08}
sessions: {gap: 30m, heartbeat: 10s, min_visit: 5s}
features: [{name: export, plans: [pro]}]
lateness: {allowed: 5s, grace: {usage: 1h, uptime: 1h, billing: 35d, feedback: 35d, growth: 35d}, future: 5m}
mrr: {discounts: recurring, past_due: counts, paused: excluded, churn_at: period_end, netting: 60m, renewal_grace: 14d}
growth: {trial_length: 14d, trial_grace: 7d}
signals: {}
feedback: {}
quality: {}
alerting: {interval: 1m}
segments: [plan, country, service]
rules:
  - {name: churn_spike, value: churn_rate.30d, above: 0.05, recover_below: 0.04, for: 15m, keep_firing_for: 5m,
     severity: page, labels: {team: growth}, summary: "Churn {value:.1%} over {threshold:.1%} in {segment}, {team}"}
"""


def test_a_good_file_is_exit_code_0(nowhere):
    """The example of the contract, also with a byte order mark."""
    for text in ("", "# nothing", CONTRACT, "\ufeff" + CONTRACT):
        (nowhere / "vitals.yaml").write_text(text)
        assert (vitals("config", "check").exit_code, vitals("config", "check").stderr) == (0, "vitals.yaml: good\n")


def test_no_file_is_the_defaults():
    result = vitals("config", "check")

    assert (result.exit_code, result.stderr) == (0, "no file, the defaults: good\n")


# --- the environment


def test_all_wrong_variables_are_said_together_with_the_file(nowhere, monkeypatch):
    (nowhere / "vitals.yaml").write_text("businez: {}")
    wrong = {
        "KAFKA_BOOTSTRAP": ("broker", "is no host:port; write 127.0.0.1:9092"),
        "KAFKA_SECURITY": ("tls", "must be one of plaintext, ssl, sasl_plaintext, sasl_ssl; choose one"),
        "REDIS_URL": ("http://user:secret@host", "is no address of a Redis"),
        "NAMESPACE": ("a.b", "must be text of the form"),
        "PARTITIONS": ("0", "must be at least 1"),
        "REPLICATION": ("three", "is text, must be a whole number"),
        "CHECKPOINT": ("1", "'1' is no duration"),
        "CLOCK": ("noon", "write wall, event or a time"),
        "BIND": ("8080", "is no host:port"),
        "DEAD_LETTER_LIMIT": ("2", "must be at most 1"),
        "LOG": ("INFO", "must be one of debug, info, warning, error; write info"),
    }
    for name, (value, _) in wrong.items():
        monkeypatch.setenv(f"VITALS_{name}", value)
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRP", "x")
    monkeypatch.setenv("VITALS_PORT_8080_TCP", "tcp://10.0.0.1:8080")
    result = vitals("config", "check")
    said = dict(one.split(": ", 1) for one in result.stderr.splitlines())

    assert result.exit_code == 2
    for name, (_, what) in wrong.items():
        assert what in said[f"VITALS_{name}"]
    assert said["VITALS_KAFKA_BOOTSTRP"] == "is no setting; write VITALS_KAFKA_BOOTSTRAP"
    assert said["vitals.yaml"].startswith("line 1: businez: ")
    assert said["note"].startswith("VITALS_PORT_8080_TCP: is no setting")
    assert "secret" not in result.stderr


@pytest.mark.parametrize(("text", "share"), [("off", 1.0), ("100%", 1.0), ("25%", 0.25), ("0.5", 0.5)])
def test_a_share_is_a_number_or_per_cent_or_off(monkeypatch, text, share):
    monkeypatch.setenv("VITALS_DEAD_LETTER_LIMIT", text)

    assert load_deployment().dead_letter_limit == share


def test_credentials_belong_to_sasl(monkeypatch):
    monkeypatch.setenv("VITALS_KAFKA_SECURITY", "sasl_ssl")
    result = vitals("config", "check")
    assert result.exit_code == 2
    assert (
        "VITALS_KAFKA_SECURITY: is sasl_ssl; set VITALS_KAFKA_USERNAME and VITALS_KAFKA_PASSWORD too" in result.stderr
    )

    monkeypatch.setenv("VITALS_KAFKA_USERNAME", "vitals")
    monkeypatch.setenv("VITALS_KAFKA_PASSWORD", "secret")
    assert vitals("config", "check").exit_code == 0


def test_a_variable_that_kubernetes_sets_or_that_is_empty_is_no_error(monkeypatch):
    monkeypatch.setenv("VITALS_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("VITALS_PARTITIONS", "")
    result = vitals("config", "check")

    assert result.exit_code == 0
    assert "note: VITALS_SERVICE_HOST: is no setting" in result.stderr


# --- how fast the command line answers

HEAVY = ("schemas", "msgspec", "kafka", "aiokafka", "faust", "redis", "rich", "structlog", "yaml", "stream.engine")


@pytest.mark.parametrize("arguments", [["--help"], ["replay", "--help"], ["config", "check", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import sys\nfrom stream.cli import main\nsys.argv[1:] = sys.argv[1:]\n"
        "try: main()\nexcept SystemExit as end: assert end.code == 0\n"
        f"found = [name for name in {HEAVY!r} if name in sys.modules]\nassert not found, found"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=False, capture_output=True, env=environment, timeout=60
    )

    assert result.returncode == 0, result.stderr.decode()
    assert b"Usage: " in result.stdout


def test_the_module_of_the_program_imports_nothing_at_all():
    """The processes of a replay import it once more."""
    program = "import sys; before = set(sys.modules); import stream.cli; print(*sorted(set(sys.modules) - before))"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, env=environment, timeout=60
    )

    found = {name.partition(".")[0] for name in result.stdout.decode().split()}
    assert found <= {"stream", "typing", "__future__", "collections", "contextlib", "re", "functools", "types"} | set(
        sys.stdlib_module_names
    )
