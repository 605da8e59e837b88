"""`vitals alerts`: its options."""

from __future__ import annotations

from typing import Annotated

import typer


def alerts(
    *,
    active: Annotated[bool, typer.Option("--active", help="those that fire now (default)")] = False,
    log: Annotated[bool, typer.Option("--log", help="what began and ended, the newest last")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="go on with what begins and ends from now on")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="an alert a line, as JSON")] = False,
) -> None:
    """Show the alerts that fire, or the log of those that began and ended."""
    from stream.cli.alerting import run  # noqa: PLC0415 - `vitals --help` needs no Redis client

    run(active=active, log=log, follow=follow, as_json=as_json)
