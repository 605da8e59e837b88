"""Durations as people write them: `30s 15m 6h 1d 1w`, and whole seconds inside."""

from __future__ import annotations

import re

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)


def parse_duration(text: str) -> int:
    """Return the seconds that a duration names.

    Raises:
        ValueError: if the text is not a whole number followed by one of `s m h d w`.

    >>> parse_duration("90s"), parse_duration("30m"), parse_duration("1w")
    (90, 1800, 604800)
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is no duration; write a whole number and a unit, like 30s, 15m, 6h, 1d or 1w")
    return int(form[1]) * UNITS[form[2]]


def format_duration(seconds: int) -> str:
    """Return the shortest way to write a duration.

    >>> format_duration(1800), format_duration(86_400), format_duration(90)
    ('30m', '1d', '90s')
    """
    for unit in ("w", "d", "h", "m"):
        if seconds and seconds % UNITS[unit] == 0:
            return f"{seconds // UNITS[unit]}{unit}"
    return f"{seconds}s"
