"""What a person would see on a page: texts that lie on each other, are cut off, or cannot be read."""

from pathlib import Path

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
        assert self.complaints == []
        assert self.requests
        assert [url for url in self.requests if not url.startswith(self._url)] == []
