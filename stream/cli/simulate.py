"""`vitals simulate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from schemas.times import parse_time, to_datetime
from stream.cli.output import WRONG_USE, console, definitions_or_exit, deployment_or_exit, fail, opened_for_writing, progress
from stream.engine.definitions import Definitions
from stream.publisher import PublishingFailed, publish_lines
from stream.simulate import START, Business, to_lines


def simulate(
    days: Annotated[int, typer.Option(min=1, help="how long the business is simulated")] = 45,
    seed: Annotated[int, typer.Option(help="which business: the same seed, the same events")] = 7,
    accounts: Annotated[int, typer.Option(min=1, help="how many customers; events grow with them")] = 40,
    start: Annotated[str | None, typer.Option(help="when it begins; default: 2026-01-05T00:00:00Z")] = None,
    out: Annotated[str | None, typer.Option(help="write JSON lines to this file instead of to Kafka")] = None,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml: zone and rates of the truth")] = None,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="share of events that are sent twice")] = 0.0,
    late: Annotated[float, typer.Option(min=0, max=1, help="share of events that are sent late")] = 0.0,
) -> None:
    """Simulate a SaaS business: its events to Kafka or to a file, and the truth that it knows to stdout."""
    definitions = definitions_or_exit(config)
    business = Business(
        seed=seed,
        days=days,
        start=_start(start),
        accounts=accounts,
        zone=definitions.business.zone,
        fx=_rates(definitions),
        duplicates=duplicates,
        late=late,
    )
    if out is None:
        try:
            publish_lines(deployment_or_exit(), _counted(to_lines(business)))
        except PublishingFailed as error:
            raise fail(str(error)) from None
    else:
        with opened_for_writing(out) as file:
            file.writelines(_counted(to_lines(business)))
    typer.echo(json.dumps(business.truth()))


def _start(text: str | None) -> datetime:
    try:
        return START if text is None else to_datetime(parse_time(text))
    except ValueError as error:
        raise fail(f"--start: {error}", WRONG_USE) from None


def _rates(definitions: Definitions) -> dict[str, str]:
    """Return the rates of a plain table; the simulated business knows no rates that change."""
    if isinstance(definitions.fx, list):
        raise fail("fx: the simulation takes one rate a currency; write fx: {EUR: 1.08}", WRONG_USE)
    return {currency: str(float(rate)) for currency, rate in definitions.fx.items()}


def _counted(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Pass lines on, with their number on a terminal."""
    with progress() as bar:
        task = bar.add_task("simulating", total=None)
        shown = console.is_terminal
        for number, line in enumerate(lines, 1):
            if shown and not number % 1_000:
                bar.update(task, completed=number)
            yield line
