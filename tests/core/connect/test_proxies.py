"""Which proxy variables lead a client away, and which exceptions keep it off, as was measured with each."""

import pytest

from tray_app.core.connect.clients import CLIENTS
from tray_app.core.connect.proxies import LedAway, led_away

PROXY = "http://proxy.example:3128"
ALL = {"codex", "gemini", "qwen", "opencode"}


@pytest.mark.parametrize(
    ("variables", "clients"),
    [
        ({}, set()),
        ({"HTTP_PROXY": PROXY}, ALL),
        ({"http_proxy": PROXY}, ALL),
        ({"HTTPS_PROXY": PROXY}, {"gemini"}),
        ({"ALL_PROXY": PROXY}, {"codex"}),
        ({"ALL_PROXY": "socks5://proxy.example"}, set()),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "127.0.0.1"}, set()),
        ({"HTTP_PROXY": PROXY, "no_proxy": "a.example, 127.0.0.1"}, set()),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "localhost"}, ALL),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "127.0.0.0/8"}, ALL - {"codex"}),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "127.0.0.1:8737"}, {"codex"}),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "*"}, {"codex"}),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": ".0.0.1"}, {"codex"}),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8,x/y"}, ALL),
    ],
)
def test_each_client_obeys_its_own_variables(variables: dict[str, str], clients: set[str]) -> None:
    found = {name for name, kind in CLIENTS.items() if led_away(variables, kind.proxies, port=8737) is not None}
    assert found == clients


def test_the_way_out_keeps_what_was_excepted_before() -> None:
    away = led_away({"HTTP_PROXY": PROXY, "no_proxy": "a.example localhost"}, CLIENTS["codex"].proxies, port=8737)
    assert away == LedAway(variable="HTTP_PROXY", exception="no_proxy", mended="a.example,127.0.0.1,localhost")
