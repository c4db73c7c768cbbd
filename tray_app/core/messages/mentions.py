"""Who is mentioned, checked: each number and id as the chat service knows it, in the list and in the text."""

import re
from dataclasses import replace

from tray_app.core.kernel.errors import InvalidMessage
from tray_app.core.kernel.mobiles import mobile_of
from tray_app.core.kernel.texts import text
from tray_app.core.kernel.user_ids import EVERYBODY, user_id_of
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.message import Mentions

_WRITTEN = re.compile(
    r"[@＠]([^\S\n]?(?:[\d+＋()（）.·‐-―−－-]|[^\S\n]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]){5,40})"
)
_UNSEEN = re.compile(r"\A[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DIGITS = range(5, 16)


def checked_mentions(mentions: Mentions, rules: MessageRules) -> Mentions:
    """Give each number and id its known form. Raises InvalidMessage for those that could call nobody."""
    found = [mobile_of(mobile) for mobile in mentions.mobiles]
    mobiles = tuple(dict.fromkeys(mobile for mobile in found if mobile is not None))
    user_ids = tuple(dict.fromkeys(user_id_of(user_id) for user_id in mentions.user_ids))
    if None in found:
        hint = text("message.bad_mobile_hint", service=rules.service)
        raise InvalidMessage("atMobiles", text("message.bad_mobile"), hint)
    if any(not user_id or any(char.isspace() for char in user_id) for user_id in user_ids):
        hint = text("message.bad_user_id_hint", service=rules.service)
        raise InvalidMessage("atUserIds", text("message.bad_user_id"), hint)
    if any(user_id.lower() in EVERYBODY for user_id in user_ids):
        raise InvalidMessage("atUserIds", text("message.everybody"), text("message.everybody_hint"))
    if len(mobiles) + len(user_ids) > rules.most_mentions:
        field = "atMobiles" if mobiles else "atUserIds"
        reason = text("message.too_many_mentions", service=rules.service, most=rules.most_mentions)
        raise InvalidMessage(field, reason, text("message.mentions_hint"))
    return replace(mentions, mobiles=mobiles, user_ids=user_ids)


def as_listed(body: str, mentions: Mentions) -> str:
    """Spell each `@number` of the text as the list has it: only then does the service call that person."""
    if not mentions.mobiles:
        return body
    return _WRITTEN.sub(lambda found: _listed(found, frozenset(mentions.mobiles)), body)


def _listed(found: re.Match[str], mobiles: frozenset[str]) -> str:
    written = found[1]
    ends = [at + 1 for at, char in enumerate(written) if char.isdecimal()]
    for count in reversed(_DIGITS):
        if count > len(ends) or written[ends[count - 1] : ends[count - 1] + 1].isdecimal():
            continue  # a number goes on there
        known = mobile_of(written[: ends[count - 1]])
        if known in mobiles:
            return f"@{known}{_UNSEEN.sub('', written[ends[count - 1] :], count=1)}"
    return found[0]
