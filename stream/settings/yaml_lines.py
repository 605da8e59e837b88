"""YAML that remembers on which line everything stands, and numbers exactly as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import yaml

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """What is wrong with the file: the line, where in the structure, why and what to write instead."""

    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: {self.message}" if self.where else f"line {self.line}: {self.message}"


class Document(NamedTuple):
    """The content of a file, and the line of each part of it."""

    content: Any
    lines: dict[Path, int]

    def line_of(self, path: Sequence[str | int]) -> int:
        """Return the line of a part; of the nearest part around it, if it is missing."""
        for length in range(len(path), -1, -1):
            if tuple(path[:length]) in self.lines:
                return self.lines[tuple(path[:length])]
        return 1


# YAML 1.2's core schema: `no` is Norway, `1:30` is no number
_SCALARS: Final = (
    (re.compile(r"(?:null|~|)\Z"), lambda _: None),
    (re.compile(r"(?:true|false)\Z"), lambda text: text == "true"),
    (re.compile(r"[-+]?[0-9]+\Z"), int),
    (re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?\Z"), Decimal),
)


def read(text: str) -> tuple[Document, list[Problem]]:
    """Return the document that a YAML text is, and what is wrong with it as YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        what = getattr(error, "problem", None) or "is not YAML"
        return Document({}, {}), [Problem(line, "", f"{what}; correct the indentation, quotes or brackets there")]
    lines: dict[Path, int] = {}
    problems: list[Problem] = []
    content = {} if node is None else _build(node, (), lines, problems)
    return Document({} if content is None else content, lines), problems


def _build(node: yaml.Node, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), lines, problems) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], problems: list[Problem]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
        line = key_node.start_mark.line + 1
        if key is None:
            problems.append(Problem(line, dotted(path), "a key is a list or an object; write a word"))
        elif key in found:
            problems.append(Problem(line, dotted((*path, key)), "stands there twice; keep one"))
        else:
            found[key] = _build(value_node, (*path, key), lines, problems)
            lines[(*path, key)] = line
    return found


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style is None:
        for form, read_as in _SCALARS:
            if form.match(text):
                return read_as(text)
    return text


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as people write it.

    >>> dotted(("rules", 0, "above"))
    'rules[0].above'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
