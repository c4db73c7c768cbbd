"""The yardstick: the counter most people use. Equal to the token on transcripts without traps."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.ccusage import ccusage
from tests.support.transcripts import Script, generate, iteration, tokens
from tray_app.adapters.claude_code.transcripts import TranscriptReader
from tray_app.core.sessions.live.scan import Scan
from tray_app.core.sessions.session import Tokens

_CLOUDS = (
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-opus-4-6-v1[1m]",
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "claude-sonnet-4-5@20250929",
    "vertex_ai/claude-haiku-4-5@20251001",
    "anthropic/claude-sonnet-4.5",
)
_TIMES = (
    "2026-11-22T10:58:18.281Z",
    "2026-11-22T10:58:18Z",
    "2026-11-22T18:58:18.281+08:00",
    "1969-01-01T00:00:00.000Z",
    "3000-01-01T00:00:00.000Z",
    "2026-11-22T10:58:18.281",
    "2026-11-22 10:58:18.281Z",
    "2026-11-22T10:58:18.281123Z",
    "2026-11-22T18:58:18.281+0800",
    "2026-11-22t10:58:18.281z",
    "2026-13-22T10:58:18.281Z",
    "2026-02-30T10:58:18.281Z",
    "2026-11-22T24:00:00.000Z",
    "2026-11-22T10:58:60.281Z",
    "20261122T105818.281Z",
    "2026-W47-7T10:58:18.281Z",
    "2026-11-22T10:58Z",
    "2026-11-22",
    " 2026-11-22T10:58:18.281Z",
    "yesterday",
    "",
    None,
    1_795_345_098_281,
)


def _read(home: Path) -> Scan:
    return TranscriptReader([home], now_ms=lambda: time.time_ns() // 1_000_000).scan()


def _by_model(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[int, ...]]:
    names = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
    return {
        (row["sessionId"], part["modelName"]): tuple(part[name] for name in names)
        for row in rows
        for part in row["modelBreakdowns"]
    }


def _ours_by_model(scan: Scan) -> dict[tuple[str, str], tuple[int, ...]]:
    return {
        (name, model): (spent.input, spent.output, spent.cache_creation, spent.cache_read)
        for name, session in scan.changed.items()
        for model, spent in session.tokens.items()
    }


def _cost(scan: Scan) -> float:
    return sum(session.cost.micros or 0 for session in scan.changed.values()) / 1e6


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [3, 4])
def test_models_asked_for_advice_count_as_ccusage_counts_them(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    generate(home, sessions=10, megabytes=1, rand=random.Random(seed), advised=0.3)
    said = ccusage(home, tmp_path)
    scan = _read(home)
    assert _ours_by_model(scan) == _by_model(said["sessions"])
    assert _cost(scan) == pytest.approx(said["totals"]["totalCost"], abs=0.01)


@pytest.mark.timeout(180)
def test_models_of_clouds_cost_what_ccusage_says(tmp_path: Path) -> None:
    home = tmp_path / "home"
    generate(home, sessions=10, megabytes=1, rand=random.Random(5), models=_CLOUDS)
    said = ccusage(home, tmp_path)
    scan = _read(home)
    assert _ours_by_model(scan) == _by_model(said["sessions"])
    assert _cost(scan) == pytest.approx(said["totals"]["totalCost"], abs=0.01)


def test_a_reply_that_grows_while_it_is_written_counts_its_advice_once(tmp_path: Path) -> None:
    script, advice = (
        Script("s1"),
        iteration(Tokens(input=90_314, output=5_644), kind="advisor_message", model=_CLOUDS[0]),
    )
    first, last = iteration(Tokens(input=2, output=833)), iteration(Tokens(input=2, output=113))
    script.reply("m1", Tokens(input=2, output=1), model=_CLOUDS[5], iterations=[])
    for _ in range(2):
        script.reply("m1", Tokens(input=4, output=946), model=_CLOUDS[5], iterations=[first, advice, last], searches=0)
    script.reply(
        "m1", Tokens(input=4, output=946), model=_CLOUDS[5], iterations=[first, advice, last], isSidechain=True
    )
    script.write(tmp_path / "home")
    assert _ours_by_model(_read(tmp_path / "home")) == _by_model(ccusage(tmp_path / "home", tmp_path)["sessions"])


def test_lines_count_that_have_a_time_as_ccusage_reads_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for number, moment in enumerate(_TIMES):
        script = Script(f"s{number:02}")
        script.reply(f"m{number}", tokens(), model=_CLOUDS[5], timestamp=moment)
        script.write(home)
    theirs = {row["sessionId"] for row in ccusage(home, tmp_path)["sessions"]}
    ours = {name for name, session in _read(home).changed.items() if session.total_tokens.total}
    assert ours == theirs == {f"s{number:02}" for number in range(5)}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2])
def test_tokens_equal_ccusage_to_the_token_and_cost_to_the_cent(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    generate(home, sessions=20, megabytes=3, rand=random.Random(seed))
    said = ccusage(home, tmp_path)
    scan = _read(home)
    ours = {
        name: (spent.input, spent.output, spent.cache_creation, spent.cache_read)
        for name, session in scan.changed.items()
        for spent in [session.total_tokens]
    }
    theirs = {
        row["sessionId"]: (row["inputTokens"], row["outputTokens"], row["cacheCreationTokens"], row["cacheReadTokens"])
        for row in said["sessions"]
    }
    assert ours == theirs
    assert _cost(scan) == pytest.approx(said["totals"]["totalCost"], abs=0.01)
