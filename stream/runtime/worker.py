"""The process of a worker, whoever starts it: `vitals worker` or `faust -A stream.app worker`."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import faust

from stream import logs
from stream.memory import collect_rarely
from stream.runtime.checks import RefusedError

log = logging.getLogger(__name__)

FAILED = 1


class Worker(faust.Worker):
    """Faust's worker with the logs of Vitals, and no spinner, which would write control sequences into them."""

    def __init__(self, app: Any, *services: Any, **settings: Any) -> None:
        super().__init__(app, *services, **{**settings, "redirect_stdouts": False})
        self.spinner = None
        collect_rarely()

    async def on_first_start(self) -> None:
        """Have the topics before the app starts: what is wrong with them is an answer, not a crash."""
        await super().on_first_start()
        try:
            await self.app.prepare()
        except RefusedError as error:
            for line in str(error).splitlines():
                log.error("kafka: %s", line)  # noqa: TRY400 - where it was raised helps nobody
            self.app.refused = True
            self._stopped.set()

    def execute_from_commandline(self) -> NoReturn:
        """Run until it is stopped; exit with 0, or with 1 if it cannot run."""
        try:
            super().execute_from_commandline()
        except SystemExit as done:
            raise SystemExit(FAILED if self.app.refused else done.code) from None
        raise SystemExit  # Faust always exits

    def _setup_logging(self) -> None:
        logs.set_up(self.loglevel or self.app.deployment.log)
