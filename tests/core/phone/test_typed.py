"""What people write on a phone is read as they mean it, or not at all."""

from datetime import time, timedelta

import pytest

from tests.support.phone_scenes import CHOICES
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.phone.several import read_several
from tray_app.core.phone.typed import Answered, Asked, Command, Continued, Nothing, Typed, Verb, read

ALLOW, DENY = Verb.ALLOW, Verb.DENY


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("continue K7QP now write the tests", Continued(code="K7QP", words="now write the tests")),
        ("Continue k7qp: fix  it\nplease", Continued(code="K7QP", words="fix  it\nplease")),
        ("继续 K7QP 写测试", Continued(code="K7QP", words="写测试")),
        ("继续K7QP：写 Ｔests", Continued(code="K7QP", words="写 Ｔests")),
        ("“继续 K7QP 写测试”", Continued(code="K7QP", words="写测试")),
        ("繼續 K7QP", Continued(code="K7QP")),
        ("继续：K7QP 写测试", Continued(code="K7QP", words="写测试")),
        ("继续\nK7QP\n写测试", Continued(code="K7QP", words="写测试")),
        ("continue\tK7QP\nwrite", Continued(code="K7QP", words="write")),
        ("继续X7QP 写", Continued(code="X7QP", words="写")),
        ("K7QP K7QP", Answered(code="K7QP")),
        ("K7QP 允许 k7qp", Answered(code="K7QP", verb=ALLOW)),
        ("K7QP M4TX", Answered(code="K7QP", words="M4TX")),
        ("允许 拒绝 K7QP", Answered(verb=ALLOW, words="拒绝 K7QP")),
        ("「机器人：允许 K7QP」\n- - -\n允许", Answered(words="「机器人：允许 K7QP」\n- - -\n允许")),
        (
            "[允许一次](dtmd://dingtalkclient/sendMessage?content=x)",
            Answered(words="[允许一次](dtmd://dingtalkclient/sendMessage?content=x)"),
        ),
        ("👍 K7QP", Answered(words="👍 K7QP")),
        ("允 许 K7QP", Answered(words="允 许 K7QP")),
        ("ａｌｌｏｗ　k７qP", Answered(code="K7QP", verb=ALLOW)),
        ("２\ufe0f\u20e3 K7QP", Answered(words="２\ufe0f\u20e3 K7QP")),
        ("continue", Continued()),
        ("继续", Continued()),
        ("继续写测试", Continued(words="写测试")),
        ("continue allow K7QP", Continued(words="allow K7QP")),
        ("continued K7QP", Answered(words="continued K7QP")),
        ("K7QP continue with MySQL", Answered(code="K7QP", words="continue with MySQL")),
        ("允许 K7QP", Answered(code="K7QP", verb=ALLOW)),
        ("允许K7QP", Answered(code="K7QP", verb=ALLOW)),
        ("k7qp 允许。", Answered(code="K7QP", verb=ALLOW)),
        ("ALLOW　Ｋ７ＱＰ", Answered(code="K7QP", verb=ALLOW)),
        ("allow", Answered(verb=ALLOW)),
        ("同意！", Answered(verb=ALLOW)),
        ("允许，但不要删除", Answered(verb=ALLOW, words="但不要删除")),
        ("不允许", Answered(verb=DENY)),
        ("拒绝 用 pnpm", Answered(verb=DENY, words="用 pnpm")),
        ("拒绝用 pnpm", Answered(verb=DENY, words="用 pnpm")),
        ("拒绝 K7QP：用 pnpm\n谢谢", Answered(code="K7QP", verb=DENY, words="用 pnpm\n谢谢")),
        ("deny K7QP use pnpm", Answered(code="K7QP", verb=DENY, words="use pnpm")),
        ("deny allow nothing", Answered(verb=DENY, words="allow nothing")),
        ("2", Answered(number=2)),
        ("2 K7QP", Answered(code="K7QP", number=2)),
        ("K7QP 2", Answered(code="K7QP", number=2)),
        ("K7QP", Answered(code="K7QP")),
        ("K7QP use Postgres", Answered(code="K7QP", words="use Postgres")),
        ("use Postgres", Answered(words="use Postgres")),
        ("allowance", Answered(words="allowance")),
        ("123", Answered(words="123")),
        ("deny\u200b K7QP", Answered(code="K7QP", verb=DENY)),
        ("“允许 K7QP”", Answered(code="K7QP", verb=ALLOW)),  # as the examples stand, copied with their quotes
        ("「拒绝 K7QP 原因」。", Answered(code="K7QP", verb=DENY, words="原因")),
        (' "allow" K7QP ', Answered(code="K7QP", verb=ALLOW)),
        ("allow (K7QP)", Answered(code="K7QP", verb=ALLOW)),
        ("允许【K7QP】！", Answered(code="K7QP", verb=ALLOW)),
        ("允許 K7QP", Answered(code="K7QP", verb=ALLOW)),
        ("拒絕 K7QP 用 pnpm", Answered(code="K7QP", verb=DENY, words="用 pnpm")),
        ("不允許 K7QP", Answered(code="K7QP", verb=DENY)),
        ("拒絕用 pnpm，謝謝", Answered(verb=DENY, words="用 pnpm，謝謝")),
        ("K7QP允许", Answered(code="K7QP", verb=ALLOW)),
        ("ｋ７ｑｐ拒绝 用 pnpm", Answered(code="K7QP", verb=DENY, words="用 pnpm")),
        ("K7QPallow", Answered(words="K7QPallow")),
        ("２ Ｋ７ＱＰ", Answered(code="K7QP", number=2)),
        ("② K7QP", Answered(code="K7QP", number=2)),
        ("2. K7QP", Answered(code="K7QP", number=2)),
        ("(2) K7QP?", Answered(code="K7QP", number=2)),
        ("允许。K7QP", Answered(code="K7QP", verb=ALLOW)),
        ("允\u200b许\u3164 K\ufeff7\u200dQP", Answered(code="K7QP", verb=ALLOW)),
        ('K7QP "MySQL" or “Postgres”', Answered(code="K7QP", words='"MySQL" or “Postgres”')),
        ('K7QP use "it"', Answered(code="K7QP", words='use "it"')),
        ("K7QP ❤\ufe0f 用這個", Answered(code="K7QP", words="❤\ufe0f 用這個")),  # words are the owner's, as they are
        (
            "允许 K7QP \ufffc",
            Answered(code="K7QP", verb=ALLOW, words="\ufffc"),
        ),  # with a picture, it is more than allow
        ("use MySQL K7QP", Answered(words="use MySQL K7QP")),  # only numbers stand before a code
        ("拒绝 用 K7QP", Answered(verb=DENY, words="用 K7QP")),
        ("1 2 hello", Answered(number=1, words="2 hello")),
        ("K7QPa允许", Answered(words="K7QPa允许")),
        (f"1,2{' ' * 193}K7QP", Answered(code="K7QP", number=1, words="2")),
        (f"1,2{' ' * 194}K7QP", Answered(number=1, words=f"2{' ' * 194}K7QP")),
        ("“允许 K7QP”X", Answered(code="K7QP", verb=ALLOW, words="”X")),  # no quotes around the whole
        ('"。', Answered(words='"。')),
        ('"', Answered(words='"')),
        ('""', Nothing()),
        ("  ", Nothing()),
        ("\u200b", Nothing()),
        ("状态", Asked(command=Command.STATUS)),
        ("Sessions", Asked(command=Command.SESSIONS)),
        ("今天。", Asked(command=Command.TODAY)),
        ("？", Asked(command=Command.HELP)),
        ("恢复", Asked(command=Command.RESUME)),
        ("暂停", Asked(command=Command.PAUSE)),
        ("暂停 1h", Asked(command=Command.PAUSE, length=PauseFor.HOUR)),
        ("暂停1小时", Asked(command=Command.PAUSE, length=timedelta(hours=1))),
        ("pause 90 min", Asked(command=Command.PAUSE, length=timedelta(minutes=90))),
        ("暂停到 14:00", Asked(command=Command.PAUSE, length=time(14))),
        ("暂停一下", Asked(command=Command.HELP)),
        ("pause for ever and 3 days", Asked(command=Command.HELP)),
        ("狀態", Asked(command=Command.STATUS)),
        ("“状态”？", Asked(command=Command.STATUS)),
        ("'help'!", Asked(command=Command.HELP)),
        ("會話", Asked(command=Command.SESSIONS)),
        ("恢復", Asked(command=Command.RESUME)),
        ("幫助", Asked(command=Command.HELP)),
        ("暫停 1小時", Asked(command=Command.PAUSE, length=timedelta(hours=1))),
        ("“暂停 1h”", Asked(command=Command.PAUSE, length=PauseFor.HOUR)),
        ("暂停 １ｈ", Asked(command=Command.PAUSE, length=PauseFor.HOUR)),
        ("暂停到明天", Asked(command=Command.PAUSE, length=PauseFor.TOMORROW)),
        ("暫停2個小時", Asked(command=Command.PAUSE, length=timedelta(hours=2))),
        ("status of the tests", Answered(words="status of the tests")),
    ],
)
def test_it_is_read_as_people_write(written: str, meant: Typed) -> None:
    assert read(written) == meant


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("K7QP 2; 1,3", "2; 1,3"),
        ("1,3 K7QP", "1,3"),
        ("1 K7QP 3", "1 3"),
        ("K7QP use 1", "use 1"),
        ("K7QP", ""),
    ],
)
def test_several_answers_are_kept_as_they_were_written(written: str, listed: str) -> None:
    answered = read(written)
    assert isinstance(answered, Answered)
    assert (answered.code, answered.listed) == ("K7QP", listed)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "written", ["1 ;", "1,", '"', "“", "“”", "允许 ", "K7QP ", "1 ", "1和", "(1", "暂停 ", "; ", "K7QP允许", "1"]
)
def test_the_longest_message_is_read_at_once(written: str) -> None:
    for said in (
        written * (20_000 // len(written)),
        f"1{written * (20_000 // len(written))}!",
        f"K7QP {written * 9_000}x",
        f"{written * 9_000} K7QP",
    ):
        answered = read(said)
        for choices in (CHOICES.choices, CHOICES.choices[1:]):
            read_several(answered.listed if isinstance(answered, Answered) else said, choices)
