"""Names of open sets: a partition keeps the first that it meets; the surplus is `other`."""

import pytest

from stream.engine import names
from stream.engine.names import Names


@pytest.fixture(autouse=True)
def _two_at_most(monkeypatch):
    monkeypatch.setattr(names, "NAMES_KEPT", 2)


def test_the_first_names_that_are_met_are_kept():
    features = Names("features", {})

    assert [features.of(name) for name in ("b", "a", "c", "b", "d")] == ["b", "a", "other", "b", "other"]


def test_after_a_restart_the_same_names_are_kept():
    rows = {}
    for name in ("b", "a", "c"):
        Names("features", rows).of(name)

    assert [Names("features", rows).of(name) for name in ("c", "a", "b")] == ["other", "a", "b"]


def test_each_set_keeps_names_of_its_own():
    rows = {}
    Names("features", rows).of("a")
    Names("features", rows).of("b")

    assert Names("elements", rows).of("c") == "c"
