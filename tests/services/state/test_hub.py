"""Who hears of a new snapshot: everybody after a change, and after a look only where it found something new.

What nobody listens to is not built.
"""

import asyncio
from dataclasses import replace

import pytest

from tests.support.patience import PATIENCE_S
from tests.support.snapshots import NOON, paused, robot, snapshot
from tray_app.core.state.snapshot import PolicyView, Snapshot
from tray_app.services.state.hub import Hub

pytestmark = pytest.mark.anyio


class App:
    """A hub, its next snapshot, and how often its listener was told."""

    def __init__(self) -> None:
        self.next: Snapshot | None = snapshot()
        self.told = self.tries = 0
        self.heard, self.built = asyncio.Event(), asyncio.Event()
        self.hub = Hub(self.build, first=snapshot(), again_s=0.01)
        self.stop = self.hub.listen(self.hear)

    def build(self) -> Snapshot:
        self.tries += 1
        self.built.set()
        if self.next is None:
            raise OSError("cannot be built")
        return self.next

    def hear(self) -> None:
        self.told += 1
        self.heard.set()


async def test_many_changes_are_told_once() -> None:
    app = App()
    for _ in range(50):
        app.hub.changed()
    await asyncio.wait_for(app.heard.wait(), PATIENCE_S)
    assert app.told == 1


async def test_a_look_that_finds_nothing_new_tells_nobody_else_pages_would_never_rest() -> None:
    app = App()
    for minute in range(3):
        app.next = replace(snapshot(), now_ms=minute)
        assert app.hub.look().now_ms == minute
    assert app.told == 0


async def test_a_look_that_finds_something_new_is_told_once() -> None:
    app = App()
    app.next = snapshot(pause=paused())
    app.hub.look()
    app.hub.look()
    assert app.told == 1


async def test_a_look_does_not_swallow_a_change_that_was_announced() -> None:
    app = App()
    app.hub.changed()
    app.hub.look()
    await asyncio.wait_for(app.heard.wait(), PATIENCE_S)
    assert (app.told, app.tries) == (1, 1), "what was looked at is not built again"


async def test_what_cannot_be_built_leaves_the_last_snapshot_and_who_stopped_hears_nothing() -> None:
    app = App()
    app.stop()
    app.next = None
    assert app.hub.refresh() == snapshot()
    assert app.told == 0


async def test_what_could_not_be_built_is_built_a_little_later_without_another_change() -> None:
    app = App()
    app.next = None
    app.hub.refresh()
    assert (app.hub.snapshot, app.told) == (snapshot(), 1)
    app.next = snapshot(pause=paused())
    app.heard.clear()
    await asyncio.wait_for(app.heard.wait(), PATIENCE_S)
    assert (app.hub.snapshot, app.told, app.tries) == (app.next, 2, 2)


async def test_what_can_never_be_built_is_tried_once_more_and_then_with_the_next_change() -> None:
    app = App()
    app.next = None
    app.hub.refresh()
    app.built.clear()
    await asyncio.wait_for(app.built.wait(), PATIENCE_S)
    app.hub.changed()  # comes after any further try would
    app.heard.clear()
    await asyncio.wait_for(app.heard.wait(), PATIENCE_S)
    assert (app.tries, app.told) == (3, 2)


async def test_what_changes_while_nobody_listens_is_built_when_somebody_asks_or_begins_to_listen() -> None:
    app = App()
    app.stop()
    app.next = snapshot(pause=paused())
    app.hub.changed()
    stop = app.hub.listen(app.hear)  # it is told of what it has missed
    await asyncio.wait_for(app.heard.wait(), PATIENCE_S)
    stop()
    for _ in range(3):
        app.hub.changed()
    assert (app.tries, app.told) == (1, 1)
    assert app.hub.look() == app.next
    assert (app.tries, app.told) == (2, 1)


async def test_whoever_stops_listening_right_after_a_change_has_nothing_built() -> None:
    app = App()
    app.hub.changed()
    app.stop()
    waited = asyncio.Event()
    asyncio.get_running_loop().call_later(0.15, waited.set)  # the change was to be built before
    await waited.wait()
    assert app.tries == 0
    app.hub.listen(app.hear)
    await asyncio.wait_for(app.heard.wait(), PATIENCE_S)
    assert app.tries == 1


async def test_an_exception_that_ends_is_heard_of_and_then_nothing_is_looked_at_any_more() -> None:
    calm = snapshot(robots=(robot(minute_used=0),))
    built: list[Snapshot] = []
    heard = asyncio.Event()

    def build() -> Snapshot:
        over = bool(built)
        built.append(snapshot(robots=calm.robots, policy=PolicyView(everything_until_ms=None if over else NOON + 1)))
        return built[-1]

    hub = Hub(build, first=calm)
    hub.listen(lambda: None)
    hub.refresh()
    hub.listen(heard.set)
    await asyncio.wait_for(heard.wait(), PATIENCE_S)
    assert hub.snapshot == calm
    assert len(built) == 2
