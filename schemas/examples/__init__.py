"""Golden messages: what producers may send and readers get, one file for each odd case, named after it.

Files are `<type>/<case>.json`, the type being that of the event, or `snapshot`, `notice`, `alert`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from schemas.alert import Alert
from schemas.events import MODELS
from schemas.output import Output
from schemas.snapshot import Snapshot, SnapshotNotice

__all__ = ["OUTPUTS", "Example", "load", "load_outputs"]

OUTPUTS: Final[dict[str, type[Output]]] = {"snapshot": Snapshot, "notice": SnapshotNotice, "alert": Alert}
"""Folder of output examples → its model."""


@dataclass(frozen=True, slots=True)
class Example:
    """One message.

    Attributes:
        type: The event's type, or the folder of an output.
        case: What it shows, e.g. `without-account`.
        data: The JSON, as bytes.
    """

    type: str
    case: str
    data: bytes


def load() -> tuple[Example, ...]:
    """All example events, in order of type and case. Every one is valid.

    >>> {example.type for example in load()} == set(MODELS)
    True
    """
    return tuple(example for name in sorted(MODELS) for example in _folder(name))


def load_outputs() -> tuple[Example, ...]:
    """All example messages that Vitals publishes, in order of kind and case."""
    return tuple(example for name in sorted(OUTPUTS) for example in _folder(name))


def _folder(name: str) -> Iterator[Example]:
    entries = [entry for entry in (files(__name__) / name).iterdir() if entry.name.endswith(".json")]
    for entry in sorted(entries, key=lambda entry: entry.name):
        yield Example(name, entry.name.removesuffix(".json"), entry.read_bytes())
