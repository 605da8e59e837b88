"""Why a broker cannot be used: the first steps of Kafka's protocol, one by one.

Clients try again and again and say in the end that they could not, whatever it was. The steps apart tell nobody there
from somebody who does not speak Kafka, a listener of another kind, a wrong password, and an address that the broker
advertises and that leads nowhere.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from contextlib import closing
from typing import Any, Final, NamedTuple

from kafka.net.sasl import get_sasl_mechanism

from stream.brokers.connecting import credentials
from stream.settings.deployment import Deployment, variable

PATIENCE: Final = 4.0
"""Seconds that each step may take."""

_AGAIN: Final = 0.3
_METADATA: Final = (3, 1)
_SASL_HANDSHAKE: Final = (17, 1)
_API_VERSIONS: Final = (18, 0)
_SASL_AUTHENTICATE: Final = (36, 0)
_LARGEST: Final = 16 * 2**20
_TLS_ALERT: Final = b"\x15\x03"


class Unusable(Exception):  # noqa: N818 - it says what a broker is, not that the program is at fault
    """A broker cannot be used.

    Attributes:
        found: what is wrong.
        fix: what to do about it.
        for_good: whether time does not mend it.
    """

    def __init__(self, found: str, fix: str, *, for_good: bool = False) -> None:
        super().__init__(f"{found}; {fix}")
        self.found: Final = found
        self.fix: Final = fix
        self.for_good: Final = for_good


class Advertised(NamedTuple):
    """Where a broker says that it can be reached."""

    node: int
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def probe(deployment: Deployment, address: str) -> list[Advertised]:
    """Talk to the broker at an address as a client would; return where it says the brokers of its cluster are.

    Raises:
        Unusable: where that does not work, with the reason and the fix.
    """
    plain = _connected(address, variable("kafka_bootstrap"))
    with closing(plain), closing(_secured(deployment, plain, address)) as connection:  # TLS takes the plain one over
        talk = _Talk(connection)
        _greet(deployment, talk, address)
        if deployment.kafka_security.startswith("sasl"):
            _log_in(deployment, talk, address)
        try:
            return _brokers(talk)
        except _ClosedError:
            raise Unusable(
                f"{address} ends the talk as soon as something is asked",
                f"its listener wants credentials: set {variable('kafka_security')} as the listener has it",
            ) from None


def reach(broker: Advertised) -> None:
    """Open a connection to where a broker says it is.

    Raises:
        Unusable: where nobody listens.
    """
    try:
        _connected(str(broker), "").close()
    except Unusable as nobody:
        raise Unusable(
            f"broker {broker.node} sends its clients to {broker}: {nobody.found}",
            "correct advertised.listeners of the broker, or make that address reachable from here",
        ) from None


def wait_until_usable(deployment: Deployment, patience: float) -> None:
    """Return when a broker can be used. Clients try for long and then do not know why; and leave sockets behind.

    Args:
        deployment: where the brokers are.
        patience: seconds that a broker may take to start; what time does not mend is not waited for.

    Raises:
        Unusable: with the reason and the fix.
    """
    deadline = time.monotonic() + patience
    while True:
        found = [_why_not(deployment, address) for address in deployment.kafka_bootstrap.split(",")]
        reasons = [reason for reason in found if reason is not None]
        if len(reasons) < len(found):
            return
        if time.monotonic() > deadline or all(reason.for_good for reason in reasons):
            raise reasons[0]
        time.sleep(_AGAIN)


def _why_not(deployment: Deployment, address: str) -> Unusable | None:
    try:
        for broker in probe(deployment, address):
            reach(broker)
    except Unusable as reason:
        return reason
    return None


def _connected(address: str, where: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    try:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
    except socket.gaierror:
        raise Unusable(f"there is no host {host}", f"correct {where}") from None
    except ConnectionRefusedError:
        raise Unusable(f"nobody listens at {address}", f"start the broker, or correct {where}") from None
    except OSError as error:
        raise Unusable(
            f"{address} cannot be reached: {error.strerror or error}", f"open the way, or correct {where}"
        ) from None


def _secured(deployment: Deployment, plain: socket.socket, address: str) -> socket.socket:
    if not deployment.kafka_security.endswith("ssl"):
        return plain
    try:
        context = ssl.create_default_context(cafile=deployment.kafka_cafile)
    except OSError as error:  # an SSLError is one, too
        name = variable("kafka_cafile")
        found = f"{deployment.kafka_cafile} cannot be read as certificates ({error.strerror or error})"
        raise Unusable(found, f"correct {name}", for_good=True) from None
    try:
        return context.wrap_socket(plain, server_hostname=address.rpartition(":")[0].strip("[]"))
    except ssl.SSLCertVerificationError as error:
        fix = f"name the certificates to trust in {variable('kafka_cafile')}"
        raise Unusable(f"the certificate of {address} is not trusted: {error.verify_message}", fix) from None
    except OSError:
        fix = f"set {variable('kafka_security')} to plaintext or sasl_plaintext, or give the port of the TLS listener"
        raise Unusable(f"{address} does not speak TLS", fix) from None


class _ClosedError(Exception):
    """The other side closed the connection, or says nothing."""


class _AlienError(Exception):
    """The other side does not speak Kafka; `said` are its first bytes."""

    def __init__(self, said: bytes) -> None:
        super().__init__(said)
        self.said: Final = said


class _Talk:
    """Requests and answers on one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection: Final = connection
        self._number = 0

    def ask(self, request: tuple[int, int], body: bytes = b"") -> _Answer:
        self._number += 1
        client = b"vitals-probe"
        head = struct.pack(f">hhih{len(client)}s", *request, self._number, len(client), client)
        try:
            self._connection.sendall(struct.pack(">i", len(head + body)) + head + body)
            begin = self._read(8)
            size, number = struct.unpack(">ii", begin)
            if number != self._number or not 4 <= size <= _LARGEST:
                raise _AlienError(begin)
            return _Answer(self._read(size - 4))
        except OSError:
            raise _ClosedError from None

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._connection.recv(size - len(data))
            if not more:
                raise _AlienError(data) if data else _ClosedError
            data += more
        return data


