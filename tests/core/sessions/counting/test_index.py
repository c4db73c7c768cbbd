import random
import tracemalloc
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.transcripts import BASE_MS, MODEL, Script, tokens
from tray_app.core.claude_code.line import parse_line
from tray_app.core.claude_code.pricing import picos
from tray_app.core.claude_code.usage import parse_usage
from tray_app.core.sessions.counting.index import SessionIndex
from tray_app.core.sessions.counting.records import Spent
from tray_app.core.sessions.session import Cost, Estimate, Session, SessionState, Task, Tokens, ToolUse
from tray_app.core.sessions.timeline import Moment, MomentKind

_EPOCH = 719163


def _day(at_ms: int) -> int:
    return _EPOCH + at_ms // 86_400_000


def _book(scripts: Iterable[tuple[str, Sequence[bytes]]]) -> SessionIndex:
    book = SessionIndex(_day, picos)
    for name, lines in scripts:
        for line in lines:
            if (spent := parse_usage(line)) is not None:
                book.count(name, spent)
            if (record := parse_line(line)) is not None:
                book.add(name, record)
    return book


def _session(*scripts: Script) -> Session:
    found = _book((script.session_id, script.lines) for script in scripts).session(scripts[-1].session_id)
    assert found is not None
    return found


def test_a_whole_session_adds_up() -> None:
    script = Script("s1", cwd="/home/user/code/demo")
    script.prompt("please build it\nand test it", wait_ms=0)
    script.call("m1", tokens(1), "t1", "Write", {"file_path": "/a"})
    script.result("t1", toolUseResult={"type": "create", "filePath": "/a", "content": "1\n2\n", "structuredPatch": []})
    script.call("m2", tokens(2), "t2", "Bash", {"command": "false"})
    script.result("t2", "Exit code 1", error=True)
    script.call("m3", tokens(3), "t3", "Bash", {"command": "git commit -m 'Build it'"})
    script.result("t3", "", toolUseResult={"stdout": ""})
    script.call("m4", tokens(4), "t4", "WebFetch", {"url": "https://example.com"})
    script.result("t4", "no", error=True, toolDenialKind="user-rejected")
    script.branch = "feature"
    script.reply("m5", tokens(5), blocks=[{"type": "text", "text": "All done."}])
    found = _session(script)
    assert found == Session(
        session_id="s1",
        cwd="/home/user/code/demo",
        project="demo",
        branch="feature",
        title="please build it",
        version="2.1.330",
        entrypoint="cli",
        state=SessionState.IDLE,
        started_ms=BASE_MS,
        last_ms=BASE_MS + 9_000,
        active_ms=9_000,
        prompted_ms=BASE_MS,
        models=(MODEL,),
        prompts=1,
        tools={
            "Write": ToolUse(calls=1),
            "Bash": ToolUse(calls=2, failed=1),
            "WebFetch": ToolUse(calls=1, denied=1),
        },
        files=("/a",),
        lines_added=2,
        tokens={MODEL: tokens(15)},
        cost=found.cost,
        estimates={MODEL: Estimate(micros=found.cost.micros)},
        context_tokens=5 * (1 + 101 + 1001),
        commits=("Build it",),
        last_text="All done.",
        moments=(
            Moment(kind=MomentKind.PROMPT, at_ms=BASE_MS, until_ms=BASE_MS),
            Moment(
                kind=MomentKind.TOOLS,
                at_ms=BASE_MS + 1_000,
                until_ms=BASE_MS + 8_000,
                tools={"Write": 1, "Bash": 2, "WebFetch": 1},
                failed=2,
            ),
            Moment(kind=MomentKind.DONE, at_ms=BASE_MS + 9_000, until_ms=BASE_MS + 9_000),
        ),
    )
    assert found.cost == Cost(micros=15 * (4 + 140 + 500 + 8 + 200) + 3)  # 1001 reads at $0.20: 200.2 each


def test_every_block_of_a_reply_repeats_its_usage_and_it_counts_once() -> None:
    script = Script()
    blocks = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    script.reply("m1", tokens(1), blocks=blocks)
    assert _session(script).total_tokens == tokens(1)


