"""How the lines of one session add up: what counts, what a copy or a sub-agent adds, and where lists end."""

import pytest

from tray_app.core.sessions.counting.aggregate import SessionFold
from tray_app.core.sessions.counting.records import (
    CallDetail,
    ClientCost,
    Commit,
    Compacted,
    Edit,
    ModelReply,
    NewTask,
    Prompt,
    Record,
    Results,
    SeenLine,
    SessionTitle,
    ToolCall,
    ToolOutcome,
    TurnEnd,
    Where,
)
from tray_app.core.sessions.session import CallKind, PendingCall, Session, SessionState, Task, ToolUse
from tray_app.core.sessions.timeline import MomentKind

T = 1_000_000_000
MAIN = Where(
    session_id="s", cwd="/code/demo", branch="main", version="2", entrypoint="cli",
    sidechain=False, agent_id="", copied=False,
)  # fmt: skip
SIDE = MAIN._replace(sidechain=True, agent_id="a1", branch="other", version="1")
COPIED = MAIN._replace(copied=True)
REPLY = ModelReply(
    at_ms=T, where=MAIN, key="m1", model="m", context_tokens=0, calls=(), text="", failure="", ended=False
)  # fmt: skip
NOBODY = (SIDE, COPIED)


def folded(*records: Record) -> Session:
    fold = SessionFold("s")
    for record in records:
        fold.add(record)
    return fold.session()


def reply(*calls: ToolCall, where: Where = MAIN, at_ms: int = T, ended: bool = False, failure: str = "") -> ModelReply:
    return REPLY._replace(calls=calls, where=where, at_ms=at_ms, ended=ended, failure=failure)


def call(number: int, detail: CallDetail | None = None, *, name: str = "Bash") -> ToolCall:
    return ToolCall(id=f"t{number}", name=name, detail=detail)


def results(
    *numbers: int,
    failed: bool = False,
    denied: bool = False,
    edit: Edit | None = None,
    commit: str = "",
    where: Where = MAIN,
    at_ms: int = T,
) -> Results:
    outcomes = tuple(ToolOutcome(call_id=f"t{number}", failed=failed, denied=denied) for number in numbers)
    return Results(at_ms=at_ms, where=where, outcomes=outcomes, edit=edit, commit=commit, task_id="")


def prompt(text: str = "go", *, key: str = "", at_ms: int = T, where: Where = MAIN) -> Prompt:
    return Prompt(at_ms=at_ms, where=where, key=key, text=text)


def test_before_the_first_line_nothing_is_known() -> None:
    fold = SessionFold("s")

    assert fold.session() == Session(session_id="s")
    assert (fold.last_ms, fold.branched) == (0, False)


def test_what_comes_before_any_prompt_is_no_measured_work() -> None:
    assert folded(SeenLine(T, MAIN), SeenLine(T + 5_000, MAIN)).active_ms == 0


@pytest.mark.parametrize("line", [SeenLine(T + 7, MAIN), Compacted(T + 7, MAIN, 50), TurnEnd(T + 7, MAIN, None)])
def test_every_line_shows_that_the_session_was_alive(line: Record) -> None:
    found = folded(prompt(), line)

    assert (found.started_ms, found.last_ms, found.active_ms) == (T, T + 7, 7)


def test_a_session_works_from_a_prompt_or_a_result_until_the_turn_ends() -> None:
    ended = (prompt(), reply(ended=True))
    assert folded(prompt()).state is SessionState.WORKING
    assert folded(reply()).state is SessionState.WORKING
    assert folded(*ended).state is SessionState.IDLE
    assert folded(*ended, results(1)).state is SessionState.WORKING
    assert folded(*ended, results(1, where=SIDE)).state is SessionState.IDLE
    assert folded(*ended, reply(where=SIDE)).state is SessionState.IDLE
    assert folded(prompt(), ClientCost(micros=1, lines_added=0, lines_removed=0)).state is SessionState.IDLE
    assert folded(prompt(), TurnEnd(T, MAIN, None)).state is SessionState.IDLE
    assert [folded(prompt(), TurnEnd(T, where, 5)).state for where in NOBODY] == [SessionState.WORKING] * 2


