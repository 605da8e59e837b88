"""Rows too large for one record are written in parts, however a row grows, shrinks and goes, and read back whole."""

from hypothesis import given
from hypothesis import strategies as st

from stream.runtime import large_rows
from stream.runtime.large_rows import PART_BYTES, LargeRows
from stream.runtime.wire import TotalsWriter, read_total

LARGEST_BATCH = 900_000


def _compacted(topic, written):
    """Let a compacted topic take records; a tombstone deletes."""
    for key, value in written:
        assert len(key) + len(value or b"") < LARGEST_BATCH
        if value is None:
            topic.pop(key, None)
        else:
            topic[key] = value


def test_a_row_that_fits_a_record_is_written_as_it_is():
    rows = [(b"people\0a", b"1 " + b"x" * (PART_BYTES - 2)), (b"people\0b", None), (b"\0", b"{}")]

    assert [*LargeRows().split(rows)] == rows


def test_a_row_of_three_megabytes_comes_back():
    topic, row = {}, b"1 " + bytes(range(256)) * 12_000
    _compacted(topic, LargeRows().split([(b"tickets\0t", row), (b"\0", b"{}")]))

    assert len(topic) == 6
    assert dict(LargeRows().join(topic)) == {b"tickets\0t": row, b"\0": b"{}"}


def test_who_does_not_know_of_parts_finds_a_table_that_it_does_not_know():
    written = [*LargeRows().split([(b"tickets\0t", b"x" * 2 * PART_BYTES)])]

    assert {key.partition(b"\0")[0] for key, value in written if value is not None} == {b"parts"}


@given(
    st.lists(
        st.tuples(st.sampled_from([b"a\0x", b"a\0y", b"b\x000\0x"]), st.none() | st.binary(max_size=40), st.booleans())
    )
)
def test_whatever_is_written_the_newest_is_read(steps):
    topic, rows, large = {}, {}, LargeRows()
    before, large_rows.PART_BYTES = PART_BYTES, 7
    try:
        for key, value, restarted in steps:
            if restarted:
                large = LargeRows()
                assert dict(large.join(topic)) == rows
            _compacted(topic, large.split([(key, value)]))
            _compacted(rows, [(key, value)])
        assert dict(LargeRows().join(topic)) == rows
    finally:
        large_rows.PART_BYTES = before


def test_a_total_of_many_long_names_is_split_by_its_bytes():
    total = {f"uses:{number:04}{'ä' * 250}": number for number in range(5_000)}
    written = [*TotalsWriter().rows([("all", "5m", total)])]

    assert all(len(key) + len(value) < LARGEST_BATCH for key, value in written)
    parts = [read_total(key, value) for key, value in written]
    assert {counter: number for _, part in parts for counter, number in part.items()} == total
    assert [part[0][2] for part in parts] == list(range(len(parts)))
