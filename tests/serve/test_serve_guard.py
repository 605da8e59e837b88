"""Who may read: this machine, or whoever has the token."""

import os
import signal
import subprocess
import sys
from http.cookies import SimpleCookie

import pytest
from typer.testing import CliRunner

from stream import logs
from stream.cli import app

TOKEN = "correct horse + battery"  # noqa: S105 - of the test alone


@pytest.fixture
def guarded(serving, published):
    return serving(published, token=TOKEN)


@pytest.mark.parametrize("path", ["", "metrics", "api/v1/snapshot", "api/v1/events", "static/js/main.js", "nothing"])
def test_nothing_of_the_business_without_the_token(guarded, path):
    answer = guarded.get(path)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert b"token" in answer.body


@pytest.mark.parametrize("path", ["healthz", "readyz"])
def test_supervisors_need_no_token(guarded, path):
    assert guarded.get(path).status == 200


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xff"])
def test_a_wrong_header_is_refused(guarded, given):
    assert guarded.get("api/v1/snapshot", headers={"authorization": given}).status == 401


def test_the_right_header_is_let_in(guarded):
    assert guarded.get("api/v1/snapshot", headers={"authorization": f"Bearer {TOKEN}"}).status == 200


def test_the_token_in_the_address_becomes_a_cookie_once(guarded):
    answer = guarded.get("", token=TOKEN, segment="plan=pro")
    assert (answer.status, answer.headers["location"]) == (303, "/?segment=plan%3Dpro")
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert TOKEN not in cookie.value
    headers = {"cookie": f"other=1; {cookie.key}={cookie.value}"}
    assert guarded.get("", headers=headers).status == 200
    assert guarded.get("", headers={"cookie": f"{cookie.key}={cookie.value[:-1]}"}).status == 401
    assert guarded.get("", token=f"{TOKEN}x").status == 401


def test_without_a_token_only_names_of_this_machine_are_answered(serving, published):
    server = serving(published)
    for host in ("localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80"):
        assert server.get("api/v1/segments", headers={"host": host}).status == 200, host
    for host in ("evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", ""):
        assert server.get("api/v1/segments", headers={"host": host}).status in (400, 421), host


def test_every_answer_has_the_headers_that_keep_the_page_here(serving, published):
    server = serving(published)
    for path in ("", "static/js/main.js", "api/v1/snapshot", "metrics", "healthz", "nothing"):
        headers = server.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.fixture(autouse=True)
def own_logs(monkeypatch):
    """A command sets up the logs of its process; pytest's are left alone."""
    monkeypatch.setattr(logs, "set_up", lambda _: None)


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"])
def test_others_could_read_without_a_token_so_it_does_not_start(monkeypatch, bind):
    monkeypatch.setenv("VITALS_BIND", bind)
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 2
    assert f"VITALS_BIND: {bind}" in result.stderr
    assert "set VITALS_TOKEN" in result.stderr


def test_an_address_that_cannot_be_had_is_said(monkeypatch):
    monkeypatch.setenv("VITALS_BIND", "192.0.2.1:8080")
    monkeypatch.setenv("VITALS_TOKEN", TOKEN)
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 1
    assert "VITALS_BIND: 192.0.2.1:8080 cannot be had" in result.stderr


def test_the_process_says_where_it_is_and_ends_well_when_told_to(redis_url):
    command = [sys.executable, "-c", "from stream.cli import main; main()", "serve"]
    environment = os.environ | {"VITALS_BIND": "127.0.0.1:0", "VITALS_REDIS_URL": redis_url}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert "Vitals is at http://127.0.0.1:" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, "")
