"""What one more KPI takes, as the page shows it: the diff applies, and the test that it brings is green."""

import os
import shutil
import subprocess
import sys

from documented_blocks import ROOT, blocks


def test_the_diff_of_one_more_kpi_is_all_that_it_takes(tmp_path):
    (diff,) = [block for block in blocks() if block.language == "diff"]
    for folder in ("stream", "schemas", "tests/engine/worlds"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "tests" / "engine" / "playing.py", tmp_path / "tests" / "engine")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.text, text=True, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/engine"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
