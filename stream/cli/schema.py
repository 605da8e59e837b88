"""`vitals schema`: the contract as JSON Schema and AsyncAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def schema(
    name: Annotated[
        str | None, typer.Argument(help="event type, family, snapshot, notice, alert or dead-letter")
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="write files into this directory; without a name all of them")
    ] = None,
    asyncapi: Annotated[bool, typer.Option("--asyncapi", help="the AsyncAPI 3.1 document of all topics")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the list of names as JSON")] = False,
) -> None:
    """Print a JSON Schema or the AsyncAPI document, list what there is, or write files."""
    from stream import docs  # noqa: PLC0415 - `vitals --help` needs no models
    from stream.cli.output import WRONG_USE, fail  # noqa: PLC0415 - likewise
    from stream.docs.pages import pretty  # noqa: PLC0415 - likewise

    if name is not None and asyncapi:
        raise fail("--asyncapi is about all topics; leave the name out", WRONG_USE)
    if name is not None and name not in docs.NAMES:
        from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

        near = get_close_matches(name, docs.NAMES, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`vitals schema` lists them"
        raise fail(f"there is no schema {name!r}; {hint}", WRONG_USE)
    if asyncapi:
        files = {docs.ASYNCAPI: docs.asyncapi()}
    elif name is not None:
        files = {f"{name}.json": pretty(docs.json_schema(name))}
    elif out is None:
        _list(as_json=as_json)
        return
    else:
        files = docs.pages()
    if out is None:
        (text,) = files.values()
        typer.echo(text, nl=False)
        return
    try:
        docs.write(out, files)
    except OSError as error:
        raise fail(str(error)) from None


def _list(*, as_json: bool) -> None:
    import json  # noqa: PLC0415 - as above

    from stream.docs import NAMES  # noqa: PLC0415 - as above

    if as_json:
        typer.echo(json.dumps([{"name": name, "of": of} for name, of in NAMES.items()]))
        return
    width = max(map(len, NAMES))
    for name, of in NAMES.items():
        typer.echo(f"{name:{width}}  {of}")
