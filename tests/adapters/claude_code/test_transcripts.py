import os
import random
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.transcripts import Script, tokens
from tray_app.adapters.claude_code.files import TranscriptFiles
from tray_app.adapters.claude_code.reader import ClaudeRecords
from tray_app.adapters.claude_code.transcripts import TranscriptReader
from tray_app.core.sessions.live.scan import Scan
from tray_app.core.sessions.session import Session, Tokens

_NOW_MS = time.time_ns() // 1_000_000


def _reader(home: Path, *, now_ms: int = _NOW_MS) -> TranscriptReader:
    return TranscriptReader([home], now_ms=lambda: now_ms)


def _total(scan: Scan) -> Tokens:
    return sum((session.total_tokens for session in scan.changed.values()), Tokens())


def _script(name: str = "s1", *, replies: int = 3) -> Script:
    script = Script(name)
    script.prompt("build it")
    for number in range(replies):
        script.reply(f"{name}-m{number}", tokens(number + 1))
    return script


def test_a_folder_that_is_not_there_yet_is_an_empty_scan_and_is_found_when_it_appears(tmp_path: Path) -> None:
    reader = _reader(tmp_path)
    assert reader.scan() == Scan()
    _script().write(tmp_path)
    assert set(reader.scan().changed) == {"s1"}


def test_only_what_is_new_is_told(tmp_path: Path) -> None:
    script = _script()
    path = script.write(tmp_path)
    reader = _reader(tmp_path)
    assert _total(reader.scan()) == tokens(6)
    assert reader.scan() == Scan()
    script.reply("later", tokens(10))
    with path.open("ab") as file:
        file.write(script.lines[-1] + b"\n")
    scan = reader.scan()
    assert _total(scan) == tokens(16)
    assert [day.tokens for day in scan.days] == [tokens(16)]


def test_an_unfinished_last_line_waits_for_its_end(tmp_path: Path) -> None:
    script = _script()
    path = script.write(tmp_path)
    body = script.body
    path.write_bytes(body[:-40])
    reader = _reader(tmp_path)
    assert _total(reader.scan()) == tokens(3)
    path.write_bytes(body)
    assert _total(reader.scan()) == tokens(6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 4000), max_size=6))
def test_reading_in_any_pieces_gives_the_same_session(tmp_path: Path, cuts: list[int]) -> None:
    script = _script()
    script.call("c", tokens(), "t1", "Edit", {})
    script.result("t1", toolUseResult={"filePath": "/a", "structuredPatch": [{"lines": ["+x"]}]})
    path = script.write(tmp_path)
    body = script.body
    whole = _reader(tmp_path).scan().changed["s1"]
    path.write_bytes(b"")
    reader = _reader(tmp_path)
    found: Session | None = None
    for cut in [*sorted(cuts), len(body)]:
        path.write_bytes(body[:cut])
        found = reader.scan().changed.get("s1", found)
    assert found == whole


def test_a_sub_agents_file_belongs_to_its_session(tmp_path: Path) -> None:
    _script().write(tmp_path)
    agent = Script("s1", agent_id="a1")
    agent.reply("am", tokens(5))
    agent.write(tmp_path)
    found = _reader(tmp_path).scan().changed
    assert set(found) == {"s1"}
    assert (found["s1"].total_tokens, found["s1"].subagents) == (tokens(11), 1)


def test_an_agents_file_of_older_clients_says_its_session_inside(tmp_path: Path) -> None:
    agent = Script("s1", agent_id="a1")
    agent.reply("am", tokens(5))
    folder = tmp_path / "projects" / "-p"
    folder.mkdir(parents=True)
    (folder / "agent-a1.jsonl").write_bytes(agent.body)
    found = _reader(tmp_path).scan().changed
    assert {name: session.total_tokens for name, session in found.items()} == {"s1": tokens(5)}


def test_the_clients_account_covers_the_sub_agents_whatever_was_written_last(tmp_path: Path) -> None:
    main = _script()
    main.cost(0.5)
    path = main.write(tmp_path)
    agent = Script("s1", agent_id="a1")
    agent.reply("am", tokens(5))
    older = agent.write(tmp_path)
    for newest in (path, older):
        os.utime(newest, (_NOW_MS / 1000 + 5, _NOW_MS / 1000 + 5))
        assert _reader(tmp_path).scan().changed["s1"].cost.micros == 500_000
        os.utime(newest, (_NOW_MS / 1000 - 5, _NOW_MS / 1000 - 5))


