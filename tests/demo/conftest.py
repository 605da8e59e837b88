"""A demo for a test."""

import sys
from collections.abc import Iterator

import pytest
from showing import Demo


@pytest.fixture
def demo(tmp_path) -> Iterator[Demo]:
    """A demo that was just started."""
    demo = Demo(tmp_path)
    yield demo
    if demo.process.poll() is None:
        demo.process.kill()  # its processes end with it
        demo.process.wait()
    sys.stdout.write(demo.output)  # where a test has failed, pytest shows it
