"""What `vitals replay` reads, and what becomes of lines that are no events."""

import gzip
import json
import os
import subprocess
import sys
import threading

import pytest
import zstandard
from calling import NOON, event, line, program, rows, snapshot, vitals

from schemas.errors import Reason
from stream.engine.definitions import Definitions
from stream.replay import reading
from stream.replay.run import Plan, Replay

EVENTS = [line(number, f"2026-03-10T11:{number:02}:00Z") for number in range(50)]
TEXT = b"".join(EVENTS)


def events_of(*arguments, **options):
    return snapshot(vitals("replay", *arguments, **options))["counts"]["events"]


def test_plain_gzip_zstandard_and_stdin_are_the_same(nowhere):
    (nowhere / "plain.jsonl").write_bytes(TEXT)
    (nowhere / "packed.gz").write_bytes(gzip.compress(TEXT))
    (nowhere / "packed.zst").write_bytes(zstandard.compress(TEXT))
    streamed = zstandard.ZstdCompressor().compressobj()  # does not say how long it is
    (nowhere / "streamed.zst").write_bytes(streamed.compress(TEXT) + streamed.flush())
    found = {vitals("replay", name).stdout_bytes for name in ("plain.jsonl", "packed.gz", "packed.zst", "streamed.zst")}

    assert found == {vitals("replay", "-", stdin=TEXT).stdout_bytes}
    assert json.loads(found.pop())["counts"]["events"] == 50


def test_compressed_files_may_be_concatenated(nowhere):
    (nowhere / "two.gz").write_bytes(gzip.compress(TEXT[:4000]) + gzip.compress(TEXT[4000:]))
    (nowhere / "two.zst").write_bytes(zstandard.compress(TEXT[:4000]) + zstandard.compress(TEXT[4000:]))

    assert events_of("two.gz") == events_of("two.zst") == 50


@pytest.mark.parametrize("name", ["cut.gz", "cut.zst", "wrong.gz", "wrong.zst", "flipped.gz", "flipped.zst"])
def test_a_damaged_file_is_exit_code_1_not_a_smaller_number(nowhere, name):
    """Of a file that ends in the middle, what was read is not all there is."""
    noise = os.urandom(5_000)
    packed = gzip.compress if name.endswith(".gz") else zstandard.ZstdCompressor(write_checksum=True).compress
    data = packed(noise)
    damaged = {"cut": data[:-20], "wrong": TEXT, "flipped": data[:30] + bytes(50) + data[80:]}
    (nowhere / name).write_bytes(damaged[name.partition(".")[0]])
    result = vitals("replay", name)

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"error: {name} ends in the middle or is damaged" in result.stderr


def test_several_files_are_one_input(nowhere):
    (nowhere / "a.jsonl").write_bytes(b"".join(EVENTS[30:]))
    (nowhere / "b.gz").write_bytes(gzip.compress(b"".join(EVENTS[:20])))
    result = vitals("replay", "a.jsonl", "b.gz", "-", "a.jsonl", stdin=b"".join(EVENTS[20:30]))

    assert snapshot(result)["counts"] | {"events": 50, "duplicates": 20} == snapshot(result)["counts"]


def test_a_pipe_is_read_once(nowhere):
    os.mkfifo(nowhere / "pipe")
    writer = threading.Thread(target=(nowhere / "pipe").write_bytes, args=(TEXT,))
    writer.start()

    assert events_of("pipe") == 50
    writer.join()


def test_blank_lines_are_skipped_and_any_line_ending_will_do(nowhere):
    text = b"\n \t\n" + EVENTS[0].replace(b"\n", b"\r\n") + b"\r\n" + EVENTS[1] + EVENTS[2].rstrip()
    result = vitals("replay", "-", "--dead-letters", "dead.jsonl", stdin=text)

    assert snapshot(result)["counts"]["events"] == 3
    assert rows(nowhere / "dead.jsonl") == []


