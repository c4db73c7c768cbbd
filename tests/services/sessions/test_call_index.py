"""A reader of transcripts that breaks costs a report its figures, never the report."""

import pytest

from tests.support.clock import StepClock
from tray_app.services.sessions.call_index import CallIndex

pytestmark = pytest.mark.anyio


async def broken(_call_id: str) -> str | None:
    raise OSError("the disk is gone")


async def test_a_reader_that_breaks_leaves_the_session_unknown() -> None:
    call_index = CallIndex(find_call=broken, clock=StepClock(), anybody=lambda: False)
    assert await call_index.find("toolu_1", within_ms=500) is None


async def test_what_a_hook_told_holds_though_the_reader_breaks() -> None:
    call_index = CallIndex(find_call=broken, clock=StepClock(), anybody=lambda: True)
    call_index.told("toolu_1", "s1")
    assert await call_index.find("toolu_1", within_ms=500) == "s1"
