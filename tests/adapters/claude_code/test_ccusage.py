"""The yardstick: the counter most people use. Equal to the token on transcripts without traps."""

import random
import time
from pathlib import Path

import pytest

from tests.support.ccusage import ccusage
from tests.support.transcripts import generate
from tray_app.adapters.claude_code.transcripts import TranscriptReader


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2])
def test_tokens_equal_ccusage_to_the_token_and_cost_to_the_cent(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    generate(home, sessions=20, megabytes=3, rand=random.Random(seed))
    said = ccusage(home, tmp_path)
    scan = TranscriptReader([home], now_ms=lambda: time.time_ns() // 1_000_000).scan()
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
    cost = sum(session.cost.micros or 0 for session in scan.changed.values()) / 1e6
    assert cost == pytest.approx(said["totals"]["totalCost"], abs=0.01)
