"""A deployment at work: a worker of its own name space on the servers of the run."""

import json
import os
import subprocess
import uuid
from pathlib import Path

from calling import PROGRAM
from redis import Redis
from waiting import wait_for

ROOT = Path(__file__).parents[2]
DEFINITIONS = """\
alerting: {interval: 10s}
rules:
  - {name: somebody, value: active_users.5m, above: 0, severity: info, summary: "{value} are here"}
"""


class Working:
    """A worker as a process, and what it wrote. `settings` are the variables of its deployment."""

    def __init__(self, kafka, redis_url, directory):
        self.namespace = f"working-{uuid.uuid4().hex[:8]}"
        self.kafka = kafka
        self.redis = Redis.from_url(redis_url, decode_responses=True)
        self.log = directory / "worker.log"
        (directory / "vitals.yaml").write_text(DEFINITIONS)
        self.settings = {
            "VITALS_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "VITALS_REDIS_URL": redis_url,
            "VITALS_NAMESPACE": self.namespace,
            "VITALS_PARTITIONS": "2",
        }
        clean = {key: value for key, value in os.environ.items() if not key.startswith("VITALS_")}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*PROGRAM, "worker"],
                cwd=directory,
                env=clean | self.settings | {"PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=out,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.kafka.delete_topics(self.namespace)
        for key in self.redis.scan_iter(f"{self.namespace}*", count=1000):
            self.redis.delete(key)
        self.redis.close()

    @property
    def snapshot(self):
        data = self.redis.get(f"{self.namespace}:snapshot:all:json")
        return {} if data is None else json.loads(data)

    @property
    def counts(self):
        return self.snapshot.get("counts", {})

    def wait_for_counts(self, **wanted):
        self.wait_for(lambda: wanted.items() <= self.counts.items(), f"{wanted}")

    def wait_for(self, look, what):
        return wait_for(look, what, more=lambda: f"{self.counts}\n{self.log.read_text()}")

    def wait_until_ready(self):
        """Until there is a complete snapshot."""
        self.wait_for(lambda: self.snapshot.get("complete"), "a complete snapshot")
