"""The load that figures are measured with: usage events of about 200 B, in the order of their time.

500 accounts; users, each of one account, plan and country; 20 features; 5 plans × 6 countries = 30 combinations; 1 %
duplicates. Two events of three are tracked uses of a feature, of which 3 % fail; the others are page views. By default
they fill an hour: each of 10,000 users does something every 36 seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

ACCOUNTS, FEATURES = 500, 20
PLANS = ("free", "basic", "team", "pro", "enterprise")
COUNTRIES = ("BR", "DE", "FR", "GB", "JP", "US")
START = 1_767_225_600  # 2026-01-01
DUPLICATES = 0.01


def usage(events: int, users: int = 10_000, seed: int = 1, span: int = 3_600, start: int = START) -> Iterator[bytes]:
    """Yield the JSON lines of so many events, spread evenly over `span` seconds."""
    choose = random.Random(seed)
    draw = choose.random
    people = [
        (f"account-{number % ACCOUNTS:03}", f"user-{number:06}", choose.choice(PLANS), choose.choice(COUNTRIES))
        for number in range(users)
    ]
    line = b""
    for number in range(events):
        if line and draw() < DUPLICATES:
            yield line
            continue
        at = start * 1_000 + number * span * 1_000 // events
        moment = datetime.fromtimestamp(at // 1_000, UTC)
        account, user, plan, country = people[int(draw() * users)]
        if draw() < 2 / 3:
            outcome = ',"outcome":"failure"' if draw() < 0.03 else ""
            what = f'"usage.tracked","name":"use","feature":"feature-{int(draw() * FEATURES):02}"{outcome}'
        else:
            what = f'"usage.page_viewed","path":"/page/{int(draw() * 50)}","page_view_id":"v{number:07}"'
        line = (
            f'{{"id":"e{number:08}","source":"web","type":{what},"time":"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1_000:03}Z",'
            f'"account_id":"{account}","user_id":"{user}","plan":"{plan}","country":"{country}"}}'
        ).encode()
        yield line