def test_a_transcript_rewritten_shorter_is_read_anew_with_those_that_share_its_replies(tmp_path: Path) -> None:
    path = _script("s1").write(tmp_path)
    other = Script("s2")
    other.reply("s1-m2", tokens(3), forkedFrom={"sessionId": "s1"})
    other.reply("own", tokens(1))
    other.write(tmp_path)
    reader = _reader(tmp_path)
    assert _total(reader.scan()) == tokens(7)
    path.write_bytes(_script("s1", replies=1).body)
    scan = reader.scan()
    assert {name: session.total_tokens for name, session in scan.changed.items()} == {"s1": tokens(1), "s2": tokens(4)}
    assert scan.notes == ("transcript s1.jsonl: was rewritten; reading it again",)


def test_a_transcript_replaced_by_a_longer_one_is_read_anew(tmp_path: Path) -> None:
    path = _script("s1", replies=1).write(tmp_path)
    reader = _reader(tmp_path)
    reader.scan()
    new = Script("s1")
    for number in range(9):
        new.reply(f"new{number}", tokens(1))
    fresh = path.with_suffix(".new")
    fresh.write_bytes(new.body)
    fresh.replace(path)
    assert _total(reader.scan()) == tokens(9)


def test_a_transcript_that_moves_to_another_project_counts_once(tmp_path: Path) -> None:
    script = _script()
    path = script.write(tmp_path)
    reader = _reader(tmp_path)
    before = reader.scan().changed["s1"]
    moved = tmp_path / "projects" / "-elsewhere" / path.name
    moved.parent.mkdir()
    path.rename(moved)
    script.reply("later", tokens(1))
    moved.write_bytes(script.body)
    after = reader.scan().changed["s1"]
    assert (after.total_tokens, after.prompts) == (tokens(7), before.prompts)


def test_a_vanished_transcript_keeps_its_figures_and_troubles_nobody(tmp_path: Path) -> None:
    path = _script().write(tmp_path)
    reader = _reader(tmp_path)
    reader.scan()
    path.unlink()
    assert reader.scan() == Scan()
    _script("s2").write(tmp_path)
    assert set(reader.scan().changed) == {"s2"}


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere a path of 300 characters is none too long")
def test_transcripts_beyond_260_characters_are_read_where_windows_wants_to_be_asked_for_them(tmp_path: Path) -> None:
    written = _script("long").write(tmp_path)
    deep = tmp_path / "projects" / ("C--" + "x" * 197) / "long" / "subagents"
    literal = Path(f"\\\\?\\{deep}")  # as Claude Code writes it
    literal.mkdir(parents=True)
    agent = _script("long", replies=1)
    (literal / f"agent-{'a' * 16}.jsonl").write_bytes(b"".join(line + b"\n" for line in agent.lines))
    (found, _) = sorted(TranscriptFiles([tmp_path]).new(), key=lambda one: not one.is_agent)
    assert (found.session_id, found.changed()) == ("long", True)
    assert len(found.path) > 260
    assert found.path.startswith("\\\\?\\")  # which Wine does not need
    assert _total(_reader(tmp_path).scan()).total
    assert written.exists()


@pytest.mark.skipif(sys.platform != "win32", reason="junctions are Windows' own")
def test_junctions_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    if sys.platform == "win32":
        import _winapi

        home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
        path = _script().write(elsewhere)
        _script("own").write(home)
        try:
            _winapi.CreateJunction(str(path.parent), str(home / "projects" / "linked"))
        except OSError as error:
            pytest.skip(f"no junction can be made: {error}")
        assert set(_reader(home).scan().changed) == {"own"}


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege on Windows")
def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    path = _script("secret").write(outside)
    home = tmp_path / "home"
    _script("s1").write(home)
    (home / "projects" / "linked").symlink_to(path.parent)
    (home / "projects" / "-code-demo" / "linked.jsonl").symlink_to(path)
    assert set(_reader(home).scan().changed) == {"s1"}


def test_a_line_of_fifty_megabytes_is_left_out_with_bounded_memory(tmp_path: Path) -> None:
    script = _script()
    path = script.write(tmp_path)
    with path.open("ab") as file:
        file.write(b'{"type":"user","message":{"content":"')
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b'"},"usage":1}\n')
        more = Script("s1")
        more.reply("after", tokens(10))
        file.write(more.body)
    reader = _reader(tmp_path)
    tracemalloc.start()
    scan = reader.scan()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert _total(scan) == tokens(16)
    assert set(scan.notes) == {"transcript s1.jsonl: a line too long to read was left out"}
    assert peak < 40_000_000


def test_junk_between_lines_costs_only_itself(tmp_path: Path) -> None:
    script = _script()
    path = script.write(tmp_path)
    junk = random.Random(7).randbytes(50_000)
    lines = script.lines
    path.write_bytes(b"\n".join([b"\xef\xbb\xbf" + lines[0], junk, *lines[1:], b'{"half":', b"\x00" * 100, b""]))
    assert _total(_reader(tmp_path).scan()) == tokens(6)


