"""What the demo says to the person at the terminal."""

from __future__ import annotations

from typing import Final

BEGINS: Final = "A broker, a Redis, forty days of a business and a worker are getting ready; this takes some seconds."
ENDED: Final = "The demo has ended; nothing is left behind."
OVER: Final = "The story is over: a week has passed. Start the demo again for another one."


_EVENT: Final = (
    """{"id": "'$(date +%s)'", "source": "me", "type": "usage.tracked", "name": "hello", "user_id": "me", """
    """"account_id": "mine", "country": "DE", "time": "'$(date -u +%FT%TZ)'"}"""
)
"""For a shell, within single quotes."""


def welcome(page: str, kafka: str, redis: str, definitions: str, command: str) -> str:
    """Return what the user is told when all is there.

    Args:
        page: its address.
        kafka: `host:port`.
        redis: its URL.
        definitions: the path of what is measured.
        command: how the user calls `vitals`.
    """
    port = redis.rpartition(":")[2].partition("/")[0]
    return f"""
Vitals is at {page}

Look at
  - the numbers: people come and go each second, and forty days are behind them
  - the alerts: in 15 seconds the checkout fails for 20 seconds; checkout_down fires, then resolves

Add an event of your own, from another terminal: each one adds 1 to `events.5m`, of all and of country=DE
  echo '{_EVENT}' | VITALS_KAFKA_BOOTSTRAP={kafka} {command} publish -

Read what programs read
  curl '{page}api/v1/snapshot'
  redis-cli -p {port} HGET vitals:snapshot:all events.5m

What is measured, and when to alert: {definitions}
Ctrl-C ends it all.
"""


def alert(status: str, rule: str, summary: str) -> str:
    """Return what the user is told of an alert."""
    return f"alert {rule} is {status}: {summary}"
