"""The broker's jars, from Maven Central, as pom.xml beside this file pins them."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from .errors import ServersError
from .home import home, locked
from .install import ensure

_POM = Path(__file__).with_name("pom.xml")


def jars() -> Path:
    """Returns the directory of the jars, which are fetched once for each content of the pom."""
    target = home() / f"kafka-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]}"
    with locked(home() / "jars.lock"):
        if not target.is_dir():
            _fetch(target)
    return target


def _fetch(target: Path) -> None:
    ensure("java")  # before maven: Debian's would bring the distribution's default one, which may be too old for Kafka
    maven = ensure("mvn")
    with tempfile.TemporaryDirectory(dir=home()) as scratch:
        # Maven runs on a copy, so that nothing it writes lands in the source tree; the directory gets its name only
        # when it is whole.
        shutil.copy(_POM, scratch)
        done = subprocess.run(
            [maven, "--batch-mode", "--quiet", "--strict-checksums", "dependency:copy-dependencies"],
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServersError(f"maven could not fetch the Kafka broker from Maven Central:\n{done.stdout[-3000:]}")
        (Path(scratch) / "target" / "dependency").rename(target)
