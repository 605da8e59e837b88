"""`python -m tests.servers.prepare`: what the tests' own servers need, ahead of the tests.

The tests would bring it themselves, but a download on a slow line must not run into a test's time limit.
"""

import sys

from .errors import ServersError
from .install import PACKAGES, ensure
from .jars import jars


def main() -> None:
    """Fetches the jars and installs what is missing; maven only where there are no jars yet."""
    try:
        jars()
        for command in PACKAGES.keys() - {"mvn"}:
            ensure(command)
    except ServersError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
