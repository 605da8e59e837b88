"""The real Kafka and the real Redis that the tests run against: decision 0001 says why and how they are chosen."""

from .broker import Broker
from .choice import Addresses, servers
from .errors import ServersError
from .kafka import Kafka
from .redis import Redis

__all__ = ["Addresses", "Broker", "Kafka", "Redis", "ServersError", "servers"]
