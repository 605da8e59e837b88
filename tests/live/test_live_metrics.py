"""What a worker says of itself over HTTP."""

import json
from datetime import timedelta
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from making import at, spoken, tracked
from prometheus_client.parser import text_string_to_metric_families
from servers.port import Port
from waiting import wait_for

NOW = at("2026-03-02T12:00:00+00:00")


def _answer(url):
    try:
        with urlopen(url) as response:  # noqa: S310 - this machine's
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except URLError:
        return 0, ""


def _samples(url):
    status, metrics = _answer(url)
    assert status == 200, metrics
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
    }


def test_a_worker_says_how_it_is(live, request):
    port = Port()
    request.addfinalizer(port.close)
    address = f"127.0.0.1:{port.number}"
    system = live(clock=spoken(NOW), metrics=address)
    system.make_topics()
    worker = system.worker()
    system.publish([tracked(NOW - timedelta(seconds=30 + one), "account", f"user-{one}") for one in range(20)])
    system.wait_for(20)

    def samples_with_nothing_under_way():
        """Each second's publication is on its way to Redis for a moment."""
        samples = _samples(f"http://{address}/metrics")
        return samples if samples["vitals_redis_behind",] == 0 else None

    wait_for(lambda: _answer(f"http://{address}/readyz")[0] == 200, "the worker is ready")
    samples = wait_for(samples_with_nothing_under_way, "Redis has all that was published")
    taken = [value for (name, *labels), value in samples.items() if name == "vitals_input_events_total"]
    tasks = [value for (name, *labels), value in samples.items() if name == "vitals_task_ready"]

    assert (sum(taken), tasks) == (20, [1.0] * 5)  # four partitions and the merge
    assert samples["vitals_redis_retries_total",] == 0
    assert samples["vitals_redis_revision",] >= 1
    assert samples["vitals_revision",] >= samples["vitals_redis_revision",]
    assert samples["vitals_ledger_contradictions_total",] == 0
    assert not any(value for (name, *_), value in samples.items() if name == "vitals_lag_events")
    assert json.loads(_answer(f"http://{address}/healthz")[1]) == {"status": "ok"}
    assert worker.stop() == 0