def _trap(*replies: tuple[str, Tokens, dict[str, object]]) -> Script:
    script = Script()
    for message_id, spent, extra in replies:
        script.reply(message_id, spent, **extra)  # type: ignore[arg-type]  # one of many fields
    return script


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(
            _trap(("m", tokens(1), {"requestId": None}), ("m", tokens(1), {})), tokens(1), id="null request id"
        ),
        pytest.param(
            _trap(("m", tokens(1), {"requestId": ""}), ("m", tokens(1), {})), tokens(1), id="empty request id"
        ),
        pytest.param(
            _trap(("m", tokens(1), {"requestId": "a"}), ("m", tokens(1), {"requestId": "b"})),
            tokens(1),
            id="two requests",
        ),
        pytest.param(_trap(("m", tokens(1), {}), ("m", tokens(4), {})), tokens(4), id="partial first"),
        pytest.param(_trap(("m", tokens(4), {}), ("m", tokens(1), {})), tokens(4), id="partial later"),
        pytest.param(_trap(("m", tokens(2), {}), ("m", tokens(9), {"isSidechain": True})), tokens(2), id="side chain"),
        pytest.param(
            _trap(("m", tokens(9), {"isSidechain": True}), ("m", tokens(2), {})), tokens(2), id="side chain first"
        ),
        pytest.param(
            _trap(("m", tokens(1), {"version": "next"}), ("n", tokens(2), {"version": 3})), tokens(3), id="versions"
        ),
        pytest.param(
            _trap(("", tokens(1), {}), ("", tokens(2), {})), tokens(3), id="no message id: each line is its own"
        ),
        pytest.param(_trap(("m", tokens(1), {"timestamp": None}), ("n", tokens(2), {})), tokens(2), id="no time"),
        pytest.param(
            _trap(("m", replace(tokens(1), input=-5), {}), ("n", replace(tokens(1), input=2**40), {})),
            replace(tokens(2), input=0),
            id="impossible counts",
        ),
    ],
)
def test_the_traps_that_other_counters_fall_into(script: Script, expected: Tokens) -> None:
    assert _session(script).total_tokens == expected


def test_a_sub_agents_reply_counts_in_its_session_and_as_a_sub_agent() -> None:
    agent, main = Script("s1", agent_id="a1"), Script("s1")
    agent.prompt("SUBTASK")
    agent.reply("m1", tokens(1))
    main.prompt()
    main.reply("m2", tokens(2), blocks=[{"type": "text", "text": "mine"}])
    found = _session(agent, main)
    assert (found.total_tokens, found.subagents, found.prompts, found.last_text) == (tokens(3), 1, 1, "mine")
    assert found.context_tokens == 2 * 1103


def test_the_clients_own_account_of_cost_wins_and_what_comes_later_is_added_but_lines_are_counted() -> None:
    script = Script()
    script.call("m1", tokens(1), "t1", "Edit", {})
    script.result("t1", toolUseResult={"filePath": "/a", "structuredPatch": [{"lines": ["+x"]}]})
    script.cost(0.5, added=7, removed=2)
    found = _session(script)
    assert (found.cost, found.lines_added, found.lines_removed) == (Cost(micros=500_000, by_client=True), 1, 0)
    script.call("m2", Tokens(output=1_000_000), "t2", "Edit", {})
    script.result("t2", toolUseResult={"filePath": "/a", "structuredPatch": [{"lines": ["+x", "+y", "-z"]}]})
    found = _session(script)
    assert (found.cost, found.lines_added, found.lines_removed) == (Cost(micros=20_500_000), 3, 1)
    script.cost(21)
    assert _session(script).cost == Cost(micros=21_000_000, by_client=True)


def test_an_unknown_price_is_unknown_unless_the_client_knew_it() -> None:
    script = Script()
    script.reply("m1", tokens(1))
    script.reply("m2", tokens(1), model="claude-tomorrow-1")
    assert _session(script).cost == Cost(micros=None, unknown_models=("claude-tomorrow-1",))
    script.cost(0.25)
    assert _session(script).cost == Cost(micros=250_000, by_client=True)
    script.reply("m3", tokens(1), model="claude-tomorrow-1")
    assert _session(script).cost == Cost(micros=None, unknown_models=("claude-tomorrow-1",))


