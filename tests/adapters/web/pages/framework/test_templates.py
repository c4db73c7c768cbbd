"""Templates are compiled beside the loop, once, for all who ask at the same time."""

import asyncio
import sys

import pytest
from jinja2 import UndefinedError

from tray_app.adapters.web.pages.framework.templates import Templates, environment


@pytest.fixture(autouse=True)
def _nothing_is_compiled() -> None:
    environment.cache_clear()


def test_all_are_compiled_once_while_the_loop_goes_on() -> None:
    turns = 0

    async def beside() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def opened(templates: Templates) -> None:
        other = asyncio.create_task(beside())
        await asyncio.gather(templates.compiled(), templates.compiled())
        first = turns
        await templates.compiled()
        other.cancel()
        assert turns - first <= 2  # there was nothing to wait for

    templates = Templates()
    asyncio.run(opened(templates))
    assert turns > 50


def test_whoever_hangs_up_meanwhile_leaves_the_others_theirs() -> None:
    async def opened(templates: Templates) -> None:
        gone = asyncio.create_task(templates.compiled())
        await asyncio.sleep(0)
        gone.cancel()
        await templates.compiled()

    asyncio.run(opened(Templates()))


def test_what_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = Templates()
    monkeypatch.setitem(sys.modules, "tray_app.adapters.web.pages.framework.markdown", None)  # away, at an update
    with pytest.raises(ImportError):
        asyncio.run(templates.compiled())
    monkeypatch.undo()
    asyncio.run(templates.compiled())


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        Templates().render("message.html")
