"""Rows as they are written: a newer version reads those of an older one, and refuses those of a newer one."""

import msgspec
import pytest
from msgspec import Struct

from stream.engine.tables import TABLES, Table
from stream.engine.trackers.accounts import Account
from stream.runtime.merge_task import MERGE_TABLES
from stream.runtime.tables import Codec, RowsOfFutureVersionError


class Old(Struct, array_like=True):
    """A row as it was."""

    first: int


class New(Struct, array_like=True):
    """The same row, with a field that was added."""

    first: int
    second: int = 7


def test_a_field_that_was_added_has_its_default_in_an_older_row():
    _, written = Codec(Table("rows", str, Old)).write("key", Old(1))

    assert Codec(Table("rows", str, New)).read_row(written) == New(1, 7)


def test_a_newer_row_of_the_same_version_can_be_read_by_the_older_one():
    """In a rolling deploy a partition may go back to the older version, as long as the table's version is the same."""
    _, written = Codec(Table("rows", str, New)).write("key", New(1, 2))

    assert Codec(Table("rows", str, Old)).read_row(written) == Old(1)


def test_a_row_of_a_newer_version_is_refused_with_what_to_run():
    _, written = Codec(Table("rows", str, Old, version=3)).write("key", Old(1))

    with pytest.raises(RowsOfFutureVersionError, match=r"rows have version 3, this worker knows 2; run the newer"):
        Codec(Table("rows", str, Old, version=2)).read_row(written)


def test_a_row_of_an_older_version_is_read_where_its_shape_still_fits():
    _, written = Codec(Table("rows", str, Old, version=1)).write("key", Old(1))

    assert Codec(Table("rows", str, New, version=2)).read_row(written) == New(1, 7)


def test_accounts_as_the_first_version_wrote_them_are_read():
    row = Codec(TABLES["accounts"]).read_row(b"1 [1767225600000000,{}]")

    assert row == Account(1_767_225_600_000_000, {})


@pytest.mark.parametrize("table", [*TABLES.values(), *MERGE_TABLES], ids=lambda table: table.name)
def test_fields_that_a_table_got_later_stand_at_its_end_and_have_defaults(table):
    """Otherwise rows of the version before could not be read: what comes after a default has one, too."""
    kinds = [kind for kind in (table.row, *getattr(table.row, "__args__", ())) if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, Struct):
            fields = msgspec.structs.fields(kind)
            required = [field.required for field in fields]
            assert required == sorted(required, reverse=True)