def test_after_a_turn_that_the_client_measured_nothing_runs_until_the_next_prompt() -> None:
    found = folded(prompt(), TurnEnd(T + 9_000, MAIN, 5_000), SeenLine(T + 60_000, MAIN))

    assert found.active_ms == 5_000
    assert [(one.kind, one.at_ms) for one in found.moments] == [
        (MomentKind.PROMPT, T),
        (MomentKind.DONE, T + 9_000),
    ]


def test_lines_of_sub_agents_and_copies_are_no_work_of_the_main_thread() -> None:
    for where in NOBODY:
        assert folded(prompt(), SeenLine(T + 5_000, where)).active_ms == 0


def test_a_compaction_of_a_sub_agent_or_a_copy_is_no_moment_of_the_session() -> None:
    assert folded(Compacted(T, MAIN, 50)).context_tokens == 50
    assert [one.kind for one in folded(Compacted(T, MAIN, 50)).moments] == [MomentKind.COMPACTED]
    assert [folded(Compacted(T, where, 50)).moments for where in NOBODY] == [(), ()]


def test_a_reply_that_another_session_owns_counts_nothing_and_shows_a_branch() -> None:
    for where, is_branched in ((MAIN, True), (SIDE, False)):
        fold = SessionFold("s")
        fold.add(reply(call(1), where=where), mine=False)
        assert (fold.branched, fold.models, fold.session().tools) == (is_branched, {}, {})
        fold.add(reply(where=SIDE), mine=False)
        assert fold.branched is is_branched
    fold = SessionFold("s")
    fold.add(reply(call(1)))
    assert (fold.branched, fold.session().models, fold.session().tools) == (False, ("m",), {"Bash": ToolUse(calls=1)})


def test_sub_agents_are_counted_by_their_own_id() -> None:
    fold = SessionFold("s")
    for agent_id in ("a1", "a2", "a1"):
        fold.agent(agent_id)
    assert fold.session().subagents == 2
    for agent_id in ("a1", "a3", "a4"):
        fold.add(SeenLine(T, SIDE._replace(agent_id=agent_id)))
    assert fold.session().subagents == 4


def test_a_failed_reply_stays_the_last_word_until_another_reply_or_prompt() -> None:
    failed = folded(reply(failure="rate_limit", at_ms=T + 3))
    assert (failed.failure, failed.failed_ms, failed.errors) == ("rate_limit", T + 3, 1)
    for after in (reply(), prompt()):
        found = folded(reply(failure="rate_limit"), after)
        assert (found.failure, found.failed_ms, found.errors) == ("", 0, 1)
    found = folded(reply(), reply(failure="rate_limit", where=SIDE))
    assert (found.failure, found.errors) == ("", 1)


ASKED = ToolCall(id="t1", name="Bash", detail=None, about="ls", runs=True, more=2, kind=CallKind.PLAN)


def test_calls_without_a_result_are_pending_as_they_were_asked() -> None:
    waiting = PendingCall(tool="Bash", about="ls", runs=True, more=2, kind=CallKind.PLAN)
    assert folded(reply(ASKED)).pending == (waiting,)
    assert [call.id for call in folded(reply(ASKED)).pending] == ["t1"]
    assert folded(reply(ASKED, where=SIDE)).pending == ()
    for after in (results(1), prompt(), TurnEnd(T, MAIN, None)):
        assert folded(reply(ASKED), after).pending == ()
    assert folded(reply(ASKED), results(1), reply(ASKED)).pending == ()


def test_of_more_open_calls_than_are_kept_the_oldest_is_forgotten() -> None:
    calls = [call(number) for number in range(1_001)]
    assert folded(reply(*calls), results(0, failed=True)).tools == {"Bash": ToolUse(calls=1_001)}
    assert folded(reply(*calls), results(1, failed=True)).tools == {"Bash": ToolUse(calls=1_001, failed=1)}
    assert folded(reply(*calls[:1_000]), results(0, failed=True)).tools == {"Bash": ToolUse(calls=1_000, failed=1)}


def test_refusals_add_up() -> None:
    found = folded(reply(call(1), call(2), call(3)), results(1, denied=True), results(2, denied=True), results(3))

    assert found.tools == {"Bash": ToolUse(calls=3, denied=2)}


