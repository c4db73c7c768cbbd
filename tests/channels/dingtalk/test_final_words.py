"""Whatever DingTalk, a gateway or the network answers: of a message that is over nothing promises more tries."""

import json
from pathlib import Path

import pytest

from tests.support.deliveries import delivery
from tests.support.promises import promises
from tray_app.channels import CHANNELS
from tray_app.core.delivery.attempts import expired, settle
from tray_app.core.delivery.delivery import FINAL, Delivery, Stage, step
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import AttemptReach, NoReply, Outcome, Reply, Trouble, TryAgain
from tray_app.core.messages.unreached import Cause, Unreached

CODES = json.loads((Path(__file__).parent / "data/dingtalk_errcodes.json").read_text(encoding="utf-8"))["codes"]
KNOWN = [(row["errcode"], said) for row in CODES if row["errcode"] for said in row["errmsg_seen"] or [""]]
MORE = [
    *[(code, "") for code in (88, 34015, 40001, 40014, 42001, 90001, 90007, 300001, 400001, 500100, 777)],
    *[(777, said) for said in ("系统繁忙", "发送过快", "额度已用完", "token is not exist", "param error")],
    (88, "ding talk error[subcode=90018,submsg=x]"),
]
PAGE = b"<html>"


def answered(errcode: int, said: str, status: int) -> Outcome:
    body = json.dumps({"errcode": errcode, "errmsg": said}).encode()
    return CHANNELS["dingtalk"].decode(Reply(status=status, body=body), now_ms=0)


def by_status() -> list[Outcome]:
    replies = [Reply(status=status, body=body) for status in range(200, 600) for body in (b"", PAGE, b'{"errcode":0}')]
    return [CHANNELS["dingtalk"].decode(reply, now_ms=0) for reply in replies]


def by_network() -> list[Outcome]:
    silent = [CHANNELS["dingtalk"].decode(NoReply(trouble=trouble), now_ms=0) for trouble in Trouble]
    unreached = [Unreached(cause=cause, host="oapi.dingtalk.com", what="x") for cause in Cause]
    return [*silent, *[TryAgain(reason=why.reason, hint=why.hint, reach=AttemptReach.NOBODY) for why in unreached]]


def ends(outcome: Outcome, *, lost: int) -> Delivery:
    """The row in the end: after one more lost answer than is allowed, and where it waits, when it is too old."""
    row = delivery(1, stage=Stage.SENDING, attempts=1 + lost, lost=lost, lost_ms=1 if lost else None)
    after = settle(row, outcome, now_ms=2, tries=1, offline=0, faults=0, chance=0.5).delivery
    return expired(after, hours=24, now_ms=3) if after.stage is Stage.QUEUED else after


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize(
    "outcomes",
    [
        pytest.param(
            [answered(code, said, status) for code, said in KNOWN + MORE for status in (200, 400)], id="codes"
        ),
        pytest.param(by_status(), id="http"),
        pytest.param(by_network(), id="network"),
    ],
)
def test_no_reason_and_no_hint_of_what_is_over_promises_more(outcomes: list[Outcome], lost: int) -> None:
    for outcome in outcomes:
        row = ends(outcome, lost=lost)
        assert row.stage in FINAL
        assert [*promises(row.reason), *promises(row.hint)] == [], outcome


def test_what_was_given_up_by_an_older_version_promises_nothing_either() -> None:
    for entry in ("gave_up", "robot_gone_hint", "expired_hint", "perhaps_hint", "perhaps_agent_hint", "internal_hint"):
        assert promises(text(f"outbox.{entry}", reason="x", tries=3)) == []


@pytest.mark.parametrize("entry", ["busy_hint", "server_hint", "no_answer_hint", "too_fast_hint", "unreachable_hint"])
def test_the_words_that_are_looked_for_are_those_that_promise(entry: str) -> None:
    assert len(promises(text(f"dingtalk.{entry}"))) >= 2  # in both languages


def test_only_a_message_that_waits_can_be_too_old() -> None:
    with pytest.raises(Exception, match="no step"):
        step(Stage.SENT, Stage.EXPIRED)
