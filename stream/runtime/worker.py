"""The process of a worker, whoever starts it: `vitals worker` or `faust -A stream.app worker`."""

from __future__ import annotations

from typing import Any

import faust

from stream import logs


class Worker(faust.Worker):
    """Faust's worker with the logs of Vitals, and no spinner, which would write control sequences into them."""

    def __init__(self, app: Any, *services: Any, **settings: Any) -> None:
        super().__init__(app, *services, **{**settings, "redirect_stdouts": False})
        self.spinner = None

    def _setup_logging(self) -> None:
        logs.set_up(self.loglevel or self.app.deployment.log)
