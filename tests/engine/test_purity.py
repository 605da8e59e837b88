"""The engine is told everything: it reads no clock, no file, no network, no environment, and draws no lots."""

import ast
import doctest
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import pytest

from stream import engine

ROOT = Path(engine.__path__[0])
MODULES = sorted(module.name for module in pkgutil.walk_packages(engine.__path__, f"{engine.__name__}."))
IMPORTED = {
    "__future__",
    "array",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "importlib",
    "itertools",
    "json",
    "math",
    "msgspec",
    "operator",
    "pkgutil",
    "pydantic",
    "re",
    "schemas",
    "stream",
    "struct",
    "typing",
    "xxhash",
    "zlib",
    "zoneinfo",
}
NEVER_CALLED = {"open", "print", "input", "now", "utcnow", "today", "exec", "eval", "breakpoint"}


@cache
def tree_of(name):
    module = importlib.import_module(name)
    return ast.parse(Path(module.__file__).read_text())


def imported(name):
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_is_pure(name):
    assert {module.partition(".")[0] for module in imported(name)} <= IMPORTED


@pytest.mark.parametrize("name", MODULES)
def test_of_stream_a_module_imports_the_engine_alone(name):
    ours = [module for module in imported(name) if module.partition(".")[0] == "stream"]

    assert [module for module in ours if not module.startswith("stream.engine")] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_asks_neither_the_clock_nor_the_disk(name):
    calls = [node.func for node in ast.walk(tree_of(name)) if isinstance(node, ast.Call)]
    named = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}

    # a KPI view's `now` is what holds at `as_of`: it takes the name of a counter
    assert named & NEVER_CALLED <= (
        {"now"} if name.startswith(("stream.engine.kpis.", "stream.engine.custom.kpis")) else set()
    )


def test_every_module_is_looked_at():
    """Also one in a folder without `__init__.py`, which would be imported but not walked."""
    assert len(MODULES) == len(list(ROOT.rglob("*.py"))) - 1


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_are_right(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
