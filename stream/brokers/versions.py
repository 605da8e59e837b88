"""What kafka-python must be told of a broker that it cannot ask.

It asks for the versions of the protocol in a way that brokers before Kafka 2.4 do not know. Kafka itself says so in a
form that it reads; librdkafka's mock cluster, the broker of `vitals demo`, in one that it does not, and it tries again
until time is over.
"""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from typing import Final

from stream.settings.deployment import Deployment

_API_VERSIONS: Final = 18
_ASKED_NEWLY: Final = 3
"""The first version of that request that only Kafka 2.4 and later know."""
_OLD: Final = (2, 0)
_PATIENCE: Final = 1.0
_LARGEST: Final = 2**16


def told_version(deployment: Deployment) -> tuple[int, int] | None:
    """Return the version of Kafka to assume of the brokers; None: kafka-python finds out."""
    if deployment.kafka_security != "plaintext":
        return None
    host, _, port = deployment.kafka_bootstrap.split(",")[0].rpartition(":")
    try:
        with closing(socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE)) as connection:
            known = _newest(connection)
    except (OSError, struct.error):
        return None  # whoever connects next says what is wrong
    return _OLD if known is not None and known < _ASKED_NEWLY else None


def _newest(connection: socket.socket) -> int | None:
    """Return the newest version of the request for versions that a broker knows."""
    asked = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)
    connection.sendall(struct.pack(">i", len(asked)) + asked)
    (size,) = struct.unpack(">i", _read(connection, 4))
    data = _read(connection, min(max(size, 0), _LARGEST))
    _, _, count = struct.unpack_from(">ihi", data)
    for place in range(count):
        key, _, newest = struct.unpack_from(">hhh", data, 10 + 6 * place)
        if key == _API_VERSIONS:
            return int(newest)
    return None


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data
