"""The files of the contract, as they stand in `docs/schemas`: `python -m stream.docs` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stream.docs.asyncapi import ASYNCAPI, asyncapi
from stream.docs.json_schema import NAMES, json_schema

__all__ = ["pages", "pretty", "write"]


def pretty(schema: dict[str, Any]) -> str:
    """Write a schema for people to read, with a line break at its end."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def pages() -> dict[str, str]:
    """Make all files: name → text.

    Example:
        >>> {"asyncapi.yaml", "alert.json", "usage.json", "usage.tracked.json"} <= pages().keys()
        True
    """
    return {f"{name}.json": pretty(json_schema(name)) for name in NAMES} | {ASYNCAPI: asyncapi()}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files into a folder, which is made if need be; those that are there already are replaced.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
