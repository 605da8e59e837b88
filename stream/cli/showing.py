"""`vitals config show`: its work."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints
from urllib.parse import urlsplit, urlunsplit

import typer
import yaml
from pydantic import BaseModel, SecretStr

from stream.cli.settings import definitions_or_exit, deployment_or_exit
from stream.engine.durations import format_duration
from stream.engine.sections import Duration
from stream.settings.deployment import Deployment, variable

MASK: Final = "********"


def run(config: Path | None, *, as_json: bool) -> None:
    """Do what `vitals config show` does.

    Raises:
        typer.Exit: with 2 if the file or the environment is wrong.
    """
    deployment = deployment_or_exit()
    path = config or deployment.config_path
    definitions = _plain(definitions_or_exit(path))
    environment = {variable(name): _masked(deployment, name) for name in type(deployment).model_fields}
    if as_json:
        typer.echo(json.dumps({"environment": environment, "file": path and str(path), "definitions": definitions}))
        return
    typer.echo("# environment")
    for name, value in environment.items():
        typer.echo(f"{name}={'' if value is None else value}")
    typer.echo(f"\n# {path or 'no file, the defaults'}")
    typer.echo(yaml.safe_dump(definitions, sort_keys=False, allow_unicode=True, width=120), nl=False)


def _masked(deployment: Deployment, name: str) -> Any:
    """Return a setting as it may be shown: of Redis, where it is and nothing of who asks."""
    value = getattr(deployment, name)
    if name == "redis_url":
        parts = urlsplit(value.get_secret_value())
        who, at, host = parts.netloc.rpartition("@")
        user = who.partition(":")[0]
        query = MASK if "password" in parts.query else parts.query
        return urlunsplit(parts._replace(netloc=f"{user}:{MASK}@{host}" if at else host, query=query))
    if isinstance(value, SecretStr):
        return MASK
    return str(value) if isinstance(value, Path) else value


def _plain(value: Any, hint: Any = None) -> Any:
    """Return settings as `vitals.yaml` would say them, so that what is shown can be used again."""
    if isinstance(value, BaseModel):
        hints = get_type_hints(type(value), include_extras=True)
        fields = {
            field.alias or name: _plain(getattr(value, name), hints[name])
            for name, field in type(value).model_fields.items()
        }
        fields |= {name: _plain(one) for name, one in (value.model_extra or {}).items()}
        return {name: plain for name, plain in fields.items() if plain is not None}
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal | Fraction):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, int) and any(one is Duration for one in (hint, *get_args(hint))):
        return format_duration(value)
    return value if isinstance(value, str | int | float) or value is None else str(value)
