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
    families: Annotated[
        str, typer.Option(help="families of events to send; the rest of the world stays the same")
    ] = "usage,billing,uptime,feedback,growth",
    full_truth: Annotated[
        bool,
        typer.Option(
            "--full-truth", help="the truth of retention, outages, incidents, feedback and growth too, under `families`"
        ),
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="to Kafka: so many seconds of the business a second, from now on; default: at once"
        ),
    ] = None,
) -> None:
    """Simulate a SaaS business: its events to Kafka or to a file, and the truth that it knows to stdout.

    With --speed 60 the events of a minute arrive in a second. They bear the time of the business, so workers follow it
    with VITALS_CLOCK=event. Ctrl-C ends it, and what was sent by then is the truth that is written.
    """
    from stream.cli.simulating import World, run  # noqa: PLC0415 - `vitals --help` needs no business

    world = World(
        days=days,
        seed=seed,
        accounts=accounts,
        start=start,
        duplicates=duplicates,
        late=late,
        families=tuple(name.strip() for name in families.split(",")),
    )
    run(world, config, out, truth, full_truth=full_truth, speed=speed)
