"""`vitals simulate`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    *,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="how long the business is simulated")] = 45,
    seed: Annotated[int, typer.Option(help="which business: the same seed, the same events")] = 7,
    accounts: Annotated[int, typer.Option(min=1, help="how many customers; events grow with them")] = 40,
    start: Annotated[str, typer.Option(help="when it begins")] = "2026-01-05T00:00:00Z",
    out: Annotated[
        str | None, typer.Option(help="write JSON lines to this file (-: stdout) instead of to Kafka")
    ] = None,
    truth: Annotated[
        str | None, typer.Option(help="write the truth here; default: stdout, unless events go there")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml: zone and rates of the truth")] = None,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="share of events that are sent twice")] = 0.0,
    late: Annotated[float, typer.Option(min=0, max=1, help="share of events that are sent late")] = 0.0,
) -> None:
    """Simulate a SaaS business: its events to Kafka or to a file, and the truth that it knows to stdout."""
    from stream.cli.simulating import World, run  # noqa: PLC0415 - `vitals --help` needs no business

    world = World(days=days, seed=seed, accounts=accounts, start=start, duplicates=duplicates, late=late)
    run(world, config, out, truth)