def test_a_branched_session_counts_its_own_work_only() -> None:
    parent, branch = Script("parent"), Script("branch", at_ms=BASE_MS + 100_000)
    parent.prompt("first")
    parent.call("m1", tokens(1), "t1", "Bash", {})
    parent.result("t1")
    for entry in parent.entries:
        origin = {"sessionId": "parent", "messageUuid": entry["uuid"]}
        branch.entries.append({**entry, "sessionId": "branch", "forkedFrom": origin})
    branch.prompt("second")
    branch.reply("m2", tokens(2))
    branch.cost(9, added=4)
    for order in ((parent, branch), (branch, parent)):
        book = _book((script.session_id, script.lines) for script in order)
        one, two = book.session("parent"), book.session("branch")
        assert one is not None
        assert two is not None
        assert (one.total_tokens, one.prompts, one.tool_calls) == (tokens(1), 1, 1)
        assert (two.total_tokens, two.prompts, two.tool_calls, two.title) == (tokens(2), 1, 0, "first")
        assert two.started_ms > one.last_ms
        assert not two.cost.by_client  # the client's account of a branch has its parent's cost in it
        assert two.lines_added == 0


def test_the_same_lines_again_change_nothing() -> None:
    script = Script()
    script.prompt()
    script.call("m1", tokens(1), "t1", "Edit", {})
    script.result("t1", toolUseResult={"filePath": "/a", "structuredPatch": [{"lines": ["+x"]}]})
    once = _session(script)
    twice = _book([("s1", script.lines + script.lines)]).session("s1")
    assert twice is not None
    assert (twice.total_tokens, twice.tools, twice.prompts) == (once.total_tokens, once.tools, once.prompts)
    assert (twice.lines_added, twice.files) == (once.lines_added, once.files)


def test_the_todo_list_is_the_last_one_written() -> None:
    script = Script()
    todos = [{"content": "one", "status": "completed"}, {"content": "two", "status": "pending"}]
    script.call("m1", tokens(), "t1", "TodoWrite", {"todos": todos})
    script.result("t1")
    script.call("m2", tokens(), "t2", "TodoWrite", {"todos": []})
    script.result("t2", "disabled", error=True)
    assert _session(script).tasks == (Task(title="one", done=True), Task(title="two", done=False))


def test_tasks_are_made_changed_and_deleted_by_their_id() -> None:
    script = Script()
    for number in ("1", "2"):
        script.call(f"m{number}", tokens(), f"t{number}", "TaskCreate", {"subject": f"task {number}"})
        script.result(f"t{number}", toolUseResult={"task": {"id": number}})
    script.call("m3", tokens(), "t3", "TaskUpdate", {"taskId": "1", "status": "completed"})
    script.result("t3")
    script.call("m4", tokens(), "t4", "TaskUpdate", {"taskId": "2", "status": "deleted"})
    script.result("t4")
    assert _session(script).tasks == (Task(title="task 1", done=True),)


def test_time_between_turns_and_long_silence_is_not_work() -> None:
    script = Script()
    script.prompt(wait_ms=0)
    script.reply("m1", tokens(), wait_ms=4_000)
    script.prompt("more", wait_ms=3_600_000)
    script.call("m2", tokens(), "t1", "Bash", {})
    script.result("t1", wait_ms=3_600_000)
    assert _session(script).active_ms == 4_000 + 1_000 + 300_000


def test_the_clients_measure_of_a_turn_replaces_ours() -> None:
    script = Script()
    script.prompt()
    script.reply("m1", tokens(), wait_ms=4_000)
    script.turn(555)
    assert _session(script).active_ms == 555


def test_titles_rank_by_who_chose_them() -> None:
    script = Script()
    script.prompt("first words")
    assert _session(script).title == "first words"
    script.bare(type="ai-title", aiTitle="made up")
    assert _session(script).title == "made up"
    script.bare(type="custom-title", customTitle="chosen")
    script.bare(type="ai-title", aiTitle="made up later")
    assert _session(script).title == "chosen"


def test_api_errors_are_counted_and_their_stand_in_is_no_model() -> None:
    script = Script()
    script.reply("m1", Tokens(), model="<synthetic>", isApiErrorMessage=True)
    found = _session(script)
    assert (found.errors, found.models, dict(found.tokens)) == (1, (), {})


def test_days_are_told_whole_again_when_they_change() -> None:
    book = SessionIndex(_day, picos)
    script = Script()
    script.reply("m1", tokens(1), wait_ms=0)
    script.reply("m1", tokens(4), wait_ms=0)
    script.reply("m2", tokens(1), wait_ms=86_400_000)
    for line in script.lines:
        spent = parse_usage(line)
        assert spent is not None
        book.count("s1", spent)
    days = book.take_days()
    assert [(day.day, day.model, day.tokens) for day in days] == [
        ("2026-11-22", MODEL, tokens(4)),
        ("2026-11-23", MODEL, tokens(1)),
    ]
    assert sum(day.micros or 0 for day in days) == 5 * 852 + 1
    assert book.take_days() == ()


