"""`vitals demo`."""

from __future__ import annotations

from typing import Annotated

import typer


def demo(
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="of the page; default: 8080, or the next")] = None,
) -> None:
    """Show all of Vitals on this machine: a simulated business, Kafka, Redis, a worker and the page. Ctrl-C ends it."""
    from importlib.util import find_spec  # noqa: PLC0415 - as below

    from stream.cli.output import fail  # noqa: PLC0415 - `vitals --help` needs no demo
    from stream.demo.run import DemoFailed, run  # noqa: PLC0415 - likewise

    missing = [name for name in ("confluent_kafka", "fakeredis", "lupa") if find_spec(name) is None]
    if missing:
        raise fail(f"the demo needs {' and '.join(missing)}: run `make demo`, or install saas-vitals[demo]")
    try:
        run(port, typer.echo)
    except DemoFailed as failed:
        raise fail(str(failed)) from None
