"""The page of the demo in a real browser: numbers move, the outage's alert comes and goes, a number explains itself."""

import pytest
from browsing import OVERLAPS, Watched, chromium, open_page
from playwright.sync_api import expect
from showing import Demo, wait_for

from stream.engine.kpis import CATALOGUE


@pytest.mark.timeout(400)
def test_what_is_seen_in_the_first_minute(demo: Demo) -> None:
    address = demo.find(r"Vitals is at (http://127\.0\.0\.1:\d+/)\n")
    with chromium() as browser:
        page = open_page(browser, 1920, 1080)
        watched = Watched(page, address)
        page.goto(address)
        page.evaluate("window.isTheSame = true")
        figure = page.locator('[data-value="active_users.5m"] .figure')
        expect(figure).not_to_be_empty()

        expect(page.locator("#firing")).to_contain_text("heckout", timeout=90_000)
        assert page.evaluate(OVERLAPS) == []
        expect(page.locator("#resolved")).to_contain_text("heckout", timeout=90_000)

        before = page.locator("#state").text_content()
        wait_for(lambda: page.locator("#state").text_content() != before, "another state")
        page.locator('[data-value="active_users.5m"] .what').click()
        expect(page.locator("#panel")).to_contain_text(CATALOGUE["active_users"].definition)
        assert page.evaluate("window.isTheSame")

        phone = open_page(browser, 390, 844)
        watched_phone = Watched(phone, address)
        phone.goto(address)
        expect(phone.locator('[data-value="mrr"] .figure')).not_to_be_empty()
        assert phone.evaluate(OVERLAPS) == []

        watched.check()
        watched_phone.check()
