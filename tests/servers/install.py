"""Brings the programs that the servers need, where it may; else says which package has them."""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import ServersError
from .home import home, locked

OLDEST_JAVA = 17  # Kafka 4 starts on no older one

# Debian's packages, the first that can be had. `default-jre-headless` is too old on Ubuntu 22.04, and a release newer
# than Debian 12 may not have version 17.
PACKAGES = {
    "chromium": ("chromium",),  # the page is tested in it
    "java": ("openjdk-17-jre-headless", "default-jre-headless"),
    "mvn": ("maven",),
    "redis-server": ("redis-server",),
    "setpriv": ("util-linux",),
}


def ensure(command: str) -> str:
    """Returns the path of `command`, which is installed first where it is missing and this machine lets us."""
    path = _find(command)
    if path is None:
        with locked(home() / "install.lock"):  # test processes that miss the same thing take turns
            path = _find(command) or _install(command)
    return path


def _find(command: str) -> str | None:
    return _find_java() if command == "java" else shutil.which(command)


@functools.cache
def _java_version(path: str) -> int:
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def _find_java() -> str | None:
    """Returns a new enough `java`: the machine's default may be older than another one beside it."""
    chosen = Path(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else None
    candidates = [str(chosen) if chosen and chosen.exists() else None, shutil.which("java")]
    candidates += [str(path) for path in sorted(Path("/usr/lib/jvm").glob("*/bin/java"))]
    return next((path for path in candidates if path and _java_version(path) >= OLDEST_JAVA), None)


def _install(command: str) -> str:
    packages = PACKAGES[command]
    wanted = f"{command} (version {OLDEST_JAVA} or later)" if command == "java" else command
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ServersError(
            f"The tests need {wanted}: install it (Debian and Ubuntu: `apt-get install {packages[0]}`). "
            f"As root on Debian or Ubuntu the tests install it themselves."
        )
    said = [_apt("update")]
    for package in packages:
        said.append(_apt("install", "--yes", "--no-install-recommends", package))
        if path := _find(command):
            return path
    raise ServersError("\n".join([f"The tests need {wanted}, and apt-get could not install {packages[0]}:", *said]))


def _apt(*arguments: str) -> str:
    print(f"apt-get {' '.join(arguments)}", file=sys.stderr, flush=True)  # noqa: T201 - it takes a while: say so
    done = subprocess.run(
        # Another apt-get on a fresh machine (unattended upgrades) is waited for.
        ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout[-1000:] + done.stderr[-2000:]
