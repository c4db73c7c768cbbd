"""The policy that holds: the last good one, whatever the file says, until it says something usable."""

import json
from dataclasses import dataclass, field

import pytest

from tray_app.adapters.files.policy import default_policy
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import careful_age_ms
from tray_app.core.policy.evaluate import Call, decide
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.model import Risk, Stance
from tray_app.core.policy.verdict import Allow, Ask, Deny
from tray_app.core.policy.words import asking
from tray_app.core.state.problems import ProblemKind
from tray_app.services.policy.active_policy import ActivePolicy
from tray_app.tools.facts import facts

SEND = "dingtalk_send_text"


@dataclass
class File:
    """A file in memory, that may refuse."""

    source: str | None = None
    fault: TrayAppError | None = None
    written: list[str] = field(default_factory=list)
    kept: str | None = None

    def read(self) -> str | None:
        if self.fault is not None:
            raise self.fault
        return self.source

    def write(self, source: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.source = source
        self.written.append(source)

    def last_good(self) -> str | None:
        return self.kept

    def keep_good(self, source: str) -> None:
        self.kept = source


class Changes:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def book_of(file: File) -> tuple[ActivePolicy, Changes]:
    changes = Changes()
    active = ActivePolicy(file, default=default_policy(), tools=facts(), changed=changes)
    active.reread()
    return active, changes


def policy(**tools: object) -> str:
    return json.dumps({"version": "1", "default": "deny", "tools": tools})


def test_a_file_with_a_fault_leaves_the_last_good_policy_and_says_where_until_it_is_mended() -> None:
    file = File(policy(**{SEND: {"action": "deny"}}))
    active, changes = book_of(file)
    good = active.current
    file.source = '{\n  "version": "1",\n  "defualt": "deny"\n}'
    active.reread()
    assert active.current is good
    assert active.problem is not None
    assert active.problem.kind is ProblemKind.POLICY
    assert "3" in str(active.problem.reason)
    file.source = policy(**{SEND: {"action": "allow"}})
    active.reread()
    assert active.problem is None
    assert active.current.tools[SEND].stance is Stance.ALLOW
    assert changes.count == 3


def test_the_same_file_again_is_no_change_but_mends_a_fault() -> None:
    file = File(policy())
    active, changes = book_of(file)
    active.reread()
    assert changes.count == 1
    file.source = "{"
    active.reread()
    file.source = policy()
    active.reread()
    assert (active.problem, changes.count) == (None, 3)


NEVER = {"path": "args.atAll", "op": "eq", "value": "true"}  # in quotes, as an earlier version took it
QUIET = {"path": "args.content", "op": "contains", "value": "secret"}


@pytest.mark.parametrize("kept", [True, False])
def test_what_an_earlier_version_took_holds_as_it_is_written_and_is_told(kept: bool) -> None:
    source = policy(**{SEND: {"deny_if": [NEVER, QUIET]}})
    file = File(source, kept=source if kept else None)
    active, _ = book_of(file)
    assert active.as_written
    assert active.problem is not None
    assert active.problem.reason.key == "policy.as_written"
    assert file.kept == source
    for content, verdict in (("secret", Deny), ("x", Allow)):
        call = Call(tool=SEND, arguments={"content": content, "atAll": True}, grant="a", risk=Risk.WRITE)
        assert isinstance(decide(active.current, call, {}, now_ms=0).verdict, verdict)
    active.set_stance(SEND, Stance.ASK)  # a click works on it
    assert active.current.rules_of(SEND).stance is Stance.ASK
    assert active.as_written
    file.source = None  # gone, it holds on as the last good one
    active.reread()
    assert active.current.rules_of(SEND).deny_if
    assert not active.as_written
    again, _ = book_of(file)
    assert again.current.rules_of(SEND).deny_if


def test_a_click_lets_idle_conditions_hold_only_where_they_held_before() -> None:
    file = File(policy(**{SEND: {"deny_if": [NEVER, QUIET]}}))
    active, _ = book_of(file)
    assert active.as_written
    other = policy(**{SEND: {"deny_if": [NEVER]}})  # written meanwhile, and not read yet
    file.source = other
    with pytest.raises(InvalidPolicy):
        active.set_stance(SEND, Stance.ASK)
    assert file.source == other
    assert len(active.current.rules_of(SEND).deny_if) == 2


def test_what_says_the_same_about_every_call_is_not_used_beside_a_policy_that_held() -> None:
    file = File(policy(**{SEND: {"deny_if": [QUIET]}}))
    active, _ = book_of(file)
    file.source = policy(**{SEND: {"deny_if": [NEVER]}})
    for restarted in (False, True):
        if restarted:
            active, _ = book_of(file)
        active.reread()
        assert not active.as_written
        assert active.problem is not None
        assert [rule.op for rule in active.current.rules_of(SEND).deny_if] == ["contains"]
    with pytest.raises(InvalidPolicy):
        active.replace(file.source)


def test_another_fault_beside_it_means_that_everything_asks_where_none_is_known() -> None:
    bad = {"path": "args.content", "op": "regex", "value": "a(?=b)"}  # none of RE2's
    active, _ = book_of(File(policy(**{SEND: {"deny_if": [NEVER, bad]}})))
    assert active.current.rules_of(SEND).stance is Stance.ASK


def test_a_file_that_is_gone_leaves_its_last_policy_and_says_so() -> None:
    file = File(policy(**{SEND: {"action": "deny"}}))
    active, _changes = book_of(file)
    file.source = None
    active.reread()
    assert active.from_file
    assert active.current.tools[SEND].stance is Stance.DENY
    assert active.problem is not None
    assert active.problem.reason == text("policy.gone")
    active.set_stance("dingtalk_status", Stance.DENY)  # a click builds on what holds
    assert active.problem is None
    assert json.loads(file.source or "")["tools"][SEND] == {"action": "deny"}


def test_the_default_that_was_written_and_deleted_is_the_default() -> None:
    file = File(default_policy())
    active, _changes = book_of(file)
    file.source = None
    active.reread()
    assert (active.from_file, active.problem) == (False, None)


def test_a_copy_that_cannot_be_kept_is_kept_at_the_next_look() -> None:
    class Full(File):
        room = False

        def keep_good(self, source: str) -> None:
            if not self.room:
                raise TrayAppError(text("policy.unwritable", why="full"), text("policy.broken_hint"))
            super().keep_good(source)

    file = Full(policy())
    active, _changes = book_of(file)
    assert (file.kept, active.problem) == (None, None)
    file.room = True
    active.reread()
    assert file.kept == policy()


def test_the_copy_is_kept_again_where_it_is_gone_or_another_and_never_for_the_default() -> None:
    file = File(source=policy(**{SEND: {}}))
    active, _ = book_of(file)
    for lost in (None, "{", default_policy()):
        file.kept = lost
        active.look_at_kept()
        assert file.kept == file.source
    file = File()
    active, _ = book_of(file)
    active.look_at_kept()
    assert file.kept is None


def test_a_file_that_cannot_be_read_is_a_problem_and_no_default() -> None:
    file = File(policy())
    active, _changes = book_of(file)
    good = active.current
    file.fault = TrayAppError(text("policy.unreadable", why="x"), text("policy.broken_hint"))
    active.reread()
    assert active.current is good
    assert active.problem is not None


def test_a_click_that_cannot_be_written_changes_nothing() -> None:
    for source in ("{", '{"version": "1", "default": "maybe"}'):
        file = File(source)
        active, _changes = book_of(file)
        before = active.current
        with pytest.raises(TrayAppError):
            active.set_stance(SEND, Stance.DENY)
        assert (active.current, file.written) == (before, [])


def test_without_a_file_a_click_writes_the_default_with_that_change() -> None:
    file = File()
    active, _changes = book_of(file)
    active.set_stance("dingtalk_configure", Stance.DENY)
    assert file.written == [default_policy().replace('"require_approval",\n      "reason"', '"deny",\n      "reason"')]
    assert active.current.tools["dingtalk_configure"].stance is Stance.DENY


@pytest.mark.parametrize("own", ["", "mine"])
def test_the_rules_that_ask_are_told_as_a_decision_tells_them(own: str) -> None:
    one = {"path": "args.content", "op": "eq", "value": "a"}
    other = {"path": "args.content", "op": "eq", "value": "b", "reason": "yours"}
    said = {"reason": own} if own else {}
    for tool in ({"require_approval_if": [one, other], **said}, {"action": "require_approval", **said}):
        active, _changes = book_of(File(policy(**{SEND: tool})))
        told = {}
        for content in "ab":
            call = Call(tool=SEND, risk=Risk.WRITE, arguments={"content": content}, grant="g")
            verdict = decide(active.current, call, {}, now_ms=0).verdict
            assert isinstance(verdict, Ask)
            told[verdict.rule] = verdict.reason
        assert asking(active.current, SEND) == told
    assert asking(active.current, "dingtalk_status") == {}


@pytest.mark.parametrize(
    ("at_ms", "latest_ms", "now_ms", "age"),
    [
        (40, 50, 100, 60),
        (90, 100, 20, 10),  # the wall clock was set back since: as if it stood still
        (900, 60, 100, 40),  # it was ahead then, and put right before the last decision
        (100, 100, 100, 0),
    ],
)
def test_how_long_ago_a_decision_was(at_ms: int, latest_ms: int, now_ms: int, age: int) -> None:
    assert careful_age_ms(now_ms - at_ms, latest_age_ms=now_ms - latest_ms) == age
