"""The page of values is what the catalogue says, and README names them all."""

import re

from documented_blocks import ROOT

from stream.docs.values import values_page
from stream.engine.kpis import CATALOGUE


def test_the_page_of_values_is_not_stale():
    """Where this fails, run `make docs`."""
    assert (ROOT / "docs" / "values.md").read_text(encoding="utf-8") == values_page()


def test_readme_names_every_kpi_once():
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Values")[2].partition("Each in its")[0]

    assert sorted(re.findall(r"`([a-z0-9_]+)`", section)) == sorted(CATALOGUE)
