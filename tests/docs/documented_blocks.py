"""The fenced blocks of README.md and docs/*.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(\s*)```(\S*)")


class Block(NamedTuple):
    """A fenced block: where it begins, its language, and its text."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("schemas/*.md"))]


def blocks() -> list[Block]:
    return [block for path in documents() for block in blocks_of(path)]


def blocks_of(path: Path) -> Iterator[Block]:
    inside: tuple[int, str, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = _FENCE.match(line)
        if inside is None:
            if fence:
                inside, lines = (number, fence[2], fence[1]), []
        elif fence:
            yield Block(str(path.relative_to(ROOT)), inside[0], inside[1], "\n".join(lines) + "\n")
            inside = None
        else:
            lines.append(line.removeprefix(inside[2]))
    assert inside is None, f"{path}: the block of line {inside} has no end"


def commands(block: Block) -> list[str]:
    """The commands of a block of `sh`, or those behind `$ ` of `console`; one a command, however many lines it has."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [line for line in lines if line.strip()]
