"""A page in a real browser, and what a person would see there: texts on each other, cut off, or hard to read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright
from servers.install import ensure

OVERLAPS, FAINT = (Path(__file__).with_name(name).read_text() for name in ("overlaps.js", "faint.js"))


class Watched:
    """A page whose complaints and requests are noted."""

    def __init__(self, page, url):
        self.complaints, self.requests = [], []
        self._url = url
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def check(self):
        """Nothing was complained of, and nothing asked elsewhere."""
        assert not self.complaints, self.complaints
        assert self.requests
        elsewhere = [url for url in self.requests if not url.startswith(self._url)]
        assert not elsewhere, elsewhere


@contextmanager
def chromium() -> Iterator:
    """Debian's Chromium; while it is there, so is an event loop, which tests of other modules could not stand."""
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses to have one for root
        found = playwright.chromium.launch(
            executable_path=ensure("chromium"), args=[*sandbox, "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


def open_page(browser, width, height, **options):
    """Open a page with patience."""
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    return page
