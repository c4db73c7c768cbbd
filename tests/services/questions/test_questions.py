"""Questions of agents: one answer each, on record before it is given, and silence gives none."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.asked import asked
from tests.support.clock import StepClock
from tray_app.core.claude_code.questions import read_question
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.questions.question import AgentPrompt, Allowed, Approved, Denied, Reply
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.signals import Ended, GoesOn, SubAgentDone
from tray_app.core.sessions.session import PendingCall
from tray_app.core.settings.settings import QuestionSettings, Settings
from tray_app.services.questions.questions import MOST_WAITING, Questions

pytestmark = pytest.mark.anyio
PROMPT = read_question(asked())
OTHER = replace(PROMPT, session="other")
HELPER = replace(PROMPT, sub_agent="Explore", sub_agent_id="a1")


@dataclass
class Desk:
    """Questions, with an audit that can fail and a disk that can be slow."""

    clock: StepClock = field(default_factory=StepClock)
    entries: list[AuditEntry] = field(default_factory=list)
    broken: bool = False
    disk: asyncio.Event = field(default_factory=asyncio.Event)
    settings: Settings = field(default_factory=Settings)
    asked: list[AgentPrompt] = field(default_factory=list)
    questions: Questions = field(init=False)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.disk.set()
        self.questions = Questions(
            records=self,
            lasting=self._lasting,
            clock=self.clock,
            settings=lambda: self.settings,
            project=lambda prompt: prompt.cwd.rpartition("/")[2],
            asked=lambda _agent, prompt: self.asked.append(prompt),
            new_id=self._new_id,
            changed=lambda: None,
            unshown=lambda prompt: bool(prompt.sub_agent_id),
        )

    def keep(self, entry: AuditEntry) -> None:
        if self.broken:
            raise StoreUnavailable(text("menu.store_down"), text("menu.store_down"))
        self.entries.append(entry)

    async def _lasting(self) -> None:
        await self.disk.wait()

    def _new_id(self) -> str:
        self.numbers += 1
        return f"q{self.numbers}"

    async def ask(self, prompt: AgentPrompt = PROMPT) -> "asyncio.Task[Reply | None]":
        task = asyncio.create_task(self.questions.ask("claude-code", prompt))
        await asyncio.sleep(0)
        return task

    @property
    def waiting(self) -> Sequence[str]:
        return [one.id for one in self.questions.waiting()]

    async def refused(self, question_id: str, reply: Reply = Allowed()) -> str:  # noqa: B008 - frozen
        with pytest.raises(TrayAppError) as no:
            await self.questions.answer(question_id, reply, by=Source.PAGE)
        return no.value.reason.key


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_answer_is_on_the_disk_before_the_agent_hears_it(desk: Desk) -> None:
    call = await desk.ask()
    desk.disk.clear()
    answer = asyncio.create_task(desk.questions.answer("q1", Allowed(), by=Source.TRAY))
    await asyncio.sleep(0)
    assert (len(desk.entries), call.done()) == (1, False)
    assert await desk.refused("q1") == "questions.taken"
    desk.disk.set()
    assert (await answer).id == "q1"
    assert await call == Allowed()
    [entry] = desk.entries
    assert (entry.tool, entry.session, entry.decision, entry.rule) == (
        "Bash",
        "abc-1",
        DecisionKind.ALLOW,
        "question.tray",
    )
    assert "npm test" not in repr(entry)
    assert await desk.refused("q1") == "questions.over_allowed"


async def test_what_cannot_be_kept_is_not_answered_and_goes_on_waiting(desk: Desk) -> None:
    call = await desk.ask()
    desk.broken = True
    with pytest.raises(StoreUnavailable):
        await desk.questions.answer("q1", Allowed(), by=Source.TRAY)
    assert (desk.waiting, call.done()) == (["q1"], False)
    desk.broken = False
    await desk.questions.answer("q1", Denied("no"), by=Source.TRAY)
    assert await call == Denied("no")


async def test_a_session_that_goes_on_asks_no_more_what_it_asked_before(desk: Desk) -> None:
    call, other = await desk.ask(), await desk.ask(OTHER)
    live, now_ms = Live(session_id="abc-1"), desk.clock.now_ms()
    desk.questions.hear(live, GoesOn(at_ms=now_ms - 1))  # of the question before this one
    assert desk.waiting == ["q1", "q2"]
    desk.questions.hear(live, GoesOn(at_ms=now_ms + 1))
    assert (await call, desk.waiting) == (None, ["q2"])
    assert await desk.refused("q1") == "questions.over_elsewhere"
    desk.questions.hear(Live(session_id="other"), Ended(at_ms=now_ms + 1, lasted_ms=1))
    assert (await other, desk.entries) == (None, [])


def fetch(number: int, prompt: str = "Read") -> AgentPrompt:
    return read_question(asked("WebFetch", {"url": f"http://localhost:9/{number}", "prompt": prompt}))


def call(number: int, name: str) -> PendingCall:
    return PendingCall(tool="WebFetch", about=f"http://localhost:9/{number}", id=name)


ONE, TWO, ALIKE = call(1, "a"), call(2, "b"), call(1, "c")


@pytest.mark.parametrize(
    ("asked_about", "before", "now", "left"),
    [
        ((1, 2), [ONE, TWO], [TWO], ["q2"]),
        ((1, 2), [ONE, TWO], [ONE], ["q1"]),
        ((1, 2), [TWO, ONE], [TWO], ["q2"]),
        ((1, 2), [ONE, TWO], [], []),
        ((1, 1), [ONE, ALIKE], [ALIKE], ["q1", "q2"]),  # they look the same: which one was answered is not known
        ((1, 1), [ONE, ALIKE], [], []),
        ((1,), [ONE], [ALIKE], ["q1"]),  # the result of an earlier one, read together with this one's call
        ((1,), [ONE, ALIKE], [ALIKE], ["q1"]),  # one of the two was let through: which one is not known
        ((1, 1), [ONE], [], ["q1", "q2"]),
        ((1, 2), [], [ONE, TWO], ["q1", "q2"]),
        ((1, 2), [call(3, "d")], [], ["q1", "q2"]),
        ((1,), [replace(ONE, tool="Bash")], [], ["q1"]),
    ],
)
async def test_of_several_that_are_asked_the_one_whose_call_has_a_result_was_answered_in_the_terminal(
    desk: Desk, asked_about: Sequence[int], before: list[PendingCall], now: list[PendingCall], left: list[str]
) -> None:
    calls = [await desk.ask(fetch(number)) for number in asked_about]
    helper = await desk.ask(replace(fetch(1), sub_agent="Explore", sub_agent_id="a1"))
    other = await desk.ask(replace(fetch(1), session="other"))
    beside = [f"q{len(calls) + 1}", f"q{len(calls) + 2}"]
    desk.questions.see_calls("abc-1", before=before, now=now)  # too soon: the client may still be writing
    assert len(desk.waiting) == len(calls) + 2
    desk.clock.step(300)
    desk.questions.see_calls("abc-1", before=before, now=now)
    assert desk.waiting == [*left, *beside]
    for gone in {f"q{number + 1}" for number in range(len(calls))} - set(left):
        assert await desk.refused(gone) == "questions.over_elsewhere"
    for each in (*calls, helper, other):
        each.cancel()


async def test_what_a_sub_agent_asks_waits_on_until_it_has_ended_or_the_terminal_has_its_turn(desk: Desk) -> None:
    call, other, late = await desk.ask(HELPER), await desk.ask(replace(HELPER, sub_agent_id="a2")), await desk.ask()
    live, now_ms = Live(session_id="abc-1"), desk.clock.now_ms()
    desk.questions.hear(live, GoesOn(at_ms=now_ms + 1))
    assert (await late, desk.waiting) == (None, ["q1", "q2"])
    desk.questions.hear(live, SubAgentDone(at_ms=now_ms + 1, agent_id="a1"))
    assert (await call, desk.waiting) == (None, ["q2"])
    [question] = desk.questions.waiting()
    assert question.expires_ms - question.asked_ms == 180_000
    desk.clock.step(180_000)
    assert (await other, await desk.refused("q2")) == (None, "questions.over_expired")


async def test_answered_in_the_terminal_while_it_is_kept_it_is_too_late(desk: Desk) -> None:
    call = await desk.ask()
    desk.disk.clear()
    answer = asyncio.create_task(desk.questions.answer("q1", Allowed(), by=Source.TRAY))
    await asyncio.sleep(0)
    desk.questions.hear(Live(session_id="abc-1"), GoesOn(at_ms=desk.clock.now_ms() + 1))
    desk.disk.set()
    with pytest.raises(TrayAppError) as no:
        await answer
    assert (no.value.reason.key, await call) == ("questions.over_elsewhere", None)


async def test_time_and_a_closed_connection_end_it_without_an_answer(desk: Desk) -> None:
    desk.settings = replace(Settings(), questions=QuestionSettings(wait_min=2))
    call, gone = await desk.ask(), await desk.ask(OTHER)
    gone.cancel()
    await asyncio.wait({gone})
    assert (desk.waiting, await desk.refused("q2")) == (["q1"], "questions.over_elsewhere")
    desk.clock.step(120_000)
    assert (await call, await desk.refused("q1")) == (None, "questions.over_expired")


async def test_nobody_is_asked_who_does_not_want_to_be_or_is_asked_too_much(desk: Desk) -> None:
    calls = [await desk.ask() for _ in range(MOST_WAITING)]
    assert await (await desk.ask()) is None
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    desk.settings = replace(Settings(), questions=QuestionSettings(ask=False))
    assert await (await desk.ask()) is None
    assert len(desk.asked) == MOST_WAITING


async def test_an_answer_to_another_kind_of_question_is_none(desk: Desk) -> None:
    call = await desk.ask()
    assert await desk.refused("q1", Approved()) == "questions.unfit"
    with pytest.raises(TrayAppError):
        await desk.questions.say("q1", "option-0", by=Source.PAGE)
    assert (desk.waiting, desk.entries) == (["q1"], [])
    await desk.questions.say("q1", "deny", own="no", by=Source.PAGE)
    assert await call == Denied("no")


STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "allow", "deny", "goes on", "gone", "late"]), st.integers(0, 5)), max_size=40
)


@given(STEPS)
@settings(max_examples=150)
def test_whatever_happens_each_question_has_one_answer_at_most_and_that_is_on_record(
    steps: list[tuple[str, int]],
) -> None:
    async def live() -> None:
        desk, calls = Desk(), list["asyncio.Task[Reply | None]"]()
        given: dict[str, Reply] = {}
        for what, number in steps:
            question_id = f"q{number + 1}"
            if what == "ask" and len(calls) < 6:
                calls.append(await desk.ask(PROMPT if len(calls) % 2 else OTHER))
            elif what in {"allow", "deny"}:
                reply = Allowed() if what == "allow" else Denied()
                try:
                    await desk.questions.answer(question_id, reply, by=Source.TRAY)
                except TrayAppError:
                    continue
                assert given.setdefault(question_id, reply) is reply
            elif what == "goes on":
                name = ("abc-1", "other")[number % 2]
                desk.questions.hear(Live(session_id=name), GoesOn(at_ms=desk.clock.now_ms()))
            elif what == "gone" and number < len(calls):
                calls[number].cancel()
            await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        said = await asyncio.gather(*calls, return_exceptions=True)
        for number, heard in enumerate(said, start=1):
            assert isinstance(heard, asyncio.CancelledError | None) or given.get(f"q{number}") == heard
        assert {entry.id for entry in desk.entries} == set(given)
        assert len(desk.entries) == len(given)
        assert desk.waiting == []

    asyncio.run(live())
