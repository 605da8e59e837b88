"""What the server of a replay's processes imports, and nothing else may: forks end at Ctrl-C, without a word."""

from __future__ import annotations

import signal

import stream.replay.parts  # noqa: F401 - so that no fork has to

# the server itself is about to ignore it, and lets its forks have what it finds here
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
