"""`python -m chaos`: a run with a seed; exits with 1 if the system was not exact."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from . import idiomatic
from .idiomatic import compare
from .run import HEAD, run


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the events, the faults and their order")
    parser.add_argument("--faults", type=int, default=50, help="how many")
    parser.add_argument("--workers", type=int, default=2, help="how many there are between faults")
    parser.add_argument("--broken", action="store_true", help="commit offsets apart from rows: it must be found out")
    parser.add_argument("--keep", type=Path, help="a directory for logs and data; default: a temporary one")
    parser.add_argument("--app", choices=("vitals", "faust"), default="vitals", help="faust: an idiomatic app instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitals-chaos-") as temporary:
        directory = options.keep or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        if options.app == "faust":
            compared = asyncio.run(compare(options.seed, options.faults, options.workers, directory.resolve()))
            print(f"{idiomatic.HEAD}\n{compared.row()}")  # noqa: T201
            return
        result = asyncio.run(
            run(options.seed, options.faults, options.workers, directory.resolve(), broken=options.broken)
        )
    for note in result.findings.notes:
        print(note)  # noqa: T201
    print(f"{HEAD}\n{result.row()}\n{result.findings} ({result.seconds:.0f} s)")  # noqa: T201
    sys.exit(not result.findings.exact)


if __name__ == "__main__":
    main()
