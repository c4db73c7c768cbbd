"""Shared by every test: asyncio, hypothesis without a stop-watch, system packages looked after, slow files first."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.support.surroundings",
    "tests.support.compiled",
    "tests.support.system",
    "tests.support.forks",
    "tests.support.strays",
]

EXAMPLES = 50 if sys.platform != "win32" else 20  # there it is tried whether they hold on another system, not all anew
settings.register_profile("shared-cores", deadline=None, print_blob=True, max_examples=EXAMPLES)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=100)  # beside the slow tests in CI
settings.load_profile("shared-cores")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests on asyncio, the loop the app runs on."""
    return "asyncio"


@pytest.hookimpl(trylast=True)  # after the order was left to chance
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files that take long, so that at the end no worker has a long one while the others have nothing."""
    items.sort(key=lambda item: not _takes_long(item.path))


def _takes_long(file: Path) -> bool:
    """Say whether its tests start the app, the browser or other clients."""
    return file.parent.name in {"e2e", "cli"} or file.stem.endswith("_in_chromium")
