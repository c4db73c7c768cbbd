"""Shared by every test: async tests run on asyncio."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests on asyncio, the loop the app runs on."""
    return "asyncio"
