"""Shared by every test: async tests run on asyncio, hypothesis has no stop-watch, system packages are looked after."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.system"]

settings.register_profile("shared-cores", deadline=None, print_blob=True)
settings.load_profile("shared-cores")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests on asyncio, the loop the app runs on."""
    return "asyncio"
