"""What somebody writes to an app robot, as DingTalk tells it: the data of `/v1.0/im/bot/messages/get`."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from tray_app.sandbox.dingtalk_app import StrictApp

BOT_TOPIC = "/v1.0/im/bot/messages/get"
_SESSION_MS = 5_400_000  # how long an answer can be posted to the session's own webhook


class Wording(TypedDict, total=False):
    """What may be said of a message beside its words and its writer.

    `corp_id` None is the app's own company; `over` replaces or adds whole fields of the data.
    """

    corp_id: str | None
    nick: str
    group: bool
    replied: str
    over: Mapping[str, object]


def bot_message(
    app: StrictApp, text: str, *, staff_id: str, msg_id: str, now_ms: int, **more: Unpack[Wording]
) -> dict[str, Any]:
    """Give the data of one text message.

    In a group the text begins with a blank where the mention stood. A stranger has no `staff_id`: the field is absent.
    """
    group, replied = more.get("group", False), more.get("replied", "")
    corp = more.get("corp_id")
    said: dict[str, Any] = {
        "senderPlatform": "Android",
        "conversationId": "cidStandInGroup==" if group else f"cidStandIn{staff_id}==",
        "chatbotCorpId": app.corp_id,
        "chatbotUserId": "$:LWCP_v1:$standin",
        "openThreadId": "cidStandIn==",
        "msgId": msg_id,
        "senderNick": more.get("nick", "张三"),
        "isAdmin": False,
        "senderStaffId": staff_id,
        "sessionWebhookExpiredTime": now_ms + _SESSION_MS,
        "createAt": now_ms,
        "senderCorpId": app.corp_id if corp is None else corp,
        "conversationType": "2" if group else "1",
        "senderId": f"$:LWCP_v1:${staff_id}",
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=" + "0" * 32,
        "robotCode": app.robot_code,
        "msgtype": "text",
        "text": {"content": f" {text}" if group else text},
    }
    if group:
        said |= {"conversationTitle": "a group", "isInAtList": True, "atUsers": [{"dingtalkId": "$:LWCP_v1:$standin"}]}
    if replied:
        said["text"] |= {"isReplyMsg": True, "repliedMsg": {"msgType": "text", "content": {"text": replied}}}
    for name in [each for each in ("senderStaffId", "senderCorpId") if not said[each]]:
        del said[name]
    return said | dict(more.get("over", {}))