_ENTRY = st.tuples(
    st.sampled_from(["a", "b", "c"]),  # session
    st.sampled_from(["m1", "m2", "m3", "m4"]),
    st.integers(0, 5),
    st.booleans(),  # side chain
    st.booleans(),  # copied
)


@given(st.lists(_ENTRY, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_files_and_lines_changes_no_session(
    entries: list[tuple[str, str, int, bool, bool]], rand: random.Random
) -> None:
    lines: list[tuple[str, bytes]] = []
    for name, message_id, amount, side, copied in entries:
        script = Script(name)
        extra = {"forkedFrom": {"sessionId": "x"}} if copied else {}
        script.reply(message_id, tokens(amount), isSidechain=side, **extra)  # type: ignore[arg-type]  # as above
        lines.append((name, script.lines[0]))
    shuffled = rand.sample(lines, len(lines))
    assert _totals(lines) == _totals(shuffled)


def _totals(lines: list[tuple[str, bytes]]) -> dict[str, Tokens]:
    book = _book((name, [line]) for name, line in lines)
    found = {name: book.session(name) for name in "abc"}
    return {name: session.total_tokens for name, session in found.items() if session is not None}


@given(st.lists(_ENTRY, max_size=20), st.sampled_from(["a", "b"]))
def test_forgetting_sessions_leaves_what_the_others_own(
    entries: list[tuple[str, str, int, bool, bool]], name: str
) -> None:
    book = SessionIndex(_day, picos)
    for owner, message_id, amount, side, _ in entries:
        script = Script(owner)
        script.reply(message_id, tokens(amount), isSidechain=side)
        spent = parse_usage(script.lines[0])
        assert spent is not None
        book.count(owner, spent)
    before = {other: book.session(other) for other in "abc" if other != name}
    book.forget([name])
    assert book.session(name) is None
    assert {other: book.session(other) for other in "abc" if other != name} == before


def test_a_session_that_is_only_counted_takes_little_room() -> None:
    spent = parse_usage(_one_reply().lines[0])
    assert isinstance(spent, Spent)
    book, names = SessionIndex(_day, picos), [f"s{number}" for number in range(1_000)]
    tracemalloc.start()
    try:
        for name in names:
            book.count(name, spent._replace(key=name))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(book.names()) == 1_000
    assert taken < 1_000 * 1_000  # 600 bytes each; with a fold, 3,500


def _one_reply() -> Script:
    script = Script()
    script.reply("m", tokens(1))
    return script


def test_every_prompt_error_and_turn_of_a_session_counts() -> None:
    script = Script()
    for number, turn_ms in enumerate((5_000, 7_000, 11_000)):
        script.prompt(f"step {number}", wait_ms=60_000)
        script.reply(f"e{number}", Tokens(), model="<synthetic>", isApiErrorMessage=True, error="rate_limit")
        script.reply(f"m{number}", tokens())
        script.turn(turn_ms)
    found = _session(script)
    assert (found.prompts, found.errors, found.active_ms) == (3, 3, 5_000 + 7_000 + 11_000)


def test_turns_that_the_client_did_not_measure_add_up_too() -> None:
    script = Script()
    for number in range(3):
        script.prompt(f"step {number}", wait_ms=60_000)
        script.reply(f"m{number}", tokens(), wait_ms=4_000)
    assert _session(script).active_ms == 3 * 4_000


def test_a_session_that_a_program_ran_is_a_persons_once_a_person_goes_on() -> None:
    script = Script("s1")
    script.prompt(entrypoint="sdk-cli")
    for line in script.entries:
        line["entrypoint"] = "sdk-cli"
    assert _session(script).scripted
    script.prompt("go on")
    assert not _session(script).scripted


def test_sessions_seen_longest_ago_are_put_at_rest_first() -> None:
    book = SessionIndex(_day, picos)
    for number, wait_ms in enumerate((5_000, 1_000, 9_000, 3_000)):
        script = Script(f"s{number}")
        script.prompt(wait_ms=wait_ms)
        prompt = parse_line(script.lines[0])
        assert prompt is not None
        book.add(script.session_id, prompt)
    book.take_changed()
    assert book.rest(most=2, awake=frozenset()) == {"s1", "s3"}
    assert book.rest(most=2, awake=frozenset()) == frozenset()
    assert book.rest(most=0, awake=frozenset({"s0"})) == {"s2"}
    assert [book.is_at_rest(f"s{number}") for number in range(4)] == [False, True, True, True]
