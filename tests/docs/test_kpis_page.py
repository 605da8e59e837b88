"""The page of KPIs is what the catalogue says, and README names them all."""

import re

from documented_blocks import ROOT

from stream.docs.kpis import kpis_page
from stream.engine.kpis import CATALOGUE


def test_the_page_of_kpis_is_not_stale():
    """Where this fails, run `make docs`."""
    assert (ROOT / "docs" / "kpis.md").read_text(encoding="utf-8") == kpis_page()


def test_readme_names_every_kpi_once():
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Values")[2].partition("Each in its")[0]

    assert sorted(re.findall(r"`([a-z0-9_]+)`", section)) == sorted(CATALOGUE)