def test_a_call_is_found_in_the_newest_transcripts_once_its_line_is_there(tmp_path: Path) -> None:
    script = _script()
    path = script.write(tmp_path)
    reader = _reader(tmp_path)
    reader.scan()
    assert reader.find_call("toolu_1") is None
    script.call("m9", tokens(), "toolu_1", "mcp__dingtalk__dingtalk_send_text", {"content": "hi"})
    with path.open("ab") as file:
        file.write(script.lines[-1] + b"\n")
    assert reader.find_call("toolu_1") == "s1"
    mention = Script("s2")
    mention.prompt('look: {"type":"tool_use","id":"toolu_2"}')
    mention.write(tmp_path)
    assert reader.find_call("toolu_2") is None


def test_a_call_in_two_sessions_is_nobodys(tmp_path: Path) -> None:
    for name in ("s1", "s2"):
        script = Script(name)
        script.call("m", tokens(), "toolu_1", "Read", {})
        script.write(tmp_path)
    assert _reader(tmp_path).find_call("toolu_1") is None


def test_old_transcripts_are_left_out_and_forgotten_when_they_grow_old(tmp_path: Path) -> None:
    _script("new").write(tmp_path)
    old = _script("old").write(tmp_path)
    os.utime(old, (1_700_000_000, 1_700_000_000))
    now = [_NOW_MS]
    reader = TranscriptReader([tmp_path], now_ms=lambda: now[0])
    assert set(reader.scan().changed) == {"new"}
    now[0] += 40 * 86_400_000
    scan = reader.scan()
    assert scan.gone == {"new"}
    assert scan.days == ()  # its days stay as they were told


def test_a_clock_that_jumps_a_year_and_back_loses_no_session(tmp_path: Path) -> None:
    _script().write(tmp_path)
    now = [_NOW_MS]
    reader = TranscriptReader([tmp_path], now_ms=lambda: now[0])
    reader.scan()
    now[0] += 365 * 86_400_000
    assert reader.scan().gone == {"s1"}
    now[0] -= 365 * 86_400_000
    assert _total(reader.scan()) == tokens(6)


def test_among_two_thousand_sessions_live_ones_are_seen_at_once(tmp_path: Path) -> None:
    script = Script("s0")
    script.reply("m", tokens(1))
    body = script.body
    files = {f"s{number}": tmp_path / "projects" / f"-p{number % 50}" / f"s{number}.jsonl" for number in range(2_000)}
    for session_id, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body.replace(b'"m"', f'"{session_id}"'.encode()))
    reader = _reader(tmp_path, now_ms=_NOW_MS + 3_600_000)  # an hour later: none of them is busy
    assert _total(reader.scan()) == tokens(2_000)
    live = list(files)[-50:]  # one in each folder, so that no pass over some quiet files meets them all
    for session_id in live:
        with files[session_id].open("ab") as file_:
            file_.write(body.replace(b'"m"', f'"resumed {session_id}"'.encode()))
    changed = reader.scan(live=frozenset(live)).changed
    assert {session_id: said.total_tokens for session_id, said in changed.items()} == dict.fromkeys(live, tokens(2))


def test_a_slice_ends_in_time_and_totals_come_before_the_rest(tmp_path: Path) -> None:
    for number in range(30):
        _script(f"s{number}", replies=300).write(tmp_path)
    reader = _reader(tmp_path)
    scans = [reader.scan(budget_ms=1)]
    while not scans[-1].complete:
        scans.append(reader.scan(budget_ms=1))
    counted = next(number for number, scan in enumerate(scans) if scan.counted)
    assert 1 < counted < len(scans) - 1
    assert not any(scan.changed for scan in scans[:counted])
    told = [session for scan in scans for session in scan.changed.values()]
    assert [session.prompts for session in told] == [1] * 30  # none of them before it was read to its end
    days = {(day.session_id, day.model): day.tokens for scan in scans[: counted + 1] for day in scan.days}
    assert sum(days.values(), Tokens()) == tokens(30 * 300 * 301 // 2)


@pytest.mark.anyio
async def test_the_loops_door_reads_in_its_own_thread(tmp_path: Path) -> None:
    script = _script()
    script.call("m9", tokens(), "toolu_1", "Read", {})
    script.write(tmp_path)
    records = ClaudeRecords({"CLAUDE_CONFIG_DIR": f"{tmp_path / 'none'}, {tmp_path}"}, tmp_path, now_ms=lambda: _NOW_MS)
    assert _total(await records.scan()) == tokens(7)
    assert await records.find_call("toolu_1") == "s1"
    assert await records.live() == ()
    await records.close()
