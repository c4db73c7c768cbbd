"""The pages on a real server, seen by a plain HTTP client or by a real browser."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.chromium import chromium, view
from tests.support.page_server import PageServer, page_server
from tests.support.patience import PATIENCE_S

__all__ = ["chromium", "view"]


@pytest.fixture
def server() -> Iterator[PageServer]:
    with page_server() as running:
        yield running


@pytest.fixture
def client(server: PageServer) -> Iterator[httpx.Client]:
    """A client that keeps cookies and follows nothing by itself."""
    with httpx.Client(base_url=server.origin, trust_env=False, timeout=PATIENCE_S) as one:
        yield one
