"""What the page says when something is not as it should be, and what else people do with it."""

import json
import re

import pytest
from browsing import Watched, open_page
from business import NOON, RULES
from playwright.sync_api import expect
from publishing import Publishing

WORD, BANNER = "#state-word", "#banner"


@pytest.fixture
def world(own_redis, four_days):
    redis = own_redis()
    world = Publishing(redis.url, "states", four_days[-2_500:], RULES)
    world.namespace, world.redis = "states", redis
    yield world
    world.close()


@pytest.fixture
def page(browser):
    return open_page(browser, 1280, 800)


def test_waiting_stale_incomplete_and_cut_off(world, serving, at, page):
    server = serving(world, redis_url=world.redis.url)
    page.goto(server.url)
    expect(page.locator(WORD)).to_have_text("No data yet")
    expect(page.locator(BANNER)).to_contain_text("vitals worker")
    world.until(NOON)
    expect(page.locator(WORD)).to_have_text("Live, complete")
    expect(page.locator(BANNER)).to_be_hidden()
    expect(page.locator('[data-value="active_users.5m"]')).to_have_attribute("data-state", "value")

    world.incomplete(NOON + 1)
    expect(page.locator(WORD)).to_have_text("Incomplete")
    world.until(NOON + 2)
    expect(page.locator(WORD)).to_have_text("Live, complete")

    world.redis.stop()
    expect(page.locator(WORD)).to_have_text("Redis is down", timeout=20_000)
    expect(page.locator(BANNER)).to_contain_text("what you see is from before")
    world.redis.start()
    at(NOON + 3_600)
    world.until(NOON + 3)
    expect(page.locator(WORD)).to_have_text("Stale", timeout=20_000)
    expect(page.locator(BANNER)).to_contain_text("59 min")
    world.until(NOON + 3_600)
    expect(page.locator(WORD)).to_have_text("Live, complete")


def test_no_value_is_shown_with_its_reason(published, serving, page):
    page.goto(serving(published).url)
    tile = page.locator('[data-value="churn_rate.30d"]')
    expect(tile).to_have_attribute("data-state", "null")
    expect(tile.locator(".figure")).to_have_text("–")
    expect(tile.locator(".note")).to_have_text("no accounts at start")


def test_a_segment_is_chosen_kept_in_the_address_and_left_again(published, serving, page):
    server = serving(published)
    watched = Watched(page, server.url)
    page.goto(server.url)
    figure = page.locator('[data-value="active_users.24h"] .figure')
    everybody, pro = (
        server.api("snapshot", segment=segment)["values"]["active_users.24h"] for segment in ("all", "plan=pro")
    )
    assert everybody != pro
    expect(figure).to_have_text(str(everybody))
    page.locator("#segment").select_option("plan=pro")
    expect(figure).to_have_text(str(pro))
    expect(page).to_have_url(f"{server.url}?segment=plan%3Dpro")
    page.reload()
    expect(figure).to_have_text(str(pro))
    page.go_back()
    expect(figure).to_have_text(str(everybody))
    page.goto(f"{server.url}?segment=plan%3Dnone")
    expect(page.locator(WORD)).to_have_text("No such segment")
    watched.check()


def test_the_keyboard_is_enough(published, serving, page):
    page.goto(serving(published).url)
    expect(page.locator(WORD)).to_have_text("Live, complete")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    first = page.locator("#glance .what").first
    for _ in range(8):  # past the alert
        page.keyboard.press("Tab")
        if first.evaluate("node => node === document.activeElement"):
            break
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator("#panel")).to_have_attribute("aria-labelledby", "panel-title")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(first).to_be_focused()


def test_dark_light_and_remembered(published, serving, page):
    page.goto(serving(published).url)
    page.emulate_media(color_scheme="dark")
    ground = lambda: page.evaluate("getComputedStyle(document.body).backgroundColor")  # noqa: E731 - asked for thrice
    dark = ground()
    page.locator("#theme").click()
    expect(page.locator("#theme")).to_have_text("Light")
    assert ground() != dark
    page.reload()
    expect(page.locator("#theme")).to_have_text("Light")
    assert ground() != dark


def test_any_value_has_a_chart_and_is_found(published, serving, page):
    page.goto(serving(published).url)
    page.locator("#history-kpi").select_option(label="Session duration median")
    page.locator("#history-window").select_option("7d")
    expect(page.locator("#history-chart .plot")).to_have_attribute(
        "aria-label", re.compile(r"^Session duration median, last 7 days\. Since ")
    )
    page.locator("#all summary").click()
    rows = page.locator("#all-table tr[data-words]:visible")
    page.locator("#all-search").fill("mrr involuntary")
    expect(rows).to_have_count(1)
    page.locator("#all-table .what:visible").first.click()
    expect(page.locator("#panel h2")).to_have_text("Churned MRR involuntary")


def test_texts_from_events_are_texts(world, serving, page):
    """A plan may be called anything: it becomes no markup."""
    name = "<img src=x onerror=alert(1)>"
    event = {"id": "x", "source": "test", "type": "usage.tracked", "name": "use", "time": "2026-01-08T11:59:00Z"}
    world.add(json.dumps(event | dict.fromkeys(("feature", "plan", "user_id", "account_id"), name)).encode())
    world.until(NOON)
    server = serving(world, redis_url=world.redis.url)
    watched = Watched(page, server.url)
    page.goto(f"{server.url}?segment=plan%3D{name.replace('=', '%3D').replace(' ', '%20')}")
    expect(page.locator("#features")).to_contain_text(name)
    expect(page.locator("#segment option:checked")).to_have_text(name)
    assert page.locator("img").count() == 0
    watched.check()
