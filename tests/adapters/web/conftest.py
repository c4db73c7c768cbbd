"""The app's endpoint, served."""

from collections.abc import Iterator

import pytest

from tests.support.mcp_client import Endpoint, threaded_endpoint


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with threaded_endpoint() as running:
        yield running