class _Answer:
    """The fields of an answer, read one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data: Final = data
        self._at = 0

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from(f">{kind}", self._data, self._at)
        self._at += struct.calcsize(f">{kind}")
        return int(value)

    def data(self, kind: str = "h") -> bytes:
        size = max(self.number(kind), 0)
        self._at += size
        return self._data[self._at - size : self._at]

    def text(self) -> str:
        return self.data().decode()

    def texts(self) -> list[str]:
        return [self.text() for _ in range(self.number("i"))]


def _greet(deployment: Deployment, talk: _Talk, address: str) -> None:
    tls = deployment.kafka_security.endswith("ssl")
    try:
        talk.ask(_API_VERSIONS)
    except _AlienError as error:
        if error.said.startswith(_TLS_ALERT) and not tls:
            raise _wants_tls(address) from None
        fix = f"{variable('kafka_bootstrap')} names the port of something else: give the broker's"
        raise Unusable(f"what listens at {address} does not speak Kafka", fix) from None
    except _ClosedError:
        if not tls and _speaks_tls(address):
            raise _wants_tls(address) from None
        fix = f"{variable('kafka_bootstrap')} names the port of something else, or the broker is not ready"
        raise Unusable(f"what listens at {address} does not answer as Kafka does", fix) from None


def _wants_tls(address: str) -> Unusable:
    return Unusable(f"{address} speaks TLS only", f"set {variable('kafka_security')} to ssl or sasl_ssl", for_good=True)


def _speaks_tls(address: str) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is said on it: it is only looked at
    try:
        with closing(_connected(address, "")) as plain, closing(context.wrap_socket(plain)):
            return True
    except (Unusable, OSError):
        return False


def _log_in(deployment: Deployment, talk: _Talk, address: str) -> None:
    settings: dict[str, Any] = credentials(deployment)
    name = settings["sasl_mechanism"]
    try:
        answer = talk.ask(_SASL_HANDSHAKE, _text(name))
        if answer.number("h"):
            offered = answer.texts()
            if not offered:
                raise _takes_no_credentials(address)
            raise Unusable(
                f"{address} does not offer {name}",
                f"set {variable('kafka_sasl_mechanism')} to one that it does: {', '.join(offered)}",
                for_good=True,
            )
        mechanism = get_sasl_mechanism(name)(**settings)
        while not mechanism.is_done():
            token = mechanism.auth_bytes()
            answer = talk.ask(_SASL_AUTHENTICATE, struct.pack(">i", len(token)) + token)
            if answer.number("h"):
                raise _wrong_password(deployment, address)
            answer.text()
            mechanism.receive(answer.data("i"))
        if not mechanism.is_authenticated():
            raise _wrong_password(deployment, address)
    except _ClosedError:
        raise _takes_no_credentials(address) from None


def _takes_no_credentials(address: str) -> Unusable:
    return Unusable(f"{address} takes no credentials", f"set {variable('kafka_security')} to plaintext or ssl")


def _wrong_password(deployment: Deployment, address: str) -> Unusable:
    names = f"{variable('kafka_username')} and {variable('kafka_password')}"
    found = f"{address} refuses the password of {deployment.kafka_username}"
    return Unusable(found, f"correct {names}", for_good=True)


def _brokers(talk: _Talk) -> list[Advertised]:
    answer = talk.ask(_METADATA, struct.pack(">i", 0))
    found = []
    for _ in range(answer.number("i")):
        found.append(Advertised(answer.number("i"), answer.text(), answer.number("i")))
        answer.text()  # its rack
    return found


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">h", len(data)) + data
