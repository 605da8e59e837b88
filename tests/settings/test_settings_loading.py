"""What settings are, once they are read."""

from fractions import Fraction

import pytest

from stream.engine.definitions import Definitions
from stream.settings.definitions_file import WrongDefinitions, load_definitions, not_built_yet, parse_definitions
from stream.settings.deployment import WrongEnvironment, config_path, load_deployment, unknown_variables


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("VITALS_CONFIG", "VITALS_KAFKA_BOOTSTRAP", "VITALS_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_no_file_and_an_empty_one_are_the_defaults(nowhere):
    (nowhere / "empty.yaml").write_text("")

    assert load_definitions(None) == load_definitions(nowhere / "empty.yaml") == Definitions()


def test_numbers_are_exactly_as_written():
    """A float would be 1.0800000000000000710542735760…"""
    assert parse_definitions("fx: {EUR: 1.08}").fx == {"EUR": Fraction(108, 100)}
    rates = parse_definitions("fx: [{from: 2026-01-01, EUR: 1.08}]").fx
    assert rates[0].rates == {"EUR": Fraction(108, 100)}


def test_norway_is_a_country_and_a_time_of_day_is_text():
    """YAML 1.1 reads `no` as false and 1:30 as 90."""
    definitions = parse_definitions("features: [{name: no, plans: [on, 1:30, off]}]")

    assert (definitions.features[0].name, definitions.features[0].plans) == ("no", ["on", "1:30", "off"])


def test_problems_are_in_the_order_of_their_lines():
    with pytest.raises(WrongDefinitions) as caught:
        parse_definitions("rules: [{name: a, value: mrrr, above: 1}]\nzone: UTC\nbusiness: {zone: Mars}")

    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]
    assert str(caught.value).splitlines()[1].startswith("line 2: zone: is no key of this file; the keys are business")


def test_sections_that_are_not_acted_on_are_known():
    assert not_built_yet(parse_definitions("receivers: [{name: ops}]\nslos: []")) == ["receivers"]


def test_the_file_is_the_one_that_is_named_or_the_one_here(nowhere, monkeypatch):
    assert config_path() is None
    (nowhere / "vitals.yaml").write_text("")
    assert str(config_path()) == "vitals.yaml"
    (nowhere / ".env").write_text("VITALS_CONFIG=dotted.yaml\n")
    assert str(config_path()) == "dotted.yaml"
    monkeypatch.setenv("VITALS_CONFIG", "named.yaml")
    monkeypatch.setenv("VITALS_PARTITIONS", "none")  # not asked for
    assert str(config_path()) == "named.yaml"


def test_durations_and_clocks(monkeypatch):
    monkeypatch.setenv("VITALS_DEDUPE_USAGE", "2d")
    monkeypatch.setenv("VITALS_CLOCK", "2026-11-22T10:00:00Z")
    deployment = load_deployment(checkpoint="5s")

    assert (deployment.dedupe_usage, deployment.checkpoint) == (172_800, 5)
    assert deployment.fixed_clock == 1_795_341_600
    assert load_deployment(clock="event").fixed_clock is None


@pytest.mark.parametrize("bootstrap", ["a:1", "a:1,b:65535", "[::1]:9092"])
def test_addresses_of_brokers(bootstrap):
    assert load_deployment(kafka_bootstrap=bootstrap).kafka_bootstrap == bootstrap


@pytest.mark.parametrize("bootstrap", ["a", ":1", "a:", "a:x", "a:65536", "a:1, b:1", "a:1,"])
def test_what_is_no_address(bootstrap):
    with pytest.raises(WrongEnvironment, match=r"^VITALS_KAFKA_BOOTSTRAP: is no host:port; write"):
        load_deployment(kafka_bootstrap=bootstrap)


def test_unknown_variables_are_likely_mistakes_or_others():
    mistakes, others = unknown_variables(["PATH", "VITALS_LOG", "VITALS_LOGG", "VITALS_SERVICE_PORT", "vitals_clock"])

    assert mistakes == ["VITALS_LOGG: is no setting; write VITALS_LOG"]
    assert others == ["note: VITALS_SERVICE_PORT: is no setting; remove it if it was meant to be one"]
