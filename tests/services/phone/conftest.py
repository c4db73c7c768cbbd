"""A paired phone, which agents' questions reach."""

from collections.abc import AsyncIterator

import pytest

from tests.services.approvals.conftest import office
from tests.support.office import Office
from tests.support.phone_desk import PhoneDesk

__all__ = ["office"]


@pytest.fixture
async def phone(office: Office) -> AsyncIterator[PhoneDesk]:
    desk = PhoneDesk(office)
    desk.start()
    yield desk
    desk.stop()
