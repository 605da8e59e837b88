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
_PLAIN: Final[dict[str, Any]] = {"null": None, "~": None, "": None, "true": True, "false": False}
_NUMBER: Final = re.compile(r"[-+]?(?:([0-9]+)|(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?)\Z")
_LONGEST: Final = 40
"""Characters of a number: nothing that is measured needs more, and exact sums of a million digits take days."""
_DEEPEST: Final = 50
_MOST: Final = 100_000


def read(text: str) -> tuple[Document, list[Problem]]:
    """Return the document that a YAML text is, and what is wrong with it as YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return Document({}, {}), [_broken(error, text)]
    except RecursionError:
        return Document({}, {}), [Problem(1, "", "is nested too deeply; flatten it")]
    builder = _Builder()
    try:
        content = {} if node is None else builder.build(node, ())
    except _TooMuchError as error:
        return Document({}, {}), [Problem(error.line, "", "nobody writes that much; flatten it, or repeat less with *")]
    return Document({} if content is None else content, builder.lines), builder.problems


def _broken(error: yaml.YAMLError, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    if mark is not None:
        position = mark.index
    line = text.count("\n", 0, position or 0) + 1
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
    return Problem(line, "", f"{what}; correct the indentation, quotes or brackets there")


class _TooMuchError(Exception):
    """Raised where aliases make more of a file than anybody writes; one may even be within itself."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line: Final = line


class _Builder:
    """Makes plain data of nodes, and remembers their lines."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node, path: Path) -> Any:
        """Return what a node says."""
        self.lines[path] = node.start_mark.line + 1
        if len(path) > _DEEPEST or len(self.lines) > _MOST:
            raise _TooMuchError(self.lines[path])
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(line, dotted(path), "a key is a list or an object; write a word"))
                continue
            key = str(key_node.value)
            if key in found:
                self.problems.append(Problem(line, dotted((*path, key)), "stands there twice; keep one"))
            else:
                found[key] = self.build(value_node, (*path, key))
                self.lines[*path, key] = line
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        text = str(node.value)
        if not isinstance(node, yaml.ScalarNode) or node.style is not None:
            return text
        if text in _PLAIN:
            return _PLAIN[text]
        number = _NUMBER.match(text)
        if number is None:
            return text
        if len(text) > _LONGEST or (number[1] is None and abs(Decimal(text).adjusted()) > _LONGEST):
            self._wrong(path, "is a number beyond all measure; correct it")
            return 0
        return int(text) if number[1] is not None else Decimal(text)

    def _wrong(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.lines[path], dotted(path), message))


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as people write it.

    >>> dotted(("rules", 0, "above"))
    'rules[0].above'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
