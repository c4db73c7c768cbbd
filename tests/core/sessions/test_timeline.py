"""A session's time line: bursts of calls between prompts, bounded, without a word of a prompt, kept and read back."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.transcripts import BASE_MS, Script, tokens
from tray_app.core.claude_code.line import parse_line
from tray_app.core.claude_code.pricing import picos
from tray_app.core.sessions.counting.index import SessionIndex
from tray_app.core.sessions.session import Session
from tray_app.core.sessions.timeline import OTHER_TOOLS, Moment, MomentKind, Timeline, from_data, to_data

SECRET = "a prompt's own words"


def _read(script: Script) -> Session:
    book = SessionIndex(lambda at_ms: at_ms // 86_400_000, picos)
    for line in script.lines:
        if (record := parse_line(line)) is not None:
            book.add(script.session_id, record)
    found = book.session(script.session_id)
    assert found is not None
    return found


def test_a_transcript_becomes_prompts_bursts_compactions_failures_and_ends() -> None:
    script = Script("s1", at_ms=BASE_MS)
    script.prompt(SECRET, wait_ms=0)
    script.call("m1", tokens(1), "t1", "Read", {"file_path": "/a"})
    script.result("t1")
    script.call("m2", tokens(1), "t2", "Bash", {"command": SECRET})
    script.result("t2", SECRET, error=True)
    script.reply("m3", tokens(1), blocks=[{"type": "text", "text": SECRET}])
    script.turn(6_000)
    script.add({"type": "system", "subtype": "compact_boundary", "compactMetadata": {"postTokens": 18_400}})
    script.prompt("and on")
    script.add(
        {
            "type": "assistant",
            "isApiErrorMessage": True,
            "error": "rate_limit",
            "message": {"id": "m4", "model": "<synthetic>", "content": [], "stop_reason": "stop_sequence"},
        }
    )
    found = _read(script)
    facts = [(one.kind, one.at_ms - BASE_MS, one.until_ms - BASE_MS) for one in found.moments]
    assert facts == [
        (MomentKind.PROMPT, 0, 0),
        (MomentKind.TOOLS, 1_000, 4_000),
        (MomentKind.DONE, 5_000, 5_000),
        (MomentKind.COMPACTED, 7_000, 7_000),
        (MomentKind.PROMPT, 8_000, 8_000),
        (MomentKind.FAILED, 9_000, 9_000),
    ]
    _, burst, _, compacted, _, failed = found.moments
    assert (dict(burst.tools), burst.failed) == ({"Read": 1, "Bash": 1}, 1)
    assert (compacted.tokens, failed.word) == (18_400, "rate_limit")
    assert SECRET not in repr(found.moments)


def test_a_sub_agents_calls_are_no_moments_of_the_main_thread() -> None:
    main, side = Script("s1"), Script("s1", agent_id="a1")
    main.prompt()
    side.call("m1", tokens(1), "t1", "Grep", {"pattern": "x"})
    book = SessionIndex(lambda at_ms: at_ms, picos)
    for line in (*main.lines, *side.lines):
        record = parse_line(line)
        assert record is not None
        book.add("s1", record)
    found = book.session("s1")
    assert found is not None
    assert [one.kind for one in found.moments] == [MomentKind.PROMPT]
    assert found.tool_calls == 1


def test_of_very_many_moments_the_newest_stay_and_the_others_are_counted() -> None:
    line = Timeline()
    for number in range(1_000):
        line.prompt(number)
        line.called(number, f"tool{number}")
    assert len(line.moments()) == 201
    assert line.moments()[-1].tools == {"tool999": 1}
    assert line.dropped + len(line.moments()) == 2_000


def test_a_burst_of_very_many_names_stays_short_and_loses_no_call() -> None:
    line = Timeline()
    for number in range(500):
        line.called(number, f"tool{number}")
    (burst,) = line.moments()
    assert len(burst.tools) == 13
    assert burst.tools[OTHER_TOOLS] == 488


@given(
    st.builds(
        Moment,
        kind=st.sampled_from(MomentKind),
        at_ms=st.integers(),
        until_ms=st.integers(),
        tools=st.dictionaries(st.text(), st.integers(1, 99)),
        failed=st.integers(0, 9),
        tokens=st.integers(0, 9),
        word=st.text(),
    )
)
def test_a_moment_reads_back_as_it_was_kept(moment: Moment) -> None:
    assert from_data(to_data(moment)) == moment


_ANY = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


_MORE = st.dictionaries(st.sampled_from(["tools", "failed", "word", "tokens"]), _ANY | st.dictionaries(st.text(), _ANY))


@given(_ANY | st.lists(_ANY) | st.tuples(st.sampled_from(MomentKind), _ANY, _ANY, _MORE | _ANY).map(list))
def test_damaged_data_is_no_moment_or_one_without_what_is_damaged(data: object) -> None:
    found = from_data(data)
    assert found is None or isinstance(found.at_ms + found.failed + found.tokens + sum(found.tools.values()), int)
