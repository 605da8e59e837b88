"""A place where the commands of the documents run: files that they name, and servers of the test."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import zstandard
from documented_blocks import ROOT

SECONDS = 6
"""How long a command that never ends is left to run."""
SHORTER = {"--days 45": "--days 2", "--from 2026-01-01": "--from 2026-11-01"}
"""What would take its time in a test; all else runs as it is written."""

_ELSEWHERE = re.compile(r"^\s*(docker|make|git|cd|curl -LO)\b")
"""Commands that are looked at instead of run."""

# Whatever never ends by itself runs for a while, and is then told to end as Ctrl-C does: that must be no error.
_VITALS = f"""#!/bin/bash
case " $* " in
  *" worker "*|*" serve "*|*" demo "*|*" --follow "*) forever=yes ;;
  " tail "*) [[ " $* " == *" --once "* ]] || forever=yes ;;
esac
if [ -n "$forever" ]; then
  timeout --signal INT --kill-after 20 {SECONDS} "{sys.executable}" -m stream.cli "$@"
  code=$?; [ $code = 124 ] || [ $code = 130 ] && code=0; exit $code
fi
"{sys.executable}" -m stream.cli "$@"
code=$?
# the doctor of a place without a worker says so
[ "$1" = doctor ] && [ $code = 1 ] && code=0
exit $code
"""
_REDIS = """#!/bin/bash
unset REDISCLI_AUTH  # of the compose file; ours is in the URL
[ "$1" = -p ] && shift 2
[ "$1" = SUBSCRIBE ] && { timeout 1 redis-cli-itself -u "$VITALS_REDIS_URL" "$@" | head -3; exit 0; }
answer=$(redis-cli-itself -u "$VITALS_REDIS_URL" -e "$@") || exit 1
echo "$answer"
"""


class Place:
    """A directory with the files and programs that the documents name.

    Args:
        directory: an empty one.
        settings: variables of the deployment.
    """

    def __init__(self, directory: Path, settings: dict[str, str]) -> None:
        self.directory = directory
        self.namespace = settings["VITALS_NAMESPACE"]
        self.kafka = settings["VITALS_KAFKA_BOOTSTRAP"]
        tools = directory / ".venv" / "bin"
        tools.mkdir(parents=True)
        itself = subprocess.run(["which", "redis-cli"], check=False, capture_output=True, text=True).stdout.strip()
        for name, text in {"vitals": _VITALS, "redis-cli": _REDIS.replace("redis-cli-itself", itself)}.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        for name in ("python", "python3"):
            (tools / name).symlink_to(sys.executable)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VITALS_")}
        self.environment = clean | settings | {"PYTHONPATH": str(ROOT), "PATH": f"{tools}:{os.environ['PATH']}"}

    def write_events(self, lines: bytes) -> None:
        """Write the files of events that documents name."""
        for name in ("events.jsonl", "events.ndjson"):
            (self.directory / name).write_bytes(lines)
        for name in ("events.gz", "2026-01.jsonl.gz"):
            (self.directory / name).write_bytes(gzip.compress(lines))
        (self.directory / "events.zst").write_bytes(zstandard.compress(lines))
        (self.directory / "what-if.yaml").write_text("sessions: {gap: 10m}\n")

    def run(self, commands: list[str]) -> None:
        """Run commands of a shell, one after the other in one shell; what fails, fails the test."""
        script = "\n".join(self._here(command) for command in commands if not _ELSEWHERE.match(command))
        self._done(["bash", "-euo", "pipefail", "-c", script], script)

    def run_python(self, text: str) -> None:
        """Run a program."""
        self._done([sys.executable, "-W", "error::SyntaxWarning", "-c", self._here(text)], text)

    def _here(self, text: str) -> str:
        """Return a text with the names of this place."""
        for long, short in SHORTER.items():
            text = text.replace(long, short)
        text = re.sub(r"127\.0\.0\.1:(29092|9092)|localhost:(29092|9092)", self.kafka, text)
        return re.sub(
            r"\bvitals([:.])(?=(snapshot|alerts|accounts|account|history|segments|definitions)\b)",
            rf"{self.namespace}\1",
            text,
        )

    def _done(self, command: list[str], text: str) -> None:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=240,
        )
        assert done.returncode == 0, (
            f"{text}\nended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
