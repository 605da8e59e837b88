"""What a test asks of a Kafka broker, whoever runs it."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

with warnings.catch_warnings():  # kafka-python reads its schemas by a deprecated call; our tests make that an error
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient


class Broker:
    """A broker that answers at `bootstrap`.

    A client is made for each call and closed after it (0.1 s), because a test may restart the broker between two calls.
    """

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    @property
    def direct(self) -> str:
        """The address for administration; other than `bootstrap` where a test puts a proxy between."""
        return self.bootstrap

    def create_topics(self, *names: str, partitions: int = 1, config: Mapping[str, str | int] | None = None) -> None:
        """Creates the topics, and returns when every partition of them has a leader."""
        configs = {key: str(value) for key, value in (config or {}).items()}
        wanted = {"num_partitions": partitions, "replication_factor": 1, "configs": configs}
        with self._admin() as admin:
            admin.create_topics(dict.fromkeys(names, wanted), wait_for_metadata=True)

    def topics(self, prefix: str = "") -> list[str]:
        """Lists the topics whose names begin with `prefix`."""
        with self._admin() as admin:
            return sorted(name for name in admin.list_topics() if name.startswith(prefix))

    def delete_topics(self, prefix: str) -> None:
        """Deletes the topics whose names begin with `prefix`, which may not be empty."""
        if not prefix:
            raise ValueError("this would delete every topic of the broker")
        if names := self.topics(prefix):
            with self._admin() as admin:
                admin.delete_topics(names)

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        admin = KafkaAdminClient(bootstrap_servers=self.direct)
        try:
            yield admin
        finally:
            admin.close()
