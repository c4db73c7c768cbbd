"""The owner's words reach a session that is done: one hook each, on record first, once, and lost ones are told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.clock import StepClock
from tray_app.core.delivery.delivery import Source
from tray_app.core.follow_ups.follow_up import MOST_WORDS, WAKES_WITHIN_MS, Fate, FollowUp
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Language, text
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.sessions.live.events import Event, HookEvent, Prompted, SessionEnded, TurnEnded
from tray_app.core.sessions.session import Session, SessionState
from tray_app.core.settings.settings import HistorySettings, QuestionSettings, Settings
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.follow_ups.memory import FollowUpMemory

pytestmark = pytest.mark.anyio
HOUR_MS = 3_600_000


@dataclass
class Desk:
    """Sessions, an audit that can fail, a disk that can be slow; what is kept outlives the service."""

    clock: StepClock = field(default_factory=StepClock)
    entries: list[AuditEntry] = field(default_factory=list)
    kept: dict[str, object] = field(default_factory=dict)
    broken: bool = False
    full: bool = False  # what is kept does not reach the disk
    disk: asyncio.Event = field(default_factory=asyncio.Event)
    settings: Settings = field(default_factory=lambda: Settings(questions=QuestionSettings(follow_ups=True)))
    sessions: dict[str, Session] = field(default_factory=dict)
    lost: list[FollowUp] = field(default_factory=list)
    numbers: int = 0
    calls: "list[asyncio.Task[str | None]]" = field(default_factory=list)
    _task: "asyncio.Task[None] | None" = None

    def __post_init__(self) -> None:
        self.disk.set()
        self.start()

    def start(self) -> None:
        """As a new run of the app would have it."""
        self.follow_ups = FollowUps(
            records=self,
            memory=FollowUpMemory(self),
            lasting=self._lasting,
            clock=self.clock,
            settings=lambda: self.settings,
            session=self.sessions.get,
            words=lambda: catalogs()[Language.EN],
            masked=lambda words: words.replace("s3cret", "•••"),
            new_id=self._new_id,
            changed=lambda: None,
        )
        self.follow_ups.lost = self.lost.append
        self._task = asyncio.create_task(self.follow_ups.run())

    def kill(self) -> None:
        """The app ends at this instant."""
        assert self._task is not None
        self._task.cancel()
        for call in self.calls:
            call.cancel()

    def keep(self, entry: AuditEntry) -> None:
        if self.broken:
            raise StoreUnavailable(text("menu.store_down"), text("menu.store_down"))
        self.entries.append(entry)

    def read_state(self, key: str) -> object:
        return self.kept.get(key)

    def write_state(self, key: str, value: object) -> None:
        self.kept[key] = value

    async def _lasting(self) -> None:
        await self.disk.wait()
        if self.full:
            raise StoreUnavailable(text("menu.store_down"), text("menu.store_down"))

    def _new_id(self) -> str:
        self.numbers += 1
        return f"n{self.numbers}"

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def done(self, session: str = "s1", project: str = "web") -> "asyncio.Task[str | None]":
        """A turn of this session ends, and its hook waits."""
        self.is_now(SessionState.IDLE, session, project)
        self.calls.append(asyncio.create_task(self.follow_ups.wait("claude-code", session)))
        await self.settle()
        return self.calls[-1]

    def is_now(self, state: SessionState, session: str = "s1", project: str = "web") -> None:
        self.sessions[session] = Session(session_id=session, project=project, state=state)
        self.follow_ups.look()

    async def passes(self, ms: int) -> None:
        """Let time pass, in steps that nobody sleeps through."""
        while ms > 0:
            pause = min(ms, self.clock.next_wake() or ms)
            self.clock.step(pause)
            ms -= pause
            await self.settle()

    async def refused(self, words: str = "go on", session: str = "s1", waiter_id: str | None = None) -> str:
        with pytest.raises(TrayAppError) as no:
            await self.follow_ups.give(session, words, by=Source.PAGE, waiter_id=waiter_id)
        return no.value.reason.key

    def tells(self, what: Event, session: str = "s1", agent_id: str = "") -> None:
        self.follow_ups.hear(HookEvent(session_id=session, what=what, agent_id=agent_id))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.kill()


async def test_words_are_on_the_disk_before_the_hook_has_them_and_it_says_whose_they_are(desk: Desk) -> None:
    call = await desk.done()
    desk.disk.clear()
    giving = asyncio.create_task(desk.follow_ups.give("s1", "  now write 请 the tests\n", by=Source.PAGE))
    await desk.settle()
    assert not call.done()
    [entry] = desk.entries
    assert (entry.tool, entry.session, entry.decision, entry.rule) == (
        "follow_up",
        "s1",
        DecisionKind.ALLOW,
        "follow_up.page",
    )
    assert entry.reason == text("follow_ups.audit_given", project="web", words="now write 请 the tests")
    desk.disk.set()
    assert (await giving).fate is Fate.GIVEN
    words = await call
    assert words is not None
    assert words.startswith("From dingtalk-tray, the app of this computer's owner")
    assert words.endswith("\n\nnow write 请 the tests")


async def test_each_hook_is_given_words_once(desk: Desk) -> None:
    call = await desk.done()
    desk.disk.clear()
    giving = asyncio.create_task(desk.follow_ups.give("s1", "first", by=Source.PAGE))
    await desk.settle()
    assert await desk.refused("second") == "follow_ups.taken"
    desk.disk.set()
    await giving
    assert "first" in str(await call)
    assert await desk.refused("third") == "follow_ups.not_waiting"
    assert len(desk.entries) == 1


async def test_nothing_is_given_that_cannot_be_kept(desk: Desk) -> None:
    call = await desk.done()
    desk.broken = True
    assert await desk.refused() == "menu.store_down"
    assert desk.kept["follow_ups"] == []
    desk.broken = False
    await desk.follow_ups.give("s1", "go on", by=Source.PHONE)
    assert "go on" in str(await call)


async def test_what_was_on_record_and_is_not_given_says_so_beside_it(desk: Desk) -> None:
    call = await desk.done()
    desk.full = True
    assert await desk.refused() == "menu.store_down"
    desk.full = False
    desk.disk.clear()
    giving = asyncio.create_task(desk.follow_ups.give("s1", "go on", by=Source.PAGE))
    await desk.settle()
    giving.cancel()
    await desk.settle()
    assert giving.cancelled()
    assert [(entry.rule, entry.reason and entry.reason.key) for entry in desk.entries] == [
        ("follow_up.page", "follow_ups.audit_given"),
        ("follow_up.not_given", "menu.store_down"),
        ("follow_up.page", "follow_ups.audit_given"),
        ("follow_up.not_given", "follow_ups.not_given"),
    ]
    assert desk.kept["follow_ups"] == []
    desk.disk.set()
    await desk.follow_ups.give("s1", "go on", by=Source.PAGE)
    assert "go on" in str(await call)


@pytest.mark.parametrize("words", ["", " \n", "x" * (MOST_WORDS + 1), "\ud83d"])
async def test_what_are_no_words_is_refused(desk: Desk, words: str) -> None:
    await desk.done()
    assert await desk.refused(words) == "follow_ups.unfit"
    assert desk.entries == []


async def test_secrets_are_masked_on_record_and_words_are_left_out_where_none_are_kept(desk: Desk) -> None:
    await desk.done()
    await desk.follow_ups.give("s1", "use s3cret", by=Source.PAGE)
    desk.settings = replace(desk.settings, history=HistorySettings(store_content=False))
    await desk.done()
    await desk.follow_ups.give("s1", "use s3cret again", by=Source.PAGE)
    assert [entry.reason for entry in desk.entries] == [
        text("follow_ups.audit_given", project="web", words="use •••"),
        text("follow_ups.audit_unkept", project="web"),
    ]
    assert "s3cret" not in str(desk.kept)


async def test_the_next_turn_s_hook_takes_the_place_of_the_last_one_s(desk: Desk) -> None:
    first, second, other = await desk.done(), await desk.done(), await desk.done("s2", "api")
    assert await first is None
    assert [one.session for one in desk.follow_ups.waiting()] == ["s1", "s2"]
    await desk.follow_ups.give("s2", "for api", by=Source.PAGE)
    assert "for api" in str(await other)
    assert not second.done()


async def test_it_ends_where_the_person_types_and_where_the_session_ends_or_the_setting_is_switched_off(
    desk: Desk,
) -> None:
    for ended in (Prompted(), SessionEnded(reason="clear", goes_on=True), SessionEnded(reason="other")):
        call = await desk.done()
        desk.tells(Prompted(), agent_id="a sub-agent")
        desk.tells(TurnEnded(last_text=""))
        desk.tells(Prompted(), session="another")
        await desk.settle()
        assert not call.done()
        desk.tells(ended)
        assert await call is None
    call = await desk.done()
    desk.follow_ups.over("s1")  # its process is gone
    assert await call is None
    call = await desk.done()
    desk.settings = Settings()
    desk.follow_ups.look()
    await desk.settle()
    assert await call is None
    assert await desk.refused() == "follow_ups.off"
    assert await (await desk.done()) is None


async def test_a_session_that_works_for_a_while_waits_no_more_and_a_late_word_of_its_last_turn_changes_nothing(
    desk: Desk,
) -> None:
    call = await desk.done()
    desk.is_now(SessionState.WORKING)
    await desk.passes(4_000)
    assert await desk.refused() == "follow_ups.working"
    desk.is_now(SessionState.IDLE)
    await desk.passes(60_000)
    assert not call.done()
    desk.is_now(SessionState.WORKING)
    await desk.passes(10_000)
    assert await call is None
    assert await desk.refused() == "follow_ups.working"
    desk.is_now(SessionState.ENDED)
    assert await desk.refused() == "follow_ups.ended"


async def test_the_wait_is_bounded(desk: Desk) -> None:
    call = await desk.done()
    await desk.passes(8 * HOUR_MS - 1)
    assert not call.done()
    await desk.passes(1)
    assert await call is None
    assert await desk.refused() == "follow_ups.not_waiting"


async def test_words_for_a_turn_that_is_over_are_for_no_other(desk: Desk) -> None:
    await desk.done()
    [old] = desk.follow_ups.waiting()
    call = await desk.done()
    for other in (old.id, ""):
        assert await desk.refused(waiter_id=other) == "follow_ups.not_waiting"
    [new] = desk.follow_ups.waiting()
    await desk.follow_ups.give("s1", "go on", by=Source.PHONE, waiter_id=new.id)
    assert "go on" in str(await call)


async def test_a_hook_that_goes_away_while_words_are_being_kept_has_none_and_that_is_on_record(desk: Desk) -> None:
    call = await desk.done()
    desk.disk.clear()
    giving = asyncio.create_task(desk.follow_ups.give("s1", "go on", by=Source.PAGE))
    await desk.settle()
    call.cancel()
    await desk.settle()
    desk.disk.set()
    with pytest.raises(TrayAppError) as no:
        await giving
    assert no.value.reason.key == "follow_ups.not_waiting"
    assert [entry.rule for entry in desk.entries] == ["follow_up.page", "follow_up.not_given"]
    assert desk.kept["follow_ups"] == []
    assert desk.lost == []  # whoever wrote them was told


@pytest.mark.parametrize("sign", ["works", "next turn", "prompt"])
async def test_it_is_known_to_have_woken_by_what_it_does(desk: Desk, sign: str) -> None:
    await desk.done()
    await desk.follow_ups.give("s1", "go on", by=Source.PAGE)
    await desk.passes(30_000)
    last = desk.follow_ups.last("s1")
    assert last is not None
    assert last.fate is Fate.GIVEN
    match sign:
        case "works":
            desk.is_now(SessionState.WORKING)
        case "next turn":
            await desk.done()
        case "prompt":
            desk.tells(Prompted())
    await desk.settle()
    woken = desk.follow_ups.last("s1")
    assert woken is not None
    assert woken.fate is Fate.WOKEN
    await desk.passes(WAKES_WITHIN_MS)
    assert desk.lost == []
    assert desk.kept["follow_ups"] == []


@pytest.mark.parametrize("sign", ["hook", "said", "seen"])
async def test_words_are_told_as_lost_where_the_hook_or_its_session_is_gone_before_it_wakes(
    desk: Desk, sign: str
) -> None:
    call = await desk.done()
    given = await desk.follow_ups.give("s1", "go on", by=Source.PAGE)
    match sign:
        case "hook":
            call.cancel()  # before it has read them
        case "said":
            desk.tells(SessionEnded(reason="other"))
        case "seen":
            desk.follow_ups.over("s1")  # its process is gone
    await desk.settle()
    assert desk.lost == [replace(given, fate=Fate.LOST)]
    desk.is_now(SessionState.WORKING)  # its person types
    desk.tells(Prompted())
    await desk.passes(WAKES_WITHIN_MS)
    assert [one.fate for one in desk.lost] == [Fate.LOST]
    assert desk.entries[-1].rule == "follow_up.lost"


async def test_a_session_that_does_not_wake_is_told_once(desk: Desk) -> None:
    await desk.done()
    given = await desk.follow_ups.give("s1", "go on", by=Source.PHONE)
    await desk.passes(WAKES_WITHIN_MS)
    assert desk.lost == [replace(given, fate=Fate.LOST)]
    assert desk.entries[-1].rule == "follow_up.lost"
    await desk.passes(WAKES_WITHIN_MS)
    assert len(desk.lost) == 1


@pytest.mark.parametrize("kept", [False, True])
async def test_killed_before_or_after_the_hook_had_them_they_are_told_at_the_next_start_and_not_given_again(
    desk: Desk, *, kept: bool
) -> None:
    call = await desk.done()
    if not kept:
        desk.disk.clear()
    giving = asyncio.create_task(desk.follow_ups.give("s1", "go on", by=Source.PHONE))
    await desk.settle()
    assert giving.done() is kept
    kept_then = dict(desk.kept)
    desk.kill()
    giving.cancel()
    await desk.settle()
    assert call.done()
    desk.kept = kept_then  # one that is killed writes no more
    desk.disk.set()
    desk.start()
    await desk.settle()
    assert [(one.project, one.by, one.fate) for one in desk.lost] == [("web", "phone", Fate.LOST)]
    again = await desk.done()
    await desk.passes(WAKES_WITHIN_MS)
    assert not again.done()
    desk.kill()
    desk.start()
    await desk.settle()
    assert len(desk.lost) == 1


SESSIONS = st.sampled_from(["s1", "s2"])
HAPPENS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["done", "give", "cut off", "typed", "ended", "gone", "works", "rests"]), SESSIONS),
        st.tuples(st.sampled_from(["disk", "slow", "time", "off", "on"]), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(HAPPENS)
def test_whatever_happens_words_reach_one_hook_of_their_session_at_most_and_the_rest_is_said(
    happens: list[tuple[str, str | None]],
) -> None:
    asyncio.run(_at_most_once(happens))


async def _at_most_once(happens: list[tuple[str, str | None]]) -> None:
    desk = Desk()
    given: list[tuple[str, str, asyncio.Task[FollowUp]]] = []
    of: dict[asyncio.Task[str | None], str] = {}

    async def give(session: str, words: str, *, cut_off: bool) -> FollowUp:
        follow_up = await desk.follow_ups.give(session, words, by=Source.PAGE)
        for call in [call for call, name in of.items() if cut_off and name == session]:
            call.cancel()  # in the moment between the words and their hook
        return follow_up

    for what, session in happens:
        match what, session:
            case "done", str():
                of[await desk.done(session)] = session
            case (("give" | "cut off"), str()):
                words = f"words {len(given)}."
                given.append((session, words, asyncio.create_task(give(session, words, cut_off=what == "cut off"))))
            case "typed", str():
                desk.tells(Prompted(), session=session)
            case "ended", str():
                desk.is_now(SessionState.ENDED, session)
                desk.tells(SessionEnded(reason="other"), session=session)
            case "gone", str():
                for call in [call for call, name in of.items() if name == session]:
                    call.cancel()
            case (("works" | "rests"), str()):
                desk.is_now(SessionState.WORKING if what == "works" else SessionState.IDLE, session)
            case "time", None:
                await desk.passes(6_000)
            case (("disk" | "slow"), None):
                (desk.disk.set if what == "disk" else desk.disk.clear)()
            case _:
                desk.settings = Settings(questions=QuestionSettings(follow_ups=what == "on"))
                desk.follow_ups.look()
        await desk.settle()
    desk.disk.set()
    await desk.passes(WAKES_WITHIN_MS)
    heard = [(of[call], call.result() or "") for call in of if call.done() and not call.cancelled()]
    for session, words, giving in given:
        reached = [name for name, said in heard if said.endswith(f"\n\n{words}")]
        if giving.exception() is None:
            assert reached in ([session], [])
            assert reached or giving.result().id in {one.id for one in desk.lost}
        else:
            assert isinstance(giving.exception(), TrayAppError)
            assert reached == []
    assert len({one.id for one in desk.lost}) == len(desk.lost)
    assert desk.kept.get("follow_ups", []) == []
    assert sum(entry.rule == "follow_up.page" for entry in desk.entries) == sum(
        entry.rule == "follow_up.not_given" for entry in desk.entries
    ) + sum(giving.exception() is None for _, _, giving in given)
    desk.kill()
    await desk.settle()
