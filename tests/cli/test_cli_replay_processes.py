"""The processes of a replay: where they come from, and that they go."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from calling import line
from waiting import wait_for

from stream.replay.processes import how_many
from stream.replay.reading import PIECE_BYTES, pieces

EVENT = line(1, "2026-03-10T11:00:00Z")
BYTES = PIECE_BYTES + 1_000_000
COMMAND = [sys.executable, "-m", "stream.cli", "replay", "large.jsonl"]


@pytest.fixture
def environment(nowhere, request):
    """The environment of a program beside a file that is worth several processes, and is nearly all blank lines."""
    (nowhere / "large.jsonl").write_bytes(EVENT + b"\n" * BYTES)
    assert how_many(pieces("large.jsonl")) == min(os.cpu_count() or 1, 8)
    (nowhere / request.param).mkdir()
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(nowhere / request.param)}


@pytest.mark.parametrize("environment", ["t"], indirect=True)
def test_an_interrupted_replay_ends_without_a_word_and_leaves_nothing(nowhere, environment):
    """Ctrl-C goes to all its processes."""
    folder = nowhere / "t"
    with subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE, start_new_session=True) as replay:
        wait_for(lambda: any(folder.glob("vitals-replay-*/*")), "a process reads")
        os.killpg(replay.pid, signal.SIGINT)
        _, said = replay.communicate(timeout=60)

    assert replay.returncode in (130, -signal.SIGINT)
    assert said.strip() in (b"", b"Aborted.")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("environment", ["long" * 30], indirect=True)
def test_a_temporary_directory_with_a_long_name_is_no_hindrance(nowhere, environment):
    """A socket's path has 107 bytes at most."""
    (nowhere / "large.jsonl").write_bytes(EVENT + b"\n" + b" " * BYTES)
    result = subprocess.run(COMMAND, check=False, env=environment, capture_output=True, timeout=60)

    assert (result.returncode, result.stderr) == (0, b"")
    assert b'"events":1,' in result.stdout
