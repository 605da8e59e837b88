"""`vitals publish`: its options."""

from __future__ import annotations

from typing import Annotated

import typer


def publish(
    files: Annotated[list[str], typer.Argument(help="JSON lines, also .gz and .zst; - for stdin")],
    *,
    dead_letters: Annotated[str | None, typer.Option(help="write invalid lines and why to this file")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="exit with 1 if a line is invalid")] = False,
) -> None:
    """Publish files of events to Kafka: validated, to the topic, key and partition of the contract."""
    from stream.cli.publishing import run  # noqa: PLC0415 - `vitals --help` needs no Kafka client

    run(files, dead_letters, strict=strict)
