"""The stand-in for an app robot's side of DingTalk over real sockets; DingTalk's own SDK is a client it must please."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tray_app.adapters.sandbox_robot.app import SandboxApp

JSON = {"content-type": "application/json", "accept": "application/json"}
TOPIC = {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"}


@pytest.fixture
def app() -> Iterator[SandboxApp]:
    with SandboxApp() as sandbox:
        yield sandbox


def opened(app: SandboxApp, headers: dict[str, str] = JSON, **over: object) -> tuple[int, str]:
    body = {"clientId": app.client_id, "clientSecret": app.client_secret, "subscriptions": [TOPIC]} | over
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=20)
    connection.request("POST", "/v1.0/gateway/connections/open", json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said


def test_endpoint_and_ticket_are_given_for_id_and_secret_in_json_where_that_is_accepted(app: SandboxApp) -> None:
    status, said = opened(app)
    assert (status, set(json.loads(said))) == (200, {"endpoint", "ticket"})
    assert app.breaches == []

    assert opened(app, clientSecret="wrong")[0] == 401
    assert opened(app, {"content-type": "application/json"})[1].startswith("<")
    assert opened(app, subscriptions=["/v1.0/im/bot/messages/get"])[0] == 400
    assert len(app.breaches) == 2


def test_the_official_sdk_hears_what_is_written_and_breaks_nothing(app: SandboxApp) -> None:
    app.gateway.ping_ms = 50
    command = [sys.executable, "-m", "tests.support.sdk_listener", app.api, app.client_id, app.client_secret]
    in_utf8 = {**os.environ, "PYTHONUTF8": "1"}  # else its words are lost in the code page of Windows, and waited for
    with subprocess.Popen(command, env=in_utf8, stdout=subprocess.PIPE, encoding="utf-8") as sdk:
        try:
            app.wait_until(
                lambda: len(app.gateway.live) == 1, 50
            )  # it imports for half a second where nothing else runs
            first = app.hear("允许 A7")
            assert sdk.stdout is not None
            assert sdk.stdout.readline() == f"{first} 允许 A7\n"
            app.wait_until(lambda: app.gateway.acknowledged == [first] and len(app.gateway.answers) >= 3)

            app.disconnect()
            app.wait_until(lambda: len(app.gateway.live) == 1)
            second = app.hear("again")
            assert sdk.stdout.readline() == f"{second} again\n"
            app.wait_until(lambda: app.gateway.acknowledged == [first, second])
        finally:
            sdk.kill()
    assert app.breaches == []
    assert [what for what, _ in app.gateway.story[:4]] == ["open", "leave", "close", "open"]  # a gap: it closes first
