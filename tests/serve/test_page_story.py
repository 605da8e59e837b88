"""The page in a real browser: numbers move, an alert comes and goes, a number explains itself, nothing leaves.

`UPDATE_PICTURES=1` tells the same story on the simulator's 45 days, and keeps the pictures of the documentation.
"""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from browsing import FAINT, OVERLAPS, Watched, open_page
from business import NOON
from playwright.sync_api import expect
from publishing import Publishing
from waiting import wait_for

from schemas.times import format_time, parse_time
from stream.engine.kpis import CATALOGUE
from stream.simulate import Business, to_lines

PICTURES = Path(__file__).parents[2] / "docs" / "images"
UPDATE = bool(os.environ.get("UPDATE_PICTURES"))
CROWD = 16
RULES = [
    {"name": "rush", "value": "active_users.5m", "above": CROWD - 1, "severity": "page"}
    | {"summary": "{value} people at once"},
    {"name": "error_rate", "value": "error_rate.24h", "above": Decimal("0.01"), "severity": "ticket"}
    | {"summary": "Errors: {value:.1%} of attempts in 24 hours"},
]


@pytest.fixture
def world(own_redis, four_days):
    """A business with the hours before now as its history; `world.now` is now."""
    now, step = (parse_time("2026-02-18T14:31:00Z") // 1_000_000, 300) if UPDATE else (NOON, 1_800)
    lines = list(to_lines(Business(seed=7, days=45))) if UPDATE else four_days
    redis = own_redis()  # the pictures show the name space
    world = Publishing(redis.url, "vitals", lines, RULES)
    world.namespace, world.url, world.now = "vitals", redis.url, now
    for second in range(now - 25 * 3_600, now, step):
        world.until(second, every_segment=False)
    world.until(now)
    yield world
    world.close()


def crowd(second):
    """Everybody comes at once."""
    for number in range(CROWD):
        event = {"type": "usage.tracked", "name": "export", "feature": "export", "plan": "pro", "country": "DE"}
        common = {"id": f"crowd-{number}", "source": "test", "account_id": "acme", "user_id": f"user-{number}"}
        yield json.dumps(event | common | {"time": format_time(second * 1_000_000 + number)}).encode()


def test_a_day_at_the_page(world, serving, at, browser, tmp_path):
    at(world.now + 1)
    server = serving(world, redis_url=world.url)
    pictures = PICTURES if UPDATE else tmp_path
    pictures.mkdir(exist_ok=True)
    page = open_page(browser, 1920, 1080)
    watched = Watched(page, server.url)
    page.goto(server.url)
    figure = page.locator('[data-value="active_users.5m"] .figure')
    expect(page.locator("#state-word")).to_have_text("Live, complete")
    before = server.api("snapshot")["values"]["active_users.5m"]
    expect(figure).to_have_text(str(before))
    expect(page.locator("#firing .alert")).to_have_count(1)
    page.evaluate("window.isTheSame = true")

    # values change without a reload, and an alert appears
    for line in crowd(world.now + 30):
        world.add(line)
    at(world.now + 61)
    world.until(world.now + 60)
    expect(page.locator("#firing .alert[data-severity=page] .alert-summary")).to_contain_text("people at once")
    assert int(figure.text_content()) == server.api("snapshot")["values"]["active_users.5m"] >= CROWD
    expect(page.locator("#announcer")).to_contain_text("Alert: ")
    expect(page.locator(".spark:not([data-empty])").nth(15)).to_be_attached()
    look_at(page, pictures / "page-wide.png")

    # a definition opens
    page.locator('[data-value="active_users.5m"] .what').click()
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_have_text("Active users")
    expect(panel).to_contain_text(CATALOGUE["active_users"].definition)
    expect(panel.locator(f'a[href="{CATALOGUE["active_users"].source}"]')).to_be_visible()
    expect(panel.locator(".breakdown .bar-row").first).to_be_visible()
    expect(panel.locator("canvas")).to_be_visible()
    look_at(page, pictures / "page-panel.png")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    # the alert resolves
    at(world.now + 601)
    world.until(world.now + 600)
    expect(page.locator("#firing .alert[data-severity=page]")).to_have_count(0)
    expect(page.locator("#resolved")).to_contain_text("people at once")
    assert page.evaluate("window.isTheSame")
    watched.check()

    phone = open_page(browser, 390, 844, device_scale_factor=2)
    phone.goto(server.url)
    expect(phone.locator(".spark:not([data-empty])").nth(15)).to_be_attached()
    look_at(phone, pictures / "page-phone.png")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1920, 1080)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overlaps_and_everything_can_be_read(width, height, theme, published, serving, browser, tmp_path):
    server = serving(published)
    page = open_page(browser, width, height, color_scheme=theme)
    watched = Watched(page, server.url)
    page.goto(server.url)
    expect(page.locator("#services table")).to_be_visible()
    expect(page.locator("#history-chart canvas")).to_be_visible()
    page.locator("#all summary").click()
    expect(page.locator("#all-table .what").first).to_be_visible()
    look_at(page, tmp_path / "page.png")
    assert page.evaluate(FAINT) == []
    page.locator('[data-value="churn_rate.30d"] .what').click()
    expect(page.locator("#panel .reason")).to_have_text("No value: no accounts at start")
    look_at(page, tmp_path / "panel.png")
    assert page.evaluate(FAINT) == []
    watched.check()


def look_at(page, picture):
    """Keep what is on the screen, and see that nothing lies on anything else."""
    page.evaluate("scrollTo(0, 0)")
    # the page's policy allows no `wait_for_function`, which evaluates texts
    wait_for(lambda: page.evaluate("document.getAnimations().every((one) => one.playState !== 'running')"), "rest")
    page.screenshot(path=picture, animations="disabled")
    assert page.evaluate(OVERLAPS) == []
