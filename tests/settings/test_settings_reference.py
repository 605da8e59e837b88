"""docs/configuration.md is what the models say."""

from pathlib import Path

from stream.engine.definitions import Definitions
from stream.settings.deployment import Deployment, variable
from stream.settings.reference import reference, undescribed

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_not_stale():
    """Where this fails, run `python -m stream.settings.reference`."""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_setting_is_on_it_and_says_once_what_it_means():
    text = reference()

    assert not undescribed()
    assert all(f"| `{variable(name)}` |" in text for name in Deployment.model_fields)
    assert all(f"`{name}`" in text for name in Definitions.model_fields)
    assert "|  |\n" not in text
