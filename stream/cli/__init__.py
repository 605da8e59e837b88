"""The command `vitals`. Exit codes: 0 done, 1 failed, 2 wrong use.

Nothing is imported here: the processes that a replay starts import the program's main module once more. Commands are
declared in modules that import nothing heavy either, so that `vitals --help` answers at once; each imports what does
its work when it is run.
"""

from __future__ import annotations

from typing import Any


def main() -> None:
    """Run the command line."""
    from stream.cli.commands import app  # noqa: PLC0415 - see above

    app()


def __getattr__(name: str) -> Any:
    """Return the typer app, `stream.cli.app`, for those who ask for it."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stream.cli.commands import app  # noqa: PLC0415 - see above

    return app