def test_prompts_are_told_apart_by_their_key_and_without_one_by_time_and_words() -> None:
    assert folded(prompt(key="k1"), prompt(key="k2"), prompt(key="k1")).prompts == 2
    assert folded(prompt(), prompt(), prompt("stop"), prompt(at_ms=T + 1)).prompts == 3
    assert folded(prompt(at_ms=T + 9), prompt("late line")).prompted_ms == T + 9


def test_a_title_is_the_start_of_the_first_prompts_first_line() -> None:
    assert folded(prompt("\n one\ntwo\nthree")).title == "one"
    assert folded(prompt("x" * 300), prompt("other")).title == "x" * 200
    assert folded(prompt("first"), SessionTitle("made up", chosen=False)).title == "made up"


@pytest.mark.parametrize("settled", [{"failed": True}, {"denied": True}])
def test_what_failed_or_was_refused_is_neither_a_commit_nor_a_task(settled: dict[str, bool]) -> None:
    asked = reply(call(1, Commit("Build it")), call(2, NewTask("one")))
    failed = folded(asked, results(1, 2, failed="failed" in settled, denied="denied" in settled))

    assert (failed.commits, failed.tasks) == ((), ())
    done = folded(asked, results(1), results(2)._replace(task_id="7"))
    assert (done.commits, done.tasks) == (("Build it",), (Task(title="one", done=False),))


def test_a_sub_agents_commit_counts_and_its_tasks_do_not() -> None:
    asked = reply(call(1, Commit("Build it")), call(2, NewTask("one")), where=SIDE)
    found = folded(asked, results(1, 2, where=SIDE))

    assert (found.commits, found.tasks) == (("Build it",), ())


def committed(*subjects: str, printed: str = "") -> tuple[str, ...]:
    records: list[Record] = []
    for number, subject in enumerate(subjects):
        records += [reply(call(number, Commit(subject))), results(number, commit=printed)]
    return folded(*records).commits


def test_commits_are_named_once_in_a_row_and_only_so_many() -> None:
    assert committed("A", "A", "B", "A", "", "C") == ("A", "B", "A", "C")
    assert committed("A", printed="As git says") == ("As git says",)
    many = [f"commit {number}" for number in range(60)]
    assert committed(*many) == tuple(many[:50])


def test_edits_count_with_the_call_that_made_them_and_all_lines_of_them() -> None:
    edit = Edit(path="/a", added=3, removed=2)
    for detail in (None, Commit("x"), NewTask("x")):
        found = folded(reply(call(1, detail)), results(1, edit=edit))
        assert (found.files, found.lines_added, found.lines_removed) == (("/a",), 3, 2)
    twice = folded(reply(call(1), call(2)), results(1, edit=edit), results(2, edit=edit), results(2, edit=edit))
    assert (twice.files, twice.lines_added, twice.lines_removed) == (("/a",), 6, 4)
    assert folded(reply(call(1)), results(1, edit=edit, where=COPIED)).files == ()
    assert folded(reply(call(1)), results(1, 9, edit=edit)).files == ("/a",)


def test_only_so_many_files_are_named_but_all_lines_count() -> None:
    calls = [call(number) for number in range(1_001)]
    records: list[Record] = []
    for number, one in enumerate(calls):
        records += [reply(one), results(number, edit=Edit(path=f"/{number}", added=1, removed=0))]
    found = folded(*records)

    assert (len(found.files), found.lines_added) == (1_000, 1_001)


def test_moments_that_were_left_out_are_counted() -> None:
    found = folded(*(prompt(at_ms=T + number) for number in range(250)))

    assert (len(found.moments), found.moments_dropped) == (200, 50)


def test_a_sub_agents_calls_count_but_are_no_moments() -> None:
    found = folded(reply(call(1), where=SIDE), results(1, where=SIDE))

    assert (found.tools, found.moments) == ({"Bash": ToolUse(calls=1)}, ())


def test_the_last_branch_and_version_of_the_main_thread_hold_and_the_first_folder() -> None:
    later = MAIN._replace(cwd="/elsewhere", branch="topic", version="3")
    found = folded(SeenLine(T, MAIN), SeenLine(T, later), SeenLine(T, SIDE), SeenLine(T, MAIN._replace(branch="")))

    assert (found.cwd, found.project, found.branch, found.version) == ("/code/demo", "demo", "topic", "2")
