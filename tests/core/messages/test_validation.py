"""Mentions that mean somebody are taken; a word for everybody is not, for the owner's rules look for it at `atAll`."""

import pytest

from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidMessage
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import Mentions, TextMessage
from tray_app.core.messages.validation import check

RULES = CHANNELS["dingtalk"].rules


def mentioning(*user_ids: str) -> TextMessage:
    return TextMessage(content="x", mentions=Mentions(user_ids=user_ids))


@pytest.mark.parametrize("user_id", ["all", "ALL", " all ", "@all", "＠all", "所有人", "@所有人"])
def test_nobody_mentions_everybody_by_a_user_id(user_id: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        check(mentioning("u1", user_id), RULES)
    assert (caught.value.field, caught.value.hint) == ("atUserIds", text("message.everybody_hint"))


@pytest.mark.parametrize("user_id", ["allan", "small", "all1", "0123", "manager_all"])
def test_ids_that_only_look_like_it_are_somebody(user_id: str) -> None:
    assert check(mentioning(user_id), RULES) == mentioning(user_id)
