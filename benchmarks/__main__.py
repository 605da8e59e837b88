"""All benchmarks, one after another: `make bench`. Each prints a line of JSON; docs/benchmarks.md explains them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import backlog, idiomatic, live, recovery, refilling, replaying, segments
from benchmarks.measuring import machine
from tests.servers import servers

NAMES = ("replay", "segments", "live", "recovery", "backlog", "refill", "faust")
NEED_SERVERS = frozenset(NAMES) - {"replay", "segments"}


@contextmanager
def _addresses() -> Iterator[tuple[str, str]]:
    """Yield the addresses of a broker and a Redis: those of the environment, else some that are started here."""
    bootstrap, redis_url = os.environ.get("VITALS_KAFKA_BOOTSTRAP"), os.environ.get("VITALS_REDIS_URL")
    if bootstrap and redis_url:
        yield bootstrap, redis_url
        return
    with servers() as (bootstrap, redis_url):
        yield bootstrap, redis_url


def _say(name: str, figures: dict[str, float]) -> dict[str, float]:
    print(json.dumps({"benchmark": name} | figures), flush=True)
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help=f"which: {', '.join(NAMES)}; default: all")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, nargs="+", default=[10_000, 500_000])
    parser.add_argument("--backlog", type=int, nargs="+", default=[1_000_000, 5_000_000], help="events of each backlog")
    parser.add_argument("--accounts", type=int, default=100_000, help="that an empty Redis gets again")
    parser.add_argument("--faust-events", type=int, default=50_000, help="fewer, since it takes long")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    print(machine(), flush=True)
    if "replay" in asked.names:
        _say("replay", replaying.figures(asked.events))
    if "segments" in asked.names:
        _say("segments", segments.figures(asked.events // 5, asked.users[0]))
    if NEED_SERVERS.isdisjoint(asked.names):
        return
    with _addresses() as (bootstrap, redis_url):
        found = []
        if "live" in asked.names:
            found = [_say("live", live.figures(asked.events, users, bootstrap, redis_url)) for users in asked.users]
        if "recovery" in asked.names:
            _say("recovery", recovery.figures(asked.events, asked.users[-1], bootstrap, redis_url))
        if "backlog" in asked.names:
            for events in asked.backlog:
                _say("backlog", backlog.figures(events, asked.users[0], bootstrap, redis_url))
        if "refill" in asked.names:
            _say("refill", refilling.figures(asked.accounts, redis_url))
        if "faust" in asked.names:
            other = _say("faust", idiomatic.figures(asked.faust_events, bootstrap))
            if found:
                times = found[0]["events_per_second"] / other["events_per_second"]
                print(
                    f"a worker takes {times:.1f} times what an idiomatic Faust agent with one table takes", flush=True
                )


if __name__ == "__main__":
    main()
