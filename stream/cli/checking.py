"""`vitals config check`: its work."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from redis.exceptions import RedisError

from stream.cli.output import WRONG_USE, say
from stream.cli.readers import last_published
from stream.engine.definitions import Definitions
from stream.settings.definitions_file import WrongDefinitions, load_definitions, not_built_yet
from stream.settings.deployment import WrongEnvironment, config_path, load_deployment, unknown_variables
from stream.settings.slo_names import slow_pairs
from stream.settings.versions import stale_versions


def run(path: Path | None) -> None:
    """Check a file (None: the one that a worker would read) and the environment.

    Raises:
        typer.Exit: with 2 if anything is wrong, after all of it was said.
    """
    wrong, notes = _environment()
    try:
        path = path or config_path()
        definitions = load_definitions(path)
    except WrongDefinitions as found:
        wrong += [f"{path}: {problem}" for problem in found.problems]
    except WrongEnvironment:
        pass  # VITALS_CONFIG, which is among what is wrong
    else:
        stale, unknown = _stale(path, definitions)
        wrong += stale
        notes += unknown
        notes += [f"{path}: {pair}" for pair in slow_pairs(definitions)]
        notes += [f"{path}: {section}: is read, but not acted on yet" for section in not_built_yet(definitions)]
    for line in (*wrong, *notes):
        say(line)
    if wrong:
        raise typer.Exit(WRONG_USE)
    say(f"{path or 'no file, the defaults'}: good")


def _stale(path: Path | None, definitions: Definitions) -> tuple[list[str], list[str]]:
    """Return which definitions changed without a new version, and a note where nobody knows what they were."""
    if path is None or not (definitions.kpis or definitions.slos or definitions.targets or definitions.trends):
        return [], []
    try:
        published = last_published()
    except RedisError as error:
        return [], [f"note: redis cannot be read ({error}), so nobody knows which definitions have changed"]
    found = stale_versions(path.read_text("utf-8-sig"), definitions, published)
    return [f"{path}: {problem}" for problem in found], []


def _environment() -> tuple[list[str], list[str]]:
    """Return what is wrong with the environment, and what is odd about it."""
    near, far = unknown_variables(os.environ)
    try:
        load_deployment()
    except WrongEnvironment as wrong:
        return [*str(wrong).splitlines(), *near], far
    return near, far
