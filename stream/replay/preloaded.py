"""What the server of a replay's processes imports, and nothing else may: it is set up as its forks are to be."""

from __future__ import annotations

import stream.replay.parts  # noqa: F401 - so that no fork has to
from stream.replay.processes import set_up

set_up()  # the server is about to ignore Ctrl-C, and lets its forks have what it finds here
