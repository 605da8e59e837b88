"""Faults on the whole system, and the oracle on every checkpoint; the same oracle finds a broken checkpoint."""

import asyncio

import pytest

from .run import HEAD, run


@pytest.mark.kafka
@pytest.mark.redis
@pytest.mark.timeout(600)
def test_no_record_is_lost_or_counted_twice_whatever_dies(tmp_path):
    result = asyncio.run(run(seed=2, faults=10, workers=2, directory=tmp_path))

    assert result.findings.exact, "\n".join([*result.findings.notes, HEAD, result.row()])
    assert result.faults.total() == 10
    assert result.findings.checkpoints > 100
