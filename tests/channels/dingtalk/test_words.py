"""What DingTalk's own words tell, in all wordings: of codes that mean several things, and of codes nobody has seen."""

import json
from typing import Any

import pytest

from tray_app.channels import CHANNELS
from tray_app.channels.dingtalk.words import Meaning, description, meaning
from tray_app.core.messages.channel import AttemptReach, Fault, Outcome, Rejected, Reply, Throttled, TryAgain

UNSEEN = 999_999


def answered(errcode: int, errmsg: str, *, status: int = 200, **more: Any) -> Outcome:
    body = json.dumps({"errcode": errcode, "errmsg": errmsg, **more}).encode()
    return CHANNELS["dingtalk"].decode(Reply(status=status, body=body), now_ms=0)


BUSY = [
    "系统繁忙",
    "系统繁忙，请稍后再试",
    "description:系统异常，请稍后再试;",
    "错误描述:系统错误;解决方案:请稍后重试;",
    "服务暂不可用",
    "服务器内部错误",
    "请求超时",
    "操作失败，请稍候重试",
    "system busy",
    "The system is busy, please try again later",
    "system error",
    "Service Unavailable",
    "internal server error",
    "The service is temporarily unavailable",
    "request timeout",
    "系统维护中",
    "服务正在维护，请稍后",
    "请稍后。",
    "系统开小差了",
    "超时",
    "rpc timeout",
    "Timeout!",
    "Server is too busy",
    "service degraded",
    "The system is under maintenance",
    "isp.service-unavailable",
    "Please try again.",
]


@pytest.mark.parametrize("said", BUSY)
@pytest.mark.parametrize("errcode", [UNSEEN, 300001, 40035, 88, 500100, 310000])
@pytest.mark.parametrize("status", [200, 400])
def test_dingtalks_own_trouble_is_tried_again_whatever_the_code(errcode: int, said: str, status: int) -> None:
    outcome = answered(errcode, said, status=status)
    assert isinstance(outcome, TryAgain)
    assert (outcome.reach, outcome.errcode, outcome.said) == (AttemptReach.REFUSED, errcode, said)


@pytest.mark.parametrize(
    "said",
    ["发送速度太快而限流", "请求过于频繁，请稍后重试", "调用次数过多", "too many requests", "触发流控", "flow control"],
)
@pytest.mark.parametrize("errcode", [UNSEEN, 300001, 88, 310000])
def test_a_limit_in_words_stops_the_robot_for_a_while(errcode: int, said: str) -> None:
    assert isinstance(answered(errcode, said), Throttled)


@pytest.mark.parametrize(
    ("errcode", "said", "fault"),
    [
        (300001, "token is not exist", Fault.SETUP),
        (88, "ding talk error[subcode=310000,submsg=keywords not in content]", Fault.SETUP),
        (310000, "retry with another keyword", Fault.SETUP),
        (300001, "token timeout", Fault.SETUP),
        (300001, "check the parameter and try again", Fault.MESSAGE),
        (300001, "description: robot 不存在；solution:请确认 token 是否正确；", Fault.SETUP),
        (300001, "session 不存在", Fault.SETUP),
        (300001, "keywords not in content", Fault.SETUP),
        (300001, "sign not match", Fault.SETUP),
        (300001, "msgtype is null", Fault.MESSAGE),
        (300001, "param error", Fault.MESSAGE),
        (300001, "参数错误", Fault.MESSAGE),
        (300001, "", Fault.UNKNOWN),
        (300001, "something new", Fault.UNKNOWN),
        (40035, "缺少参数 access_token", Fault.SETUP),
        (40035, "缺少参数 json", Fault.MESSAGE),
        (40035, "", Fault.MESSAGE),
        (88, "ding talk error[subcode=40014,submsg=不合法的access_token]", Fault.SETUP),
        (UNSEEN, "本月调用次数已用完", Fault.QUOTA),
        (UNSEEN, "包含敏感内容，请检查修改后重试！", Fault.UNKNOWN),
        (UNSEEN, "please check the parameter and try again", Fault.UNKNOWN),
        (UNSEEN, "token is not exist", Fault.UNKNOWN),  # of a code nobody knows words alone blame nobody
    ],
)
def test_a_refusal_goes_to_whom_the_words_name_and_keeps_them(errcode: int, said: str, fault: Fault) -> None:
    outcome = answered(errcode, said)
    assert isinstance(outcome, Rejected)
    assert (outcome.fault, outcome.errcode, outcome.said) == (fault, errcode, said)
    if said and outcome.fault in {Fault.UNKNOWN, Fault.MESSAGE}:
        assert outcome.reason.args["said"] == said


@pytest.mark.parametrize("more", [{}, {"sub_code": "90018", "sub_msg": "x"}])
def test_the_gates_own_code_counts_wherever_it_stands(more: dict[str, Any]) -> None:
    said = "ding talk error" if more else "ding talk error[subcode=90018,submsg=x]"
    outcome = answered(88, said, **more)
    assert isinstance(outcome, Throttled)
    assert outcome.errcode == 88
    assert "90018" in outcome.said


def test_advice_names_other_faults_than_the_one_at_hand() -> None:
    said = "错误描述:参数 markdown --》 title 缺失;解决方案:请填充上对应参数，稍后重试;"
    assert description(said) == "错误描述:参数 markdown --》 title 缺失"
    assert meaning(said) is Meaning.MESSAGE


@pytest.mark.parametrize("status", [404, 413, 500, 502])
def test_code_and_words_are_kept_where_the_status_decides(status: int) -> None:
    outcome = answered(UNSEEN, "in its own words", status=status)
    assert isinstance(outcome, TryAgain | Rejected)
    assert (outcome.errcode, outcome.said) == (UNSEEN, "in its own words")
