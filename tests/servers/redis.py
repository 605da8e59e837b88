"""A Redis server without persistence: what it held is gone when it ends, as after the loss of a cache."""

from contextlib import suppress
from pathlib import Path

from redis import Redis as Client
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import TimeoutError as NoAnswerError

from .install import ensure
from .port import Port
from .process import Server


class Redis(Server):
    """A Redis of one's own, to be stopped and killed at will.

    Args:
        password: what clients must say, where given; it is part of `url`.
        directory: where its log is; default a temporary directory, deleted by `close`.
    """

    name = "redis"

    def __init__(self, *, password: str | None = None, directory: Path | None = None) -> None:
        super().__init__(directory)
        self._port = Port()
        self.port = self._port.number
        self.password = password
        self.url = f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}/0"

    def close(self) -> None:
        """Stops the server and gives its port back."""
        super().close()
        self._port.close()

    def _command(self) -> list[str]:
        command = [ensure("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.data)]
        return [*command, "--requirepass", self.password] if self.password else command

    def _answers(self) -> bool:
        # The port first: the client tries for seconds, in ever longer steps, before it says that nobody listens.
        if not self._port.answers():
            return False
        with suppress(NoConnectionError, NoAnswerError), Client.from_url(self.url, socket_timeout=1) as client:
            return bool(client.ping())
        return False
