"""The owner is asked once about each call that waits, on a desktop that shows what it is given."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.support.catalogs import catalogs
from tests.support.policy_scenes import question
from tests.support.screen import Screen
from tests.support.snapshots import NOON, held, shanghai, snapshot
from tray_app.adapters.tray.tray import Tray
from tray_app.app.desktop.prompts import WaitingPrompts
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import SettleApproval, ShowApproval
from tray_app.core.policy.model import Risk
from tray_app.core.questions.question import AgentPrompt, AgentQuestion, QuestionKind
from tray_app.core.sessions.mutes import Mute
from tray_app.core.state.snapshot import EndpointState, StoreState
from tray_app.services.questions.questions import question_view


class Stage:
    """An app in which calls wait."""

    def __init__(self, language: Language = Language.EN) -> None:
        self.screen, self.snapshot, self.now_s = Screen(), snapshot(), 0.0
        self.unreadable, self.after_s = False, 0.0
        self.looks: list[Callable[[], None]] = []
        self.questions: Sequence[AgentQuestion] = ()
        words = catalogs()[language]
        tray = Tray(
            backend=self.screen,
            read_snapshot=lambda: self.snapshot,
            perform=lambda _action: None,
            catalog=words,
            local=shanghai,
            now_s=lambda: self.now_s,
        )
        self.asking = WaitingPrompts(
            look=lambda: self.snapshot,
            waiting=self._approvals,
            questions=lambda: self.questions,
            tray=tray,
            words=words,
            later=lambda _seconds, look: self.looks.append(look),
            after_s=lambda: self.after_s,
        )

    def waits(self, *numbers: int, **changes: object) -> None:
        self.snapshot = replace(snapshot(waiting=tuple(held(number) for number in numbers)), **changes)  # type: ignore[arg-type]  # any field of a snapshot
        self.asking.heard()

    def ask(self, *questions: AgentQuestion, **changes: object) -> None:
        """These wait in the terminal."""
        self.questions = questions
        self.waits(questions=tuple(map(question_view, questions)), **changes)

    def _approvals(self) -> Sequence[Approval]:
        if self.unreadable:
            raise StoreUnavailable(text("menu.store_down"), text("menu.store_down"))
        return [approval(view.id) for view in self.snapshot.waiting]

    @property
    def keys(self) -> list[str]:
        return [note.key for note in self.screen.notes]


def approval(approval_id: str) -> Approval:
    return Approval(
        id=approval_id,
        tool="dingtalk_send_markdown",
        risk=Risk.WRITE,
        origin=Origin(source=Source.MCP, tool="dingtalk_send_markdown", grant="claude-code", project="api"),
        robot="team",
        title="Release",
        details=(
            (text("approvals.field_robot"), "team (oapi.dingtalk.com)"),
            (text("approvals.field_everyone"), "@all"),
            (text("approvals.field_title"), "Release"),
            (text("approvals.field_text"), "one\n\n  two\nTo: another\nfour\nfive"),
        ),
        rule="tools.dingtalk_send_markdown.action",
        reason=text("policy.asks"),
        fingerprint="",
        created_ms=NOON,
        expires_ms=NOON,
    )


def test_a_question_says_who_why_and_what_and_has_its_answers() -> None:
    stage = Stage()
    stage.waits(1)
    (note,) = stage.screen.notes
    assert note.title == "Approve send_markdown? (api · claude-code)"
    assert note.body.splitlines() == [
        "The owner decides about each call of this tool",
        "To: team (oapi.dingtalk.com)",
        "Mentions everyone: @all",
        "Title: Release",
        "│ one",
        "│ two",
        "│ To: another",
        "… and more (lines: 2). See the full text before you approve.",
    ]
    assert [(button.label, button.action) for button in note.buttons] == [
        ("Approve once", SettleApproval("a1", Answer.ONCE)),
        ("Deny", SettleApproval("a1", Answer.DENY)),
        ("Show full text", ShowApproval("a1")),
    ]
    assert note.about == ShowApproval("a1")
    assert (note.key, note.elsewhere) == ("a1", "Answer in the tray menu: Waiting for you.")


def test_each_is_asked_about_once_and_withdrawn_when_it_is_settled() -> None:
    stage = Stage(Language.ZH)
    stage.waits(1)
    stage.waits(1)
    stage.waits(1, 2)
    stage.waits(2)
    stage.waits()
    assert stage.keys == ["a1", "a2"]
    assert stage.screen.withdrawn == ["a1", "a2"]
    assert stage.screen.notes[0].title == "批准 send_markdown？（api · claude-code）"


def test_many_at_once_are_told_as_a_number_that_goes_when_none_waits() -> None:
    stage = Stage()
    stage.waits(1, 2, 3, 4)
    stage.waits(1, 2, 3, 4)
    assert [(note.title, note.body) for note in stage.screen.notes] == [
        ("◆ 4 things wait for your answer", "Answer in the tray menu: Waiting for you.")
    ]
    stage.waits()
    stage.waits()
    assert stage.screen.withdrawn.count("many") == 1


def test_one_that_found_no_room_on_the_desktop_is_asked_about_later() -> None:
    stage = Stage()
    for number in range(1, 9):
        stage.waits(number)
    assert stage.keys == [f"a{number}" for number in range(1, 7)]
    (look,) = stage.looks  # one for all of them
    look()
    assert len(stage.keys) == 6
    stage.now_s += 61
    stage.looks[-1]()
    assert (stage.keys[-1], len(stage.looks)) == ("a8", 2)


def test_nothing_is_asked_before_the_app_serves() -> None:
    stage = Stage()
    stage.waits(1, endpoint=EndpointState.STARTING)
    assert stage.keys == []
    stage.waits(1)
    assert stage.keys == ["a1"]


def test_a_database_that_cannot_be_read_for_a_moment_settles_nothing() -> None:
    stage = Stage()
    stage.waits(1)
    stage.waits(store=StoreState.LOCKED)
    stage.waits(1)
    assert (stage.keys, stage.screen.withdrawn) == (["a1"], [])
    stage.unreadable = True
    stage.waits(1, 2)
    stage.unreadable = False
    stage.waits(1, 2)
    assert stage.keys == ["a1", "a2"]


def asked(name: str, session: str = "s1") -> AgentQuestion:
    prompt = AgentPrompt(
        kind=QuestionKind.PERMISSION,
        session=session,
        cwd="/c/payments-api",
        tool="Bash",
        said="ls",
        details=(),
        answer=lambda _reply: {},
    )
    return question(name, prompt)


def test_what_is_answered_in_the_terminal_within_seconds_makes_no_notification() -> None:
    stage = Stage()
    stage.after_s = 15
    stage.ask(asked("q1"))
    stage.ask(asked("q1"))
    assert len(stage.looks) == 1
    stage.ask(asked("q2"))  # q1 was answered
    stage.looks.pop(0)()
    assert stage.screen.notes == []
    stage.looks.pop(0)()
    assert stage.keys == ["q2"]
    stage.waits(1)  # a call that waits for the owner has no terminal
    assert stage.keys == ["q2", "a1"]


def test_a_question_of_what_is_muted_makes_no_notification() -> None:
    stage = Stage()
    stage.ask(asked("q1"), asked("q2", "s2"), mutes=(Mute(id="m1", session="s1"),))
    assert stage.keys == ["q2"]
    stage.ask(asked("q3"), mutes=(Mute(id="m2", project="payments-api"),))
    stage.ask(asked("q4"), mutes=(Mute(id="m3", project="payments-api", kind="waiting"),))
    assert stage.keys == ["q2", "q4"]
