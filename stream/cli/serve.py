"""`vitals serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    *,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml; default: VITALS_CONFIG, else ./vitals.yaml")] = None,
) -> None:
    """Serve the live page and the read API, from Redis alone, at VITALS_BIND (127.0.0.1:8080)."""
    from stream import logs  # noqa: PLC0415 - `vitals --help` needs no web server
    from stream.cli.output import WRONG_USE, fail, say  # noqa: PLC0415 - likewise
    from stream.cli.settings import definitions_or_exit, deployment_or_exit  # noqa: PLC0415 - likewise
    from stream.serve.auth import Unprotected  # noqa: PLC0415 - likewise
    from stream.serve.server import CannotBind, serve  # noqa: PLC0415 - likewise

    deployment = deployment_or_exit()
    definitions = definitions_or_exit(config)
    logs.set_up(deployment.log)
    try:
        serve(deployment, definitions, lambda address: say(f"Vitals is at {address}"))
    except Unprotected as error:
        raise fail(str(error), WRONG_USE) from None
    except CannotBind as error:
        raise fail(str(error)) from None
