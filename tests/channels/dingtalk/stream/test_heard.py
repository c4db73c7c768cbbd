"""What DingTalk tells of a message, in each of its shapes; what is missing denies."""

import pytest

from tests.channels.dingtalk.stream.test_frames import MESSAGE
from tray_app.channels.dingtalk.stream.heard import read_message
from tray_app.core.messages.heard import HeardMessage


def read(**over: object) -> HeardMessage:
    message = read_message({name: value for name, value in (MESSAGE | over).items() if value is not ...})
    assert message is not None
    return message


def test_a_message_in_a_single_chat() -> None:
    assert read() == HeardMessage(
        msg_id="msgA==",
        text="允许 A7",
        staff_id="manager807",
        corp_id="dingcorp",
        nick="张三",
        single=True,
        at_ms=1_770_000_000_000,
    )


@pytest.mark.parametrize("kind", ["2", 1, None, "", "1 ", ["1"], ...])
def test_what_is_not_surely_a_single_chat_is_a_group(kind: object) -> None:
    assert not read(conversationType=kind).single


@pytest.mark.parametrize("name", ["senderStaffId", "senderCorpId"])
@pytest.mark.parametrize(
    "value", [..., None, "", 7, ["manager807"], {"a": 1}, " manager807", "manager807\n", "m" * 300]
)
def test_an_id_that_is_missing_or_odd_is_nobody(name: str, value: object) -> None:
    assert read(**{name: value}).sender is None


def test_a_robot_of_the_older_kind_names_nobody() -> None:
    assert read(senderStaffId=..., senderCorpId=..., chatbotCorpId=..., robotCode="normal").sender is None


@pytest.mark.parametrize(
    ("over", "text", "kind"),
    [
        ({"conversationType": "2", "text": {"content": " 允许 A7"}}, "允许 A7", "text"),
        ({"text": {"content": "\u2005允许\u3000A7\n"}}, "允许\u3000A7", "text"),
        ({"text": {"content": ["x"]}}, "", "text"),
        ({"text": None}, "", "text"),
        ({"text": ...}, "", "text"),
        ({"text": {"content": "\ud83d half"}}, "? half", "text"),
        ({"msgtype": "richText", "content": {"richText": [{"text": "允许"}, {"type": "picture"}, {"text": " A7"}, 1]}},
         "允许\ufffc A7", "richText"),
        ({"msgtype": "richText", "content": {"richText": [{"text": "允许"}, {"text": ""}, {"text": " A7"}]}},
         "允许 A7", "richText"),
        ({"msgtype": "richText", "content": {"richText": [{"type": "picture"}, {"text": " "}]}}, "", "richText"),
        ({"msgtype": "richText", "content": {"richText": "允许"}}, "", "richText"),
        ({"msgtype": "richText", "content": [1]}, "", "richText"),
        ({"msgtype": "audio", "content": {"downloadCode": "x", "recognition": "允许"}}, "", "audio"),
        ({"msgtype": "picture", "content": {"downloadCode": "x"}}, "", "picture"),
        ({"msgtype": ...}, "", ""),
        ({"msgtype": ["text"]}, "", ""),
    ],
)  # fmt: skip
def test_words_are_read_where_there_are_any(over: dict[str, object], text: str, kind: str) -> None:
    heard = read(**over)

    assert (heard.text, heard.kind) == (text, kind)


def test_what_a_reply_quotes_is_no_word_of_it() -> None:
    quoted = {"content": "允许", "isReplyMsg": True, "repliedMsg": {"content": {"text": "rm -rf /"}}}
    assert read(text=quoted).text == "允许"


def test_what_was_handed_on_is_known_by_its_kind() -> None:
    heard = read(msgtype="chatRecord", content={"chatRecord": '[{"content": "允许"}]'}, text=...)

    assert (heard.text, heard.forwarded) == ("", True)


@pytest.mark.parametrize("at", [..., "1770000000000", -1, 10**20, True, 1.5, None])
def test_a_time_that_is_none_is_not_known(at: object) -> None:
    assert read(createAt=at).at_ms == 0


def test_a_nick_is_one_short_visible_line() -> None:
    assert read(senderNick="机\u200b主\n\u202e" + "x" * 500).nick == "机主 " + "x" * 97
