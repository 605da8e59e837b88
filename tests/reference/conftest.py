"""What the tests of the reference share."""

import pytest

from .log import Log


@pytest.fixture
def log():
    return Log()
