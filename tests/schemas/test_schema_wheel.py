"""The package for producers: built alone, installed with pydantic alone, it reads and writes events."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "schemas"

USE = """
import importlib.metadata, json
import schemas
from schemas.examples import load, load_outputs

examples = load()
events = [schemas.parse(example.data) for example in examples]
assert [schemas.parse(event.to_json()) for event in events] == events
installed = sorted(one.metadata["Name"] for one in importlib.metadata.distributions())
print(json.dumps({"file": schemas.__file__, "events": len(events), "outputs": len(load_outputs()), "all": installed}))
"""


def uv(*arguments):
    """Run uv with what it has at hand, else with what it can fetch."""
    found = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    for offline in (["--offline"], []):
        result = subprocess.run(
            [found, *offline, *map(str, arguments)], check=False, capture_output=True, text=True, env=environment
        )
        if result.returncode == 0:
            return
    pytest.fail(result.stderr)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """By way of the source distribution, as uv builds unless told otherwise."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", PACKAGE, "--out-dir", folder)
    (found,) = folder.glob("*.whl")
    assert len(list(folder.glob("saas_vitals_schemas-*.tar.gz"))) == 1
    return found


def test_it_holds_the_schemas_their_examples_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {
        f"schemas/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix in {".py", ".json"}
    }

    assert names == files | {"schemas/py.typed"}


def test_it_works_in_an_environment_with_pydantic_alone(wheel, tmp_path):
    uv("venv", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    uv("pip", "install", "--python", python, wheel)
    result = subprocess.run([python, "-I", "-c", USE], check=True, capture_output=True, text=True, cwd=tmp_path)
    found = json.loads(result.stdout)

    assert found["file"].startswith(str(tmp_path))
    assert found["events"] == sum(1 for _ in (PACKAGE / "examples").glob("*.*/*.json"))
    assert found["outputs"] == 10
    assert set(found["all"]) == {
        "annotated-types",
        "pydantic",
        "pydantic_core",
        "saas-vitals-schemas",
        "typing-inspection",
        "typing_extensions",
    }


def test_both_packages_ask_for_the_same():
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    theirs = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]

    assert theirs["requires-python"] == ours["requires-python"]
    assert theirs["license"] == ours["license"]
    assert set(theirs["dependencies"]) <= set(ours["dependencies"])
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_files_of_the_package_for_producers_are_not_in_the_main_one():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert set(build["exclude"]) == {f"schemas/{name}" for name in ("pyproject.toml", "README.md", "LICENSE")}
