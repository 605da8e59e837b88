"""`vitals serve` in a thread, at a time of the test's choosing, and how it is asked."""

import http.client
import json
import threading
from contextlib import contextmanager
from urllib.parse import quote, urlencode, urlsplit

from waiting import wait_for

from stream.serve.server import address_of, listen, make_server


class Answer:
    """What came back: `status`, `headers` by lower-case name, `body`."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Serving:
    """A server of the page and the API."""

    def __init__(self, deployment, definitions):
        self._socket = listen(deployment)
        self.url = address_of(self._socket)
        self._server = make_server(deployment, definitions)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self):
        self._thread.start()
        wait_for(self._answers, "the server")
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join(30)
        self._socket.close()
        assert not self._thread.is_alive()

    def _answers(self):
        try:
            return self.get("healthz").status == 200
        except OSError:
            return False

    def get(self, path, headers=None, **query):
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        address = "/" + quote(path) + (f"?{urlencode(query, doseq=True)}" if query else "")
        try:
            connection.request("GET", address, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def api(self, path, **query):
        """What the API answers, which must be an answer."""
        answer = self.get(f"api/v1/{path}", **query)
        assert answer.status == 200, answer.body
        return answer.json()

    @contextmanager
    def events(self, **query):
        """Yield an iterator of (event, data) as they come."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        connection.request("GET", f"/api/v1/events?{urlencode(query)}")
        response = connection.getresponse()
        assert response.status == 200
        try:
            yield _events(response)
        finally:
            response.close()
            connection.close()


def _events(response):
    name = None
    for line in response:
        field, _, value = line.decode().rstrip("\r\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
