"""What a worker may find in its topics when it comes: any compression, and hours of instants to judge."""

from datetime import timedelta

from making import at, spoken, tracked

NOW = at("2026-03-02T12:00:00+00:00")


def test_records_may_be_compressed(live):
    system = live(clock=spoken(NOW), partitions="1")
    system.make_topics()
    system.worker()
    for number, compression in enumerate(("gzip", "snappy", "lz4", "zstd")):
        events = [tracked(NOW - timedelta(seconds=30), "acme", f"user-{number}-{one}") for one in range(20)]
        system.publish(events, compression)

    assert system.wait_for(80)["values"]["active_users.5m"] == 80


def test_instants_of_hours_are_judged_over_many_checkpoints(live):
    """More instants than a transaction could hold before it is too old: two hours by the second."""
    system = live(clock=spoken(NOW), partitions="1")
    system.configure(
        "alerting: {interval: 1s, catch_up: 2h}\nrules: [{name: crowd, value: active_users.5m, above: 3}]\n"
    )
    system.make_topics()
    system.publish([tracked(NOW - timedelta(hours=2) + timedelta(seconds=60 * one), "acme") for one in range(120)])
    worker = system.worker()

    assert system.wait_for(120)["counts"]["events"] == 120
    assert "starts over" not in worker.log
