"""Reading `vitals.yaml`: all errors at once, each with its line and the fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stream.engine.custom.model import RefusedError
from stream.engine.definitions import Definitions
from stream.settings.custom_names import taken_names
from stream.settings.rule_names import wrong_names
from stream.settings.slo_names import wrong_slos
from stream.settings.wording import say_what
from stream.settings.yaml_lines import Document, Problem, dotted, read

LATER: Final = ("receivers", "silences")
"""Sections that are read and not acted on yet."""
_NAMED: Final = ("rules", "features", "kpis", "slos", "targets", "trends")


class WrongDefinitions(Exception):  # noqa: N818 - it names what was read, not a fault of the program
    """The file cannot be used; `problems` says why, in the order of its lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems: Final = tuple(problems)


def load_definitions(path: Path | None) -> Definitions:
    """Return what a file defines; the defaults for no file.

    Raises:
        WrongDefinitions: if anything in it is wrong.
    """
    if path is None:
        return Definitions()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongDefinitions([Problem(1, "", f"cannot be read: {error.strerror}; name a file that can")]) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WrongDefinitions([Problem(line, "", f"is not UTF-8 ({error.reason}); save the file as UTF-8")]) from None
    return parse_definitions(text)


def parse_definitions(text: str) -> Definitions:
    """Return what the text of a file defines.

    Raises:
        WrongDefinitions: if anything in it is wrong.

    >>> parse_definitions("business: {zone: Europe/Berlin}").business.zone
    'Europe/Berlin'
    """
    document, problems = read(text)
    if not isinstance(document.content, dict):
        raise WrongDefinitions([*problems, Problem(1, "", "the file is no mapping; write keys such as business: {…}")])
    definitions = None
    try:
        definitions = Definitions.model_validate(document.content)
    except ValidationError as error:
        problems += _explained(error, document)
    # names are looked up whether or not the rest is right, so that everything is said at once
    problems += wrong_names(document)
    problems += taken_names(document)
    problems += wrong_slos(document)
    problems += _twice(document)
    if problems or definitions is None:
        raise WrongDefinitions(sorted(set(problems)))
    return definitions


def not_built_yet(definitions: Definitions) -> list[str]:
    """Return the sections that say something and are not acted on yet."""
    return [section for section in LATER if getattr(definitions, section)]


def _explained(error: ValidationError, document: Document) -> Iterator[Problem]:
    other_kind = "dict[" if isinstance(document.content.get("fx"), list) else "list["
    seen = set()
    for part in error.errors(include_url=False):
        loc = part["loc"]
        if loc == () and "names are unique" in part["msg"]:
            continue  # said with its line by `_twice`
        if loc[:1] == ("fx",) and str(loc[1:2]).startswith(f"('{other_kind}"):
            continue  # what fx would have to be in its other form
        path = _path(part, document)
        refused = part.get("ctx", {}).get("error")
        if isinstance(refused, RefusedError):
            for inner, message in refused.found:
                yield Problem(document.line_of((*path, *inner)), dotted((*path, *inner)), message)
            continue
        if path not in seen:  # of what a value might be, the first is what it usually is
            seen.add(path)
            yield Problem(document.line_of(path), dotted(path), _message(part))


def _path(part: ErrorDetails, document: Document) -> tuple[str | int, ...]:
    """Return where an error is in the file: what pydantic adds to tell the members of a union apart is left out."""
    path: tuple[str | int, ...] = ()
    for step in part["loc"]:
        if (*path, step) in document.lines:
            path = (*path, step)
    return (*path, part["loc"][-1]) if part["type"] == "missing" else path


def _message(part: ErrorDetails) -> str:
    if part["type"] != "extra_forbidden":
        return say_what(part)
    known = _known_keys(part["loc"][:-1])
    near = get_close_matches(str(part["loc"][-1]), known, n=1)
    fix = f"write {near[0]}" if near else f"the keys are {', '.join(known)}" if known else "remove it"
    return f"is no key of this file; {fix}"


def _known_keys(path: Sequence[str | int]) -> list[str]:
    model: type[BaseModel] = Definitions
    for step in path:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            model = _model_in(fields[str(step)].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation such as `list[Rule] | None` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part)) is not None), None)


def _twice(document: Document) -> Iterator[Problem]:
    """Say which names stand there a second time."""
    for section in ("segments", *_NAMED):
        entries = document.content.get(section)
        seen = set()
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get("name") if isinstance(entry, dict) else entry
            path: tuple[str | int, ...] = (section, index, "name") if isinstance(entry, dict) else (section, index)
            if isinstance(name, str) and name in seen:
                yield Problem(document.line_of(path), dotted(path), f"{name} stands there twice; names are unique")
            elif isinstance(name, str):
                seen.add(name)
