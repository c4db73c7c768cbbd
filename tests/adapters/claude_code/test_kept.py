"""What was read is kept over a restart: the second start tells what a first one would, whatever happened in between."""

import os
import random
import re
import subprocess
import sys
import threading
import time
import zlib
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ccusage import ccusage
from tests.support.transcripts import Script, generate, tokens
from tray_app.adapters.claude_code.local_day import local_day
from tray_app.adapters.claude_code.reader import ClaudeRecords
from tray_app.adapters.claude_code.transcripts import TranscriptReader
from tray_app.core.claude_code.pricing import picos
from tray_app.core.sessions.counting.money import PriceOf, Terms
from tray_app.core.sessions.live.scan import DayUsage, Scan
from tray_app.core.sessions.session import Session, Tokens

_DAY_MS = 86_400_000
# There it is tried whether all this holds on another system, not all anew; each look at a file takes longer under Wine.
_WHICH = ("first", "parent", "branch", "agent", "account") if sys.platform != "win32" else ("parent",)
_SEEDS = 4 if sys.platform != "win32" else 1
_MEGABYTES = 1.0 if sys.platform != "win32" else 0.2
_OLD_S = 3_600  # long enough ago that a file's times alone are believed


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class _Reads:
    """A reader, and how many bytes of transcripts it took in."""

    def __init__(
        self,
        home: Path,
        kept: Path | None,
        *,
        now_ms: int = 0,
        price_of: PriceOf = picos,
        day_of: Callable[[int], int] = local_day,
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self.days: dict[tuple[str, str, str], DayUsage] = {}
        self.notes: list[str] = []
        self.reader = TranscriptReader(
            [home], now_ms=lambda: now_ms or _now_ms(), kept=kept, price_of=price_of, day_of=day_of
        )

    def take(self, scan: Scan) -> bool:
        self.sessions.update(scan.changed)
        self.days.update({(day.session_id, day.day, day.model): day for day in scan.days})
        self.notes += scan.notes
        self.reader.tell(scan.known)  # as who has none of them does
        return scan.complete and not scan.known

    def all(self) -> "_Reads":
        while not self.take(self.reader.scan(budget_ms=50)):
            pass
        self.reader.keep(last=True)
        return self

    def told(self) -> tuple[dict[str, Session], dict[tuple[str, str, str], DayUsage]]:
        """All that is to be the same; the last answer and open calls are kept for sessions that run alone."""
        sessions = {name: replace(one, last_text="", pending=()) for name, one in self.sessions.items()}
        return sessions, {key: day for key, day in self.days.items() if day.tokens.total}


def _months_work(home: Path, *, sessions: int = 12, megabytes: float = _MEGABYTES) -> list[Path]:
    generate(home, sessions=sessions, megabytes=megabytes, rand=random.Random(5), advised=0.2)
    parent = Script("parent")
    for number in range(6):
        parent.prompt(f"step {number}")
        parent.reply(f"shared{number}", tokens(number + 1))
    parent.write(home)
    account = Script("account")
    account.reply("before", tokens(3))
    account.cost(1.5)
    account.reply("after", tokens(3))
    account.write(home)
    branch = Script("branch")
    for number in range(6):
        branch.reply(f"shared{number}", tokens(number + 1), forkedFrom={"sessionId": "parent"})
    branch.reply("its own", tokens(9))
    branch.write(home)
    for path in home.rglob("*.jsonl"):
        _age(path)
    return sorted(home.rglob("*.jsonl"))


def _age(path: Path) -> None:
    then = time.time() - _OLD_S
    os.utime(path, (then, then))


def _more(path: Path) -> None:
    script = Script(path.stem)
    script.prompt("and now this")
    name = f"{path.stem} {path.stat().st_size}"
    script.call(f"msg {name}", tokens(11), f"toolu {name}", "Bash", {"command": "git commit -m 'More'"})
    script.result(f"toolu {name}", "[main 1a2b3c4] More")
    with path.open("ab") as file:
        file.write(script.body)


def _middle_changed(path: Path) -> None:
    """As many bytes, other tokens, the old times put back."""
    body, at = path.read_bytes(), path.stat()
    digit = re.compile(rb'(?<="output_tokens":)[1-9]')
    changed = digit.sub(lambda found: b"1" if found[0] != b"1" else b"2", body)
    with path.open("r+b") as file:
        file.write(changed)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))


def _middle_changed_and_more(path: Path) -> None:
    _middle_changed(path)
    _more(path)


def _shortened(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))


def _replaced(path: Path) -> None:
    at, new = path.stat(), path.with_suffix(".new")
    script = Script(path.stem)
    script.reply("quite another", tokens(5))
    new.write_bytes(script.body.rstrip(b"\n").ljust(at.st_size - 1) + b"\n")
    os.utime(new, ns=(at.st_atime_ns, at.st_mtime_ns))
    new.replace(path)


