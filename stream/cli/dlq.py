"""`vitals dlq`: its commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Records that are no valid event: look at them, mend them, send them again.", no_args_is_help=True
)

Late = Annotated[bool, typer.Option("--late", help="those that came too late, instead of the dead letters")]
Place = Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="as `vitals dlq list` says it")]
Json = Annotated[bool, typer.Option("--json", help="a letter a line, as JSON")]
Reason = Annotated[list[str] | None, typer.Option(help="only with this reason (repeatable)")]
Topic = Annotated[str | None, typer.Option(help="only from this topic, e.g. billing")]
Since = Annotated[str | None, typer.Option(help="only since this time, or of the last 30m, 6h, 2d …")]


@app.command(name="list")
def list_(
    *,
    reason: Reason = None,
    topic: Topic = None,
    since: Since = None,
    late: Late = False,
    as_json: Json = False,
) -> None:
    """List dead letters: where they are, why, and which field."""
    from stream.cli.lettering import Filters, list_letters  # noqa: PLC0415 - `vitals --help` needs no Kafka client

    list_letters(Filters(reason or [], topic, since), late=late, as_json=as_json)


@app.command()
def show(place: Place, *, late: Late = False, as_json: Json = False) -> None:
    """Show one dead letter: its reason, and its untouched bytes on stdout."""
    from stream.cli.lettering import show_letter  # noqa: PLC0415 - likewise

    show_letter(place, late=late, as_json=as_json)


@app.command()
def send(
    places: Annotated[list[str] | None, typer.Argument(metavar="[PARTITION:OFFSET]…", help="which ones")] = None,
    *,
    reason: Reason = None,
    topic: Topic = None,
    since: Since = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="mend a field; VALUE is JSON or text")
    ] = None,
    edit: Annotated[Path | None, typer.Option(metavar="FILE", help="send the event in this file instead")] = None,
    late: Late = False,
    as_json: Json = False,
) -> None:
    """Send dead letters again, mended: those named, or all that the filters choose. Each is validated first."""
    from stream.cli.lettering import Filters, send_letters  # noqa: PLC0415 - likewise

    chosen = Filters(reason or [], topic, since)
    send_letters(places or [], chosen, changes or [], edit, late=late, as_json=as_json)


@app.command()
def resume(
    partitions: Annotated[
        list[int] | None, typer.Argument(metavar="[PARTITION]…", min=0, help="which ones; all where none is named")
    ] = None,
) -> None:
    """Let partitions read on that have stopped, since too many of their records were dead letters."""
    from stream.cli.lettering import resume_partitions  # noqa: PLC0415 - likewise

    resume_partitions(partitions or [])
