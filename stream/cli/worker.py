"""`vitals worker`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def worker(
    *,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml; default: VITALS_CONFIG, else ./vitals.yaml")] = None,
) -> None:
    """Run a worker: events in Kafka in, live KPIs and alerts in Redis out. Run as many as there are partitions."""
    from stream import logs  # noqa: PLC0415 - `vitals --help` needs no logs
    from stream.cli.settings import definitions_or_exit, deployment_or_exit  # noqa: PLC0415 - likewise

    if config is not None:
        os.environ["VITALS_CONFIG"] = str(config)
    deployment = deployment_or_exit()
    definitions_or_exit(deployment.config_path)
    logs.set_up(deployment.log)

    from stream.app import app  # noqa: PLC0415 - it reads the environment, which is right only now

    app.worker().execute_from_commandline()