def _unfinished(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"type":"assistant","mess')


def _sub_agent(path: Path) -> None:
    if path.stem == "account":
        return  # a later sub-agent comes on top of the account; a first start takes it for covered
    script = Script(path.stem, agent_id="late")
    script.reply("late", tokens(21))
    script.write(path.parents[2], project=path.parent.name)


def _touched(path: Path) -> None:
    os.utime(path)


_CHANGES: tuple[Callable[[Path], None], ...] = (
    _more,
    *((_middle_changed,) if sys.platform != "win32" else ()),  # no change time: all that could tell was put back
    _middle_changed_and_more,
    _shortened,
    _replaced,
    _unfinished,
    _sub_agent,
    _touched,
    Path.unlink,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    _months_work(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "claude-code.read"


def test_the_second_start_reads_nothing_and_tells_the_same(home: Path, kept: Path) -> None:
    first = _Reads(home, kept).all()
    second = _Reads(home, kept)
    scan = second.reader.scan(budget_ms=0)
    assert scan.complete
    assert not scan.days
    second.take(scan)
    second.take(second.reader.scan(budget_ms=0))
    assert second.told() == first.told() == _Reads(home, None).all().told()
    assert sys.platform == "win32" or kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: change.__name__.strip("_"))
@pytest.mark.parametrize("which", _WHICH)
def test_whatever_happens_to_a_file_in_between_the_second_start_tells_what_a_first_would(
    home: Path, kept: Path, change: Callable[[Path], None], which: str
) -> None:
    _Reads(home, kept).all()
    files = sorted(home.rglob("*.jsonl"))
    change(next(path for path in files if which == "first" or path.stem.startswith(which)))
    second = _Reads(home, kept).all()
    whole = _Reads(home, None).all()
    assert second.told() == whole.told()
    assert _Reads(home, kept).all().told() == whole.told()  # and it is kept
    running = _Reads(home, kept).all()
    _more(next(path for path in files[::-1] if path.exists()))
    assert running.all().told() == _Reads(home, None).all().told()  # and read on


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_after_many_changes_and_starts_tokens_equal_ccusage(home: Path, kept: Path, tmp_path: Path, seed: int) -> None:
    rand = random.Random(seed)
    for _ in range(5):
        _Reads(home, kept).all()
        for path in rand.sample(sorted(home.rglob("*.jsonl")), 4):
            rand.choice(_CHANGES)(path)
    read = _Reads(home, kept).all()
    assert read.told() == _Reads(home, None).all().told()
    totals = ccusage(home, tmp_path)["totals"]
    ours = sum((one.total_tokens for one in read.sessions.values()), Tokens())
    theirs = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
    assert [ours.input, ours.output, ours.cache_creation, ours.cache_read] == [totals[name] for name in theirs]


def test_what_runs_while_it_is_kept_is_told_with_its_words_as_soon_as_it_goes_on(home: Path, kept: Path) -> None:
    _Reads(home, kept).all()
    second = _Reads(home, kept).all()
    path = home / "projects" / "-code-demo" / "parent.jsonl"
    script = Script("parent")
    script.prompt("go on")
    script.reply("m-on", tokens(), blocks=[{"type": "text", "text": "Gone on."}])
    script.call("m-on2", tokens(), "toolu_on", "Bash", {"command": "rm x"})
    with path.open("ab") as file:
        file.write(script.body)
    assert second.all().sessions["parent"] == _Reads(home, None).all().sessions["parent"]
    assert second.sessions["parent"].last_text == "Gone on."
    assert [call.about for call in second.sessions["parent"].pending] == ["rm x"]
    assert second.reader.find_call("toolu_on") == "parent"


def test_a_session_that_runs_at_the_start_is_told_with_its_words(home: Path, kept: Path) -> None:
    first = _Reads(home, kept).all()
    scan = _Reads(home, kept).reader.scan(live=frozenset({"parent"}))
    assert scan.complete
    assert scan.changed["parent"] == first.sessions["parent"]
    assert scan.changed["parent"].last_text == "Done."


def test_no_word_of_an_answer_or_of_an_open_call_is_kept(tmp_path: Path, kept: Path) -> None:
    script = Script()
    script.prompt("a title\nand the secret below it")
    script.reply("m", tokens(), blocks=[{"type": "text", "text": "the secret is 42"}])
    script.call("m2", tokens(), "toolu_1", "Bash", {"command": "curl secret"})
    script.write(tmp_path / "home")
    _Reads(tmp_path / "home", kept).all()
    packed = re.findall(rb"^eA[\w+/=]+$", kept.read_bytes(), re.MULTILINE)
    held = b"".join([kept.read_bytes(), *(zlib.decompress(a2b_base64(line)) for line in packed)])
    assert b"a title" in held
    assert b"secret" not in held


def test_other_prices_and_another_time_zone_hold_for_all_that_was_kept(home: Path, kept: Path) -> None:
    def dearer(model: str, tokens: Tokens, *, at_ms: int, terms: Terms) -> int | None:
        listed = picos(model, tokens, at_ms=at_ms, terms=terms)
        return None if listed is None else listed + tokens.cache_read

    def further_east(at_ms: int) -> int:
        return local_day(at_ms + 8 * 3_600_000)

    first = _Reads(home, kept).all()
    other, whole = (_Reads(home, place, price_of=dearer).all() for place in (kept, None))
    assert other.told() == whole.told() != first.told()
    other, whole = (_Reads(home, place, day_of=further_east).all() for place in (kept, None))
    assert other.told() == whole.told() != first.told()
    assert _Reads(home, kept).all().told() == first.told()


_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda held: held[:0],
    "cut": lambda held: held[:-1],
    "half": lambda held: held[: len(held) // 2],
    "longer": lambda held: held + b"x",
    "a line changed": lambda held: held[:4000] + bytes([held[4000] ^ 1]) + held[4001:],
    "a row changed": lambda held: held[:-30] + bytes([held[-30] ^ 1]) + held[-29:],
    "a newer form": lambda held: _resealed(held.replace(b'"format":', b'"format":9', 1)),
    "another version": lambda held: _resealed(held.replace(b'"app":"', b'"app":"0.', 1)),
    "half, with its checksum": lambda held: _resealed(held[: len(held) // 2]),
    "no header": lambda held: _resealed(held[:9] + b"[]" + held[9:]),
    "another header": lambda held: _resealed(held[:9] + b'{"models":null}\n'),
}


@pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES)
def test_a_damaged_an_older_or_a_newer_kept_file_is_as_if_there_were_none(
    home: Path, kept: Path, damage: Callable[[bytes], bytes]
) -> None:
    first = _Reads(home, kept).all()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    assert _Reads(home, kept).all().told() == first.told()
    assert _at_once(home, kept)  # and it is whole again


def _resealed(held: bytes) -> bytes:
    return f"{zlib.crc32(held[9:]):08x}\n".encode() + held[9:]


def _at_once(home: Path, kept: Path) -> bool:
    return TranscriptReader([home], now_ms=_now_ms, kept=kept).scan(budget_ms=0).complete


def test_a_home_that_moved_is_read_where_it_is(home: Path, kept: Path, tmp_path: Path) -> None:
    first = _Reads(home, kept).all()
    home.rename(tmp_path / "moved")
    assert _Reads(tmp_path / "moved", kept).all().told() == first.told()


def test_transcripts_that_grow_too_old_while_nothing_runs_count_no_more(home: Path, kept: Path) -> None:
    _Reads(home, kept).all()
    then = time.time() - 25 * 86_400
    for path in sorted(home.rglob("*.jsonl"))[::3]:
        os.utime(path, (then, then))
    _Reads(home, kept).all()
    later_ms = _now_ms() + 10 * _DAY_MS
    second, whole = (_Reads(home, place, now_ms=later_ms).all() for place in (kept, None))
    assert second.told() == whole.told()
    assert second.sessions


def test_where_it_cannot_be_kept_that_is_said_once_and_all_is_told(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "a folder"
    (place / "in its place").mkdir(parents=True)
    read = _Reads(home, place).all()
    assert read.told() == _Reads(home, None).all().told()
    assert [note for note in read.notes if "cannot be kept" in note] == read.notes
    assert len(read.notes) == 1
    assert os.listdir(tmp_path).count("a folder.new") == 0  # noqa: PTH208 -- the names alone


@pytest.mark.timeout(120)
def test_a_kill_at_any_instant_leaves_figures_right(home: Path, kept: Path) -> None:
    whole = _Reads(home, None).all()
    rand = random.Random(3)
    for _ in range(6):
        code = f"from tests.adapters.claude_code.test_kept import keep_on; keep_on({str(home)!r}, {str(kept)!r})"
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        threading.Event().wait(rand.random() / 20)
        process.kill()
        process.wait()
        process.stdout.close()
        assert _Reads(home, kept).all().told() == whole.told()


def keep_on(home: str, kept: str) -> None:
    """Keep again and again, until killed."""
    while True:
        TranscriptReader([Path(home)], now_ms=_now_ms, kept=Path(kept)).scan()
        os.write(1, b"kept\n")
        Path(kept).write_bytes(b"")  # else nothing is new


@pytest.mark.anyio
async def test_the_loops_door_keeps_in_the_folder_it_is_given(home: Path, tmp_path: Path) -> None:
    def records() -> ClaudeRecords:
        return ClaudeRecords({"CLAUDE_CONFIG_DIR": str(home)}, tmp_path, now_ms=_now_ms, keep_in=tmp_path)

    first = records()
    while not (await first.scan()).complete:
        pass
    _more(home / "projects" / "-code-demo" / "parent.jsonl")
    await first.close()
    assert (tmp_path / "claude-code.read").exists()
    second = records()
    assert "parent" in (await second.scan()).changed
    await second.close()
