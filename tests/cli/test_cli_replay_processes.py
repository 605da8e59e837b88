"""The processes of a replay: where they come from, and that they go."""

import os
import signal
import subprocess

from calling import PROGRAM, line, program
from waiting import wait_for

from stream.replay.processes import how_many
from stream.replay.reading import PIECE_BYTES, pieces

EVENT = line(1, "2026-03-10T11:00:00Z")
BYTES = PIECE_BYTES + 1_000_000


def write_large(path, blank):
    """Write a file that is worth several processes: an event, and nothing else."""
    path.write_bytes(EVENT + blank * BYTES)
    assert how_many(pieces(str(path))) == min(os.cpu_count() or 1, 8)


def test_an_interrupted_replay_ends_without_a_word_and_leaves_nothing(nowhere, monkeypatch):
    """Ctrl-C goes to all its processes."""
    write_large(nowhere / "large.jsonl", b"\n")
    folder = nowhere / "t"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    command = [*PROGRAM, "replay", "large.jsonl"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as replay:
        wait_for(lambda: any(folder.glob("vitals-replay-*/*")), "a process reads")
        os.killpg(replay.pid, signal.SIGINT)
        _, said = replay.communicate(timeout=60)

    assert replay.returncode in (130, -signal.SIGINT)
    assert said.strip() in (b"", b"Aborted.")
    assert list(folder.iterdir()) == []


def test_a_temporary_directory_with_a_long_name_is_no_hindrance(nowhere, monkeypatch):
    """A socket's path has 107 bytes at most."""
    write_large(nowhere / "large.jsonl", b" ")
    folder = nowhere / ("long" * 30)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    result = program("replay", "large.jsonl", capture_output=True)

    assert (result.returncode, result.stderr) == (0, b"")
    assert b'"events":1,' in result.stdout
