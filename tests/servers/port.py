"""Ports that stay ours while a server is down."""

import random
import socket
from contextlib import suppress

# Below the ports the kernel hands out to connecting sockets (32768 and up on Linux). A client that keeps dialling a
# dead server's port in that range sooner or later gets connected to itself, and the server never gets its port back.
_RANGE = range(20_000, 26_000)
_SYSTEM = random.SystemRandom()  # pytest-randomly gives all workers the same seed, hence the same "random" ports


class Port:
    """A free port of the loopback interface, reserved among all processes that reserve theirs here."""

    number: int

    def __init__(self) -> None:
        for number in _SYSTEM.sample(_RANGE, 200):
            reservation = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with suppress(OSError), socket.socket() as probe:
                reservation.bind(
                    f"\0vitals-tests-port-{number}"
                )  # a name in the kernel: gone with the process, no file
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", number))
                self.number, self._reservation = number, reservation
                return
            reservation.close()
        raise OSError("no free port on 127.0.0.1")

    def close(self) -> None:
        """Gives the port back."""
        self._reservation.close()

    def answers(self) -> bool:
        """Tells whether somebody listens."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.number), timeout=1):
            return True
        return False