def test_whitespace_around_an_event_makes_a_duplicate_conflicting_and_a_line_ending_does_not():
    """Live, too, the bytes decide."""
    text = EVENTS[0] + EVENTS[0].replace(b"\n", b"\r\n") + EVENTS[0].replace(b"\n", b" \n")
    counts = snapshot(vitals("replay", "-", stdin=text))["counts"]

    assert (counts["duplicates"], counts["conflicts"]) == (2, 1)


# --- dead letters

DEAD = {
    Reason.TOO_LARGE: b'{"id":"' + b"x" * 900_000 + b'"}',
    Reason.NOT_UTF8: b'{"id":"\xff\xfe\xed\xb2\x80"}',
    Reason.NOT_JSON: b"{no json \x00 \x1b[31m",
    Reason.NOT_AN_OBJECT: b'["an", "\xc3\xa4rray"]',
    Reason.TOO_DEEP: b'{"id":' + b"[" * 101 + b"]" * 101 + b"}",
    Reason.UNKNOWN_TYPE: json.dumps(event(type="usage.track")).encode(),
    Reason.INVALID_FIELD: json.dumps(event(time="2026-03-10T12:00:00")).encode(),
    Reason.EMPTY_KEY: json.dumps(event(account_id="")).encode(),
}


def bytes_of(letter):
    """How a reader gets the untouched bytes back."""
    return letter["value"].encode("utf-8", "surrogateescape")


def test_dead_letters_of_every_reason_keep_line_reason_detail_and_bytes(nowhere):
    text = b"".join(good + dead + b"\n" for good, dead in zip(EVENTS, DEAD.values(), strict=False))
    result = vitals("replay", "-", "--dead-letters", "dead.jsonl", stdin=text)
    found = rows(nowhere / "dead.jsonl")

    assert snapshot(result)["counts"]["dead_letters"] == len(DEAD)
    assert snapshot(result)["counts"]["events"] == len(DEAD)
    assert [list(letter) for letter in found] == [["line", "reason", "detail", "value"]] * len(DEAD)
    assert [letter["line"] for letter in found] == [2 * number for number in range(1, len(DEAD) + 1)]
    assert [letter["reason"] for letter in found] == [str(reason) for reason in DEAD]
    assert [bytes_of(letter) for letter in found] == list(DEAD.values())
    assert all(letter["detail"] for letter in found)


def test_reasons_that_only_a_broker_or_a_clock_gives_are_none_of_a_replay():
    """Nothing is late or ahead of a clock, and there are no record keys."""
    others = {Reason.WRONG_KEY, Reason.WRONG_PARTITION, Reason.IN_FUTURE, Reason.ENGINE_ERROR, Reason.TOO_LATE}
    assert set(Reason) == set(DEAD) | others

    text = line(1, "2031-01-01T00:00:00Z") + line(2, "1999-01-01T00:00:00Z") + line(3, "2026-01-01T00:00:00Z")
    counts = snapshot(vitals("replay", "-", stdin=text))["counts"]
    assert counts == dict.fromkeys(counts, 0) | {"events": 3}


def test_the_first_ten_invalid_lines_are_on_stderr_with_file_line_and_reason(nowhere):
    (nowhere / "good.jsonl").write_bytes(TEXT)
    (nowhere / "bad.jsonl").write_bytes(b"\nno\n" * 12)
    result = vitals("replay", "good.jsonl", "bad.jsonl")
    said = result.stderr.splitlines()

    assert result.exit_code == 0
    assert len(said) == 11
    assert said[0].startswith("bad.jsonl:2: not_json: ")
    assert said[9].startswith("bad.jsonl:20: not_json: ")
    assert said[10] == "… and 2 more invalid lines"


def test_lines_are_numbered_by_file_also_where_a_file_comes_twice(nowhere):
    (nowhere / "a.jsonl").write_bytes(EVENTS[0] + b"no\n")
    vitals("replay", "a.jsonl", "a.jsonl", "--dead-letters", "dead.jsonl")

    assert [letter["line"] for letter in rows(nowhere / "dead.jsonl")] == [2, 2]


# --- pieces, and processes


