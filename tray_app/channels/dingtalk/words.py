"""What DingTalk's own words tell where its code alone does not: codes that mean several things, and unknown ones.

The words come in three wordings (English; `description:`; `错误描述:`), each with advice behind them that names other
faults than the one at hand.
"""

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What a description says."""

    LIMITED = "limited"  # too many calls
    BUSY = "busy"  # DingTalk's own trouble: the same works later
    SECURITY = "security"  # one of the robot's four protections
    ADDRESS = "address"  # the webhook
    QUOTA = "quota"
    MESSAGE = "message"  # a part of the request is missing or wrong


_ADVICE = re.compile(r"[;；,，]\s*(?:solution|解决方案|more)\s*[:：]", re.IGNORECASE)
_LIMITED = (
    r"限流|流控|频率|频繁|[太过]快|(?:次数|请求|调用|消息)[太过]多|暂时禁用"
    r"|too\s+(?:fast|frequent|many)|rate\W?limit|flow\W?control|throttl|\bqps\b"
)
_BUSY = (
    r"系统(?:内部)?(?:繁忙|忙|异常|错误|故障)|(?:服务|服务器|平台|网络|网关)(?:正?忙|繁忙|暂?不可用|异常|错误|超时|内部)"
    r"|(?:系统|服务|平台|接口|升级)(?:正在)?维护|开小差|网络不给力|^\W*(?:请求)?超时\W*$|请稍[后候]\W*$"
    r"|内部(?:错误|异常|服务)|(?:请求|调用|处理|响应|访问)超时|稍[后候](?:再|重)"
    r"|(?:system|server|service)\s+(?:is\s+)?(?:too\s+)?(?:busy|degraded|error|exception|unavailable|overload)"
    r"|internal\s+(?:\w+\s+)?error|(?:again|retry)\s+(?:it\s+)?later|temporar|(?<!token\s)(?<!session\s)timed\s+out"
    r"|(?:request|service|server|gateway|rpc|hsf|read|connect(?:ion)?|network)\s+time\W?out|^\W*time\W?out\W*$"
    r"|maintenance|\bisp\.[a-z]|^\W*(?:please\s+)?(?:re)?try(?:\s+again)?\W*$"
)
_SECURITY = r"keyword|关键词|timestamp|时间戳|sign\b|signature|签名|whitelist|白名单"
_ADDRESS = r"token|webhook|session|(?:robot|机器人)\s*不存在|robot\b.{0,12}\bnot\b"
_QUOTA = r"额度|配额|次数.{0,6}(?:用完|用尽|耗尽|上限)|quota"
_MESSAGE = r"param|参数|msgtype|消息类型|json|content|内容|body|格式|缺[少失]|(?:不能)?为空|is\s+(?:null|empty)|missing"
_MEANINGS = (  # in this order: what is busy or limited names the request too, and so do the protections
    (Meaning.LIMITED, _LIMITED),
    (Meaning.BUSY, _BUSY),
    (Meaning.SECURITY, _SECURITY),
    (Meaning.ADDRESS, _ADDRESS),
    (Meaning.QUOTA, _QUOTA),
    (Meaning.MESSAGE, _MESSAGE),
)
_COMPILED = tuple((meaning, re.compile(words, re.IGNORECASE)) for meaning, words in _MEANINGS)
_SUB_CODE = re.compile(r"sub_?code\W{1,4}(\d{1,9})", re.IGNORECASE)


def description(said: str) -> str:
    """What is wrong, without the advice."""
    return _ADVICE.split(said, maxsplit=1)[0]


def meaning(said: str) -> Meaning | None:
    """Find what a description says; None where that is nothing known."""
    described = description(said)
    return next((meaning for meaning, words in _COMPILED if words.search(described)), None)


def sub_code(said: str) -> int | None:
    """Find the code within `ding talk error[subcode=90018,submsg=…]`, the form of the platform's own gate."""
    found = _SUB_CODE.search(said)
    return int(found[1]) if found else None
