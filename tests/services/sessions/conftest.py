"""Kept sessions, and what is asked of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.session_stage import SessionStage, session_stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[SessionStage]:
    with session_stage(tmp_path) as made:
        yield made
