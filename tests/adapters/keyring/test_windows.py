"""The vault over the Credential Manager of this Windows."""

import secrets
import sys
from collections.abc import AsyncIterator

import pytest

from tests.support.system import wine_cannot
from tray_app.adapters.keyring.vault import KeyringVault
from tray_app.core.kernel.errors import VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.state.snapshot import VaultState

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform != "win32", reason="Windows' own keyring")]
WEBHOOK, KEY = "https://oapi.dingtalk.com/robot/send?access_token=" + "a" * 64, "SEC" + "k" * 64


@pytest.fixture
async def vault() -> AsyncIterator[KeyringVault]:
    """One whose entries nobody else has, and which leaves none."""
    made = KeyringVault(prefix=f"dingtalk-tray-test-{secrets.token_hex(4)}")
    yield made
    for robot in ("team", "张 三"):
        await made.delete(robot)
    made.close()


@pytest.mark.parametrize("robot", ["team", "张 三"])
async def test_what_is_stored_is_there_after_a_look_and_gone_when_it_is_deleted(
    vault: KeyringVault, robot: str
) -> None:
    assert await vault.read(robot) is None
    await vault.write(robot, webhook=Secret(WEBHOOK), secret=Secret(KEY))
    assert await vault.retry() is VaultState.OK
    found = await vault.read(robot)
    assert found is not None
    assert (found.webhook.reveal(), found.secret.reveal()) == (WEBHOOK, KEY)
    await vault.delete(robot)
    await vault.retry()
    assert await vault.read(robot) is None


@wine_cannot
async def test_what_is_longer_than_it_takes_leaves_what_was_there(vault: KeyringVault) -> None:
    """It takes 2560 bytes, two for each character."""
    longest = WEBHOOK + "x" * (1280 - len(WEBHOOK))
    await vault.write("team", webhook=Secret(longest), secret=Secret(KEY))
    with pytest.raises(VaultUnavailable):
        await vault.write("team", webhook=Secret(f"{longest}x"), secret=Secret(KEY))
    await vault.retry()
    found = await vault.read("team")
    assert found is not None
    assert found.webhook.reveal() == longest
