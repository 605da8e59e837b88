"""Lines that are no valid event: the first ones on stderr, all of them in a file."""

from __future__ import annotations

from typing import BinaryIO, Final

from stream.cli.output import say
from stream.replay.spooling import Refusal

SHOWN: Final = 10
"""Invalid lines that are shown on stderr."""


class Letters:
    """Tells of invalid lines, and counts them.

    Args:
        file: where all of them go, a JSON object a line; None: nowhere.
    """

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file
        self.number = 0

    def __call__(self, path: str, refusal: Refusal) -> None:
        """Tell of a line of a file."""
        self.number += 1
        if self.number <= SHOWN:
            say(f"{path}:{refusal.number}: {refusal.reason}: {refusal.detail}")
        if self._file is not None:
            self._file.write(refusal.as_json() + b"\n")

    def close(self) -> None:
        """Say how many there were."""
        if self.number > SHOWN:
            say(f"… and {self.number - SHOWN} more invalid lines")
