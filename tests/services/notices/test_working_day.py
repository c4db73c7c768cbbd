"""What a day of ten sessions costs the group, by the rules as they are set usually."""

from pathlib import Path

import pytest

from tests.support.working_day import Owner, messages

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("owner", "most"), [(Owner.ATTENTIVE, 6), (Owner.ABSENT, 12), (Owner.GONE, 12)])
async def test_a_day_of_ten_sessions_is_few_messages(tmp_path: Path, owner: Owner, most: int) -> None:
    titles = await messages(tmp_path, owner)
    assert 3 <= len(titles) <= most, titles
    assert titles[-1].startswith("📅 今日小结（11-21）：")
