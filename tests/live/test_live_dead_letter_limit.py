"""A partition with too many dead letters stops, says so everywhere, and goes on when it is told to, and not before."""

import json
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

from living import vitals
from making import at, spoken, tracked
from servers.port import Port
from waiting import wait_for

NOW = at("2026-03-02T12:00:00+00:00")


def _ready(address):
    try:
        with urlopen(f"http://{address}/readyz") as answer:
            return json.load(answer)
    except HTTPError as error:
        with error:
            return json.load(error)
    except OSError:
        return {}


def _metrics(address):
    with urlopen(f"http://{address}/metrics") as answer:
        return answer.read().decode()


def _alerts(system):
    return [(alert["rule"], alert["status"]) for alert in (json.loads(one.value) for one in system.read("alerts"))]


def test_a_partition_with_too_many_dead_letters_stops_until_it_is_told_to_go_on(live, request):
    port = Port()
    request.addfinalizer(port.close)
    address = f"127.0.0.1:{port.number}"
    system = live(clock=spoken(NOW), partitions="2", metrics=address)
    system.make_topics()
    here = system.partition(b"acme")
    other = next(name for name in ("one", "two", "three", "four") if system.partition(name.encode()) != here)
    good = [tracked(NOW - timedelta(seconds=one % 60 + 1), "acme", f"user-{one}") for one in range(2_000)]
    worker = system.worker()
    system.publish(good[:1_000])
    system.wait_for(1_000)
    stopped = f"{system.namespace}-{here}: stops reading: .*usage.*vitals dlq resume {here}"

    system.publish_records([("usage", here, b"acme", b"no event") for _ in range(700)])
    worker.says(stopped)
    system.publish(good[1_000:])
    system.publish([tracked(NOW - timedelta(seconds=5), other)])

    snapshot = system.wait_for_values(  # the other partition goes on
        lambda said: (said["counts"]["events"], said["counts"]["dead_letters"]) == (1_001, 700)
    )
    assert not snapshot["complete"]
    wait_for(lambda: _ready(address).get("trouble"), "trouble")
    assert list(_ready(address)["trouble"]) == [f"{system.namespace}-{here}"]
    assert "vitals dlq resume" in _ready(address)["trouble"][f"{system.namespace}-{here}"]
    assert f'vitals_partition_stopped{{partition="{here}"}} 1.0' in _metrics(address)
    assert f'vitals_dead_letters_total{{partition="{here}",reason="not_json"}} 700.0' in _metrics(address)
    wait_for(lambda: _alerts(system) == [("vitals_dead_letter_limit", "firing")], "the alert")

    found = vitals("doctor", directory=system.directory, check=False, **system.variables)
    assert (
        f"✗ worker: {system.namespace}-{here}: has stopped: too many records of usage are dead letters; `vit" in found
    )

    # whoever takes the partition over has stopped as well
    assert worker.stop() == 0
    worker = system.worker()
    worker.says("ready in")
    wait_for(lambda: _ready(address).get("trouble"), "trouble, still")
    assert system.snapshot()["counts"]["events"] == 1_001

    vitals("dlq", "resume", str(here), directory=system.directory, **system.variables)

    worker.says("goes on reading")
    snapshot = system.wait_for(2_701)
    assert snapshot["counts"]["events"] == 2_001
    wait_for(lambda: _ready(address)["status"] == "ready", "readiness")
    wait_for(lambda: len(_alerts(system)) == 2, "the end of the alert")
    assert _alerts(system)[-1] == ("vitals_dead_letter_limit", "resolved")
    assert worker.stop() == 0


def test_without_a_limit_no_partition_stops(live):
    system = live(clock=spoken(NOW), partitions="1", dead_letter_limit="off")
    system.make_topics()
    system.publish_records([("usage", 0, b"acme", b"no event") for _ in range(2_000)])
    system.publish([tracked(NOW - timedelta(seconds=5))])
    worker = system.worker()

    snapshot = system.wait_for(2_001)

    assert (snapshot["counts"]["events"], snapshot["counts"]["dead_letters"]) == (1, 2_000)
    assert "stops reading" not in worker.log
