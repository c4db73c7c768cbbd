"""A message for one person as DingTalk takes it: fields, limit, links and taps."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.phone_scenes import CHOICES, COMMAND, told
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import UnknownRobot
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.channel import AccessToken, Credentials, Request
from tray_app.core.messages.message import MarkdownMessage, Message, TextMessage
from tray_app.core.phone.message import Telling, links, message_of
from tray_app.core.robots.app_robot import AppRobot, Recipient

APP = CHANNELS["dingtalk-app"]
ROBOT = AppRobot(
    base="https://api.dingtalk.com",
    client_id="dingabc",
    robot_code="dingrobot",
    recipient=Recipient(staff_id="manager807", corp_id="ding+c/=&"),
)
CREDENTIALS = Credentials(webhook=ROBOT.address(), secret=Secret("s" * 64))


def encoded(message: Message, credentials: Credentials = CREDENTIALS) -> Request:
    return APP.encode(message, credentials, delivery_id="1", now_ms=0)


def fields(message: Message) -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(json.loads(encoded(message).body)["msgParam"])
    return said


def test_a_text_goes_to_the_paired_person_and_the_secret_does_not() -> None:
    request = encoded(TextMessage(content="已允许"))
    assert request.url.reveal() == "https://api.dingtalk.com/v1.0/robot/oToMessages/batchSend"
    assert json.loads(request.body) == {
        "robotCode": "dingrobot",
        "userIds": ["manager807"],
        "msgKey": "sampleText",
        "msgParam": '{"content":"已允许"}',
    }
    assert b"s" * 64 not in request.body


def test_markdown_has_a_title_and_breaks_that_phones_show() -> None:
    request = encoded(MarkdownMessage(title="web", text="one\ntwo"))
    assert json.loads(request.body)["msgKey"] == "sampleMarkdown"
    assert fields(MarkdownMessage(title="web", text="one\ntwo")) == {"title": "web", "text": "one  \ntwo"}


def test_without_a_person_nothing_can_be_built() -> None:
    nobody = Credentials(webhook=ROBOT.paired_with(None).address(), secret=CREDENTIALS.secret)
    with pytest.raises(UnknownRobot) as caught:
        encoded(TextMessage(content="x"), nobody)
    assert caught.value.reason.key == "app_robot.not_paired"


@pytest.mark.parametrize("prompt", [COMMAND, CHOICES])
@pytest.mark.parametrize("language", list(Language))
def test_taps_go_out_as_they_are_written_and_pages_open_in_the_browser(prompt: Any, language: Language) -> None:
    words = catalogs()[language].for_owner()
    one = told(prompt)
    message = message_of(one, Telling(words=words))
    said = fields(MarkdownMessage(title=message.title, text=message.text + "\n\n[doc](https://example.com/a?b=1)"))
    for tap in links(one, words):
        assert tap in said["text"]
    assert (
        "(dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&pc_slide=false)" in said["text"]
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)


@given(title=TEXT, line=TEXT, times=st.integers(1, 300))
def test_every_part_fits_and_nothing_is_lost(title: str, line: str, times: int) -> None:
    message = MarkdownMessage(title=title[:50], text="\n\n".join([line] * times))
    parts = APP.split(message, keywords=())
    for part in parts:
        param = json.loads(encoded(part).body)["msgParam"]
        assert len(param.encode()) <= 15_000
        assert isinstance(json.loads(param)["text"], str)
    if len(parts) == 1:
        assert parts == (message,)


def test_the_taps_of_a_very_long_question_stay_together_at_its_end() -> None:
    words = catalogs()[Language.ZH].for_owner()
    taps = " ｜ ".join(links(told(COMMAND), words))
    parts = APP.split(MarkdownMessage(title="web", text="\n\n".join(["一行" * 90] * 60) + f"\n\n{taps}"), keywords=())
    assert len(parts) > 1
    assert isinstance(parts[-1], MarkdownMessage)
    assert taps in parts[-1].text


@given(staff=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60), corp=TEXT)
def test_an_address_is_read_as_it_was_written(staff: str, corp: str) -> None:
    robot = ROBOT.paired_with(Recipient(staff_id=staff, corp_id=corp))
    assert AppRobot.read(robot.address().reveal()) == robot


def test_the_token_is_shown_in_a_header_and_asked_for_in_a_body() -> None:
    assert APP.tokens is not None
    asking = APP.tokens.ask(CREDENTIALS)
    assert asking.url.reveal() == "https://api.dingtalk.com/v1.0/oauth2/accessToken"
    assert json.loads(asking.body) == {"appKey": "dingabc", "appSecret": "s" * 64}
    request = encoded(TextMessage(content="x"))
    shown = APP.tokens.shown(request, AccessToken(value=Secret("t0"), lasts_ms=1))
    assert shown.headers["x-acs-dingtalk-access-token"] == "t0"
    assert (shown.url, shown.body) == (request.url, request.body)
    assert "t0" not in repr(AccessToken(value=Secret("t0"), lasts_ms=1))


def test_a_recall_names_robot_and_keys() -> None:
    assert APP.recalls is not None
    asking = APP.recalls.ask(["k1", "k2"], CREDENTIALS)
    assert asking.url.reveal() == "https://api.dingtalk.com/v1.0/robot/otoMessages/batchRecall"
    assert json.loads(asking.body) == {"robotCode": "dingrobot", "processQueryKeys": ["k1", "k2"]}
