"""`vitals schema`: the contract on stdout or as files."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from stream import docs
from stream.cli import app


def schema(*arguments):
    return CliRunner().invoke(app, ["schema", *map(str, arguments)])


def test_without_a_name_it_lists_them():
    listed = schema().stdout.splitlines()

    assert [line.split()[0] for line in listed] == list(docs.NAMES)
    assert [row["name"] for row in json.loads(schema("--json").stdout)] == list(docs.NAMES)


def test_a_name_prints_its_json_schema():
    assert json.loads(schema("usage.tracked").stdout) == docs.json_schema("usage.tracked")


def test_the_asyncapi_document_is_printed():
    assert yaml.safe_load(schema("--asyncapi").stdout)["asyncapi"] == "3.1.0"


def test_files_are_written_into_a_directory_that_is_made(tmp_path):
    assert schema("--out", tmp_path / "new" / "all").exit_code == 0
    assert schema("alert", "--out", tmp_path / "one").exit_code == 0
    assert schema("--asyncapi", "--out", tmp_path / "document").exit_code == 0

    assert {path.name: path.read_text() for path in (tmp_path / "new" / "all").iterdir()} == docs.pages()
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["alert.json"]
    assert [path.name for path in (tmp_path / "document").iterdir()] == ["asyncapi.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["usage.track"], "did you mean usage.tracked"),
        (["zzz"], "`vitals schema` lists them"),
        (["alert", "--asyncapi"], "leave the name out"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments, said):
    result = schema(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_what_cannot_be_written_is_exit_code_1(tmp_path):
    (tmp_path / "file").write_text("")

    assert schema("--out", tmp_path / "file").exit_code == 1
