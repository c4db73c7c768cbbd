"""Readers of several kinds of agents, seen as one."""

from dataclasses import replace

import pytest

from tests.support.watching import MemoryRecords
from tray_app.core.sessions.live.scan import LiveProcess, Scan
from tray_app.core.sessions.session import Session
from tray_app.services.sessions.agents import EveryAgent, WatchedAgent

pytestmark = pytest.mark.anyio
NOBODY: frozenset[str] = frozenset()
ONE, OTHER = LiveProcess(pid=1, session_id="one"), LiveProcess(pid=2, session_id="other")
RUN = (replace(ONE, agent="first"), replace(OTHER, agent="second"))


def every(first: MemoryRecords, second: MemoryRecords) -> EveryAgent:
    kinds = {"first": first, "second": second}
    return EveryAgent([WatchedAgent(name=name, title=name, records=one) for name, one in kinds.items()])


async def test_what_all_have_written_comes_together_each_with_its_kind() -> None:
    one, other = MemoryRecords(processes={1: ONE}), MemoryRecords(processes={2: OTHER})
    both = every(one, other)
    one.write(Session(session_id="one"))
    other.write(Session(session_id="other"))
    assert await both.live() == RUN
    assert await both.stirred(frozenset({"other"}))
    assert (await both.scan(live=NOBODY)).changed == {
        "one": Session(session_id="one", agent="first"),
        "other": Session(session_id="other", agent="second"),
    }
    assert await both.scan(live=NOBODY) == Scan()


async def test_one_that_fails_takes_nothing_from_the_other_and_keeps_who_ran() -> None:
    one, other = MemoryRecords(processes={1: ONE}), MemoryRecords(processes={2: OTHER})
    both = every(one, other)
    await both.live()
    one.broken = True
    other.write(Session(session_id="other"))
    assert await both.live() == RUN
    assert await both.stirred(frozenset({"other"}))
    assert list((await both.scan(live=NOBODY)).changed) == ["other"]


async def test_all_is_read_only_when_each_has_read_all() -> None:
    class Slow(MemoryRecords):
        async def scan(self, *, live: frozenset[str] = frozenset()) -> Scan:  # noqa: ARG002 - the port's form
            return Scan(complete=False, counted=False)

    found = await every(MemoryRecords(), Slow()).scan(live=NOBODY)
    assert (found.complete, found.counted) == (False, False)


async def test_a_call_that_two_kinds_claim_is_nobodys() -> None:
    one, other = MemoryRecords(calls={"c1": "one", "c2": "one"}), MemoryRecords(calls={"c2": "other"})
    both = every(one, other)
    assert [await both.find_call(call) for call in ("c1", "c2", "c3")] == ["one", None, None]
