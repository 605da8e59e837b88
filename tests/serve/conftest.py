"""A business in Redis, written there by what workers write with, and a server of it."""

import json
import uuid
from contextlib import ExitStack

import pytest
from browsing import chromium
from business import NOON, RULES, START
from publishing import Publishing
from redis import Redis
from serving import Serving

from stream import clock
from stream.settings.deployment import Deployment
from stream.simulate import Business, to_lines


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No `vitals.yaml`, no `.env` and no variables of the machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("VITALS_CONFIG", "VITALS_REDIS_URL", "VITALS_BIND", "VITALS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def four_days():
    """The events of a few accounts in four days, and two that have said that they will leave."""
    lines = list(to_lines(Business(seed=3, days=4, start=START, accounts=6)))
    return [*lines, leaving("acme", 50_000), leaving("globex", 70_000)]


def leaving(account, amount):
    event = {
        "id": f"{account}-leaves",
        "source": "test",
        "type": "billing.subscription_changed",
        "time": "2026-01-07T09:00:00Z",
        "account_id": account,
        "subscription_id": account,
        "status": "active",
        "plan": "pro",
        "cancel_at": "2026-02-07T09:00:00Z",
        "items": [{"amount": amount, "currency": "USD", "interval": "month"}],
    }
    return json.dumps(event).encode()


@pytest.fixture(scope="session")
def quarter_hours():
    """Instants of the history: the six hours up to noon."""
    return range(NOON - 6 * 3_600, NOON + 1, 900)


@pytest.fixture(scope="session")
def published(redis_url, four_days, quarter_hours):
    """A business at noon, published once for all tests that only read it; its name space is `published.namespace`."""
    namespace = f"serve-{uuid.uuid4().hex[:8]}"
    world = Publishing(redis_url, namespace, four_days, RULES)
    for second in quarter_hours:
        world.until(second, every_segment=second == NOON)
    world.namespace = namespace
    yield world
    world.close()
    with Redis.from_url(redis_url) as client:
        for key in client.scan_iter(f"{namespace}*", count=1000):
            client.delete(key)


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the server, in seconds; it stands."""

    shown = [float(NOON + 1)]
    monkeypatch.setattr(clock, "now", lambda: shown[0])

    def set_clock(second):
        shown[0] = float(second)

    return set_clock


@pytest.fixture
def serving(at, redis_url):
    """Start a server: `serving(world)`, `serving(namespace=…, token=…)`."""
    del at
    with ExitStack() as stack:

        def start(world=None, **settings):
            settings.setdefault("redis_url", redis_url)
            settings.setdefault("bind", "127.0.0.1:0")
            if world is not None:
                settings.setdefault("namespace", world.namespace)
            definitions = Publishing.definitions_of(()) if world is None else world.definitions
            return stack.enter_context(Serving(Deployment(**settings), definitions))

        yield start


@pytest.fixture(scope="module")
def browser():
    """The browser of a module's tests."""
    with chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def no_page_left(request):
    """Close the pages of a test before its server, which would wait for them."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()