@pytest.mark.parametrize("size", [1, 57, 100, 1000, 10**9])
def test_pieces_of_a_file_are_its_lines(nowhere, monkeypatch, size):
    """Each line is in exactly one piece, wherever the cut is."""
    path = nowhere / "a.jsonl"
    path.write_bytes(b"\n\nshort\r\n" + TEXT[:3000] + b"\nno end")
    whole = [one for piece in reading.pieces(str(path)) for one in reading.lines_of(piece)]
    monkeypatch.setattr(reading, "PIECE_BYTES", size)
    found = reading.pieces(str(path))

    assert [one for piece in found for one in reading.lines_of(piece)] == whole
    assert b"\n".join(whole) == path.read_bytes().replace(b"\r\n", b"\n")
    assert sum(piece.size for piece in found) == path.stat().st_size


def test_what_is_told_of_the_progress_adds_up(nowhere):
    (nowhere / "a.jsonl").write_bytes(TEXT * 200)
    (nowhere / "a.gz").write_bytes(gzip.compress(TEXT * 200))
    for name in ("a.jsonl", "a.gz"):
        told = []
        for piece in reading.pieces(str(nowhere / name)):
            assert sum(1 for _ in reading.lines_of(piece, told.append)) == 10_000
        assert sum(told) == (nowhere / name).stat().st_size


def test_two_processes_refuse_the_same_lines_in_the_same_order(business, nowhere, monkeypatch):
    """Also of stdin, which only the first process can read."""
    lines = business.lines[:3000]
    lines[700:700] = [b"no\n", b"{}\n"]
    (nowhere / "a.jsonl").write_bytes(b"".join(lines))
    (nowhere / "stdin").write_bytes(b"[]\n" + b"".join(business.lines[3000:4000]) + b"\xff\n")
    monkeypatch.setattr(reading, "PIECE_BYTES", 200_000)

    def run(processes):
        refused, told = [], []
        with (nowhere / "stdin").open() as file, monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", file)
            with Replay(Definitions(), ["a.jsonl", "-", "a.jsonl"], processes) as replay:
                replay.read(lambda path, refusal: refused.append((path, *refusal)), told.append)
                found = list(replay.play(Plan([replay.latest // 10**6], ["all"]), print, told.append))
        return refused, found

    monkeypatch.chdir(nowhere)
    refused, found = run(1)
    assert [one[:3] for one in refused] == [
        ("a.jsonl", 701, "not_json"),
        ("a.jsonl", 702, "unknown_type"),
        ("-", 1, "not_an_object"),
        ("-", 1002, "not_utf8"),
        ("a.jsonl", 701, "not_json"),
        ("a.jsonl", 702, "unknown_type"),
    ]
    assert json.loads(found[0])["counts"]["events"] == 4000
    assert run(2) == (refused, found)


# --- the program itself


def test_the_program_reads_stdin_and_writes_to_stdout():
    result = program("replay", "-", "--until", NOON, input=TEXT + b"no\n", capture_output=True)

    assert result.returncode == 0
    assert result.stdout == vitals("replay", "-", "--until", NOON, stdin=TEXT + b"no\n").stdout_bytes
    assert result.stderr.startswith(b"-:51: not_json: ")


def test_who_has_read_enough_may_go(nowhere):
    """`vitals replay … | head -1`: no traceback."""
    (nowhere / "a.jsonl").write_bytes(TEXT)
    reader, writer = os.pipe()
    os.close(reader)
    options = ("--every", "1s", "--from", "2026-03-10T11:45:00Z", "--until", "2026-03-10T11:46:00Z")
    result = program("replay", "a.jsonl", *options, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)

    assert result.returncode == 1
    assert b"Traceback" not in result.stderr


def test_the_temporary_directory_is_left_as_it_was(nowhere, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(nowhere / "temporary"))
    (nowhere / "temporary").mkdir()
    assert program("replay", "-", input=TEXT, capture_output=True).returncode == 0
    assert program("replay", "-", "no", input=TEXT, capture_output=True).returncode == 1
    assert list((nowhere / "temporary").iterdir()) == []
