import gc
import sys

import pytest

from tray_app.adapters.system.slow_imports import load

pytestmark = pytest.mark.anyio


async def test_modules_are_there_and_the_collector_is_on_again() -> None:
    sys.modules.pop("colorsys", None)
    await load("colorsys", "json")
    assert "colorsys" in sys.modules
    assert gc.isenabled()


async def test_a_module_that_is_missing_is_an_error_and_the_collector_is_on_again() -> None:
    with pytest.raises(ModuleNotFoundError):
        await load("no_such_module_here")
    assert gc.isenabled()
