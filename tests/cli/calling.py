"""Calling `vitals` as people do, and events to call it with."""

import json
import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from stream.cli import app

NOON = "2026-03-10T12:00:00Z"

WEEK = ("--days", "7", "--accounts", "5", "--seed", "3")
"""Options of the simulated business that most tests replay."""


def vitals(*arguments, stdin=b""):
    """Run a command; what it wrote to stdout and stderr, and its exit code."""
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


PROGRAM = [sys.executable, "-m", "stream.cli"]
"""How a process of its own begins."""


def program(*arguments, **options):
    """Run a command in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, check=False, env=environment, timeout=60, **options)


def event(number=1, time="2026-03-10T11:59:00Z", **fields):
    """A valid event, unless the fields make it none."""
    usual = {"id": f"e{number}", "source": "web", "type": "usage.tracked", "name": "export", "account_id": "acme"}
    return usual | {"user_id": "ann", "time": time} | fields


def line(*arguments, **fields):
    return json.dumps(event(*arguments, **fields), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def snapshots(result):
    """The snapshots on stdout of a run that went well."""
    assert result.exit_code == 0, result.stderr
    return [json.loads(one) for one in result.stdout_bytes.splitlines()]


def snapshot(result):
    (found,) = snapshots(result)
    return found


def rows(path):
    return [json.loads(one) for one in path.read_bytes().splitlines()]
