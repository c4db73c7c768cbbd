"""Signed addresses, against vectors that five implementations agree on."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tray_app.channels import CHANNELS
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.message import TextMessage

VECTORS = json.loads((Path(__file__).parent / "data/dingtalk_sign_vectors.json").read_text(encoding="utf-8"))["vectors"]
SECRET = "SEC" + "0a" * 32
BASE = "https://oapi.dingtalk.com/robot/send"


def url_of(webhook: str, secret: str = SECRET, *, now_ms: int = 1_795_000_000_002) -> str:
    credentials = Credentials(webhook=Secret(webhook), secret=Secret(secret))
    request = CHANNELS["dingtalk"].encode(TextMessage(content="x"), credentials, delivery_id="1", now_ms=now_ms)
    return request.url.reveal()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['name']}-{vector['timestamp_ms']}")
def test_each_attempt_is_signed_with_its_own_time_and_encoded_once(vector: dict[str, Any]) -> None:
    url = url_of(f"{BASE}?access_token=t", vector["secret"], now_ms=vector["timestamp_ms"])

    assert url == f"{BASE}?access_token=t&{vector['query']}"


@pytest.mark.parametrize(
    ("webhook", "kept"),
    [
        (f"{BASE}?access_token=t", [("access_token", "t")]),
        (f"{BASE}?access_token=t&", [("access_token", "t")]),
        (f"{BASE}?access_token=t#group", [("access_token", "t")]),
        (f"{BASE}?x=1&access_token=t&y=", [("x", "1"), ("access_token", "t"), ("y", "")]),
        (f"{BASE}?timestamp=1&access_token=t&sign=old%3D", [("access_token", "t")]),
        (f"{BASE}?sign=a&sign=b&access_token=t", [("access_token", "t")]),
        (f"{BASE}?si%67n=a&access_token=t", [("access_token", "t")]),
        (f"{BASE}?sign=YQ==&access_token=t", [("access_token", "t")]),
        (f"{BASE}?signature=mine&access_token=t", [("signature", "mine"), ("access_token", "t")]),
        (BASE, []),
        (f"{BASE}?", []),
    ],
)
def test_the_signature_joins_any_query_and_replaces_an_older_one(webhook: str, kept: list[tuple[str, str]]) -> None:
    url = urlsplit(url_of(webhook))
    pairs = parse_qsl(url.query, keep_blank_values=True)

    assert pairs[:-2] == kept
    assert [name for name, _ in pairs[-2:]] == ["timestamp", "sign"]
    assert (url.scheme, url.netloc, url.path, url.fragment) == ("https", "oapi.dingtalk.com", "/robot/send", "")


@pytest.mark.parametrize(
    ("webhook", "sent"),
    [
        (f"{BASE}?access_token=t", f"{BASE}?access_token=t"),
        (f"{BASE}?access_token=t&timestamp=1&sign=s", f"{BASE}?access_token=t&timestamp=1&sign=s"),
        (f"{BASE}?access_token=t#x", f"{BASE}?access_token=t"),
        (BASE, BASE),
    ],
)
def test_without_a_key_the_query_stays_as_it_is(webhook: str, sent: str) -> None:
    assert url_of(webhook, "") == sent


def test_a_key_that_is_no_proper_text_signs_too_so_that_the_host_can_refuse_it() -> None:
    assert "&sign=" in url_of(f"{BASE}?access_token=t", "SEC\ud800")


def test_two_attempts_differ_in_the_signature() -> None:
    assert url_of(f"{BASE}?access_token=t", now_ms=1) != url_of(f"{BASE}?access_token=t", now_ms=2)


def test_what_stands_in_the_query_is_not_encoded_again() -> None:
    assert "access_token=a%2Bb&" in url_of(f"{BASE}?access_token=a%2Bb")
