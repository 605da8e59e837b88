"""What people may tell workers: the keys of the records of the topic `control`."""

from __future__ import annotations

from typing import Final

RESUME: Final = b"resume"
"""Says that all partitions go on that have stopped; with a number behind it, that one does."""


def resume_key(partition: int) -> bytes:
    """Return the key of what says that one partition goes on.

    >>> resume_key(3)
    b'resume-3'
    """
    return RESUME + b"-%d" % partition
