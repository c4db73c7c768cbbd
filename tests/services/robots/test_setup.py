"""Setting a robot up: keyring and settings.toml change together, or neither does."""

from pathlib import Path

import pytest

from tests.support.memory_vault import MemoryVault
from tests.support.settings import robot_settings
from tray_app.adapters.files.settings import SettingsFile
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidCredentials, InvalidSettings, UnknownRobot, VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials
from tray_app.core.state.snapshot import VaultState
from tray_app.services.robots.registry import RobotRegistry
from tray_app.services.robots.setup import RobotLimits, RobotSetup

URL = "https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32
KEY = "SEC" + "b2" * 32
pytestmark = pytest.mark.anyio


class House:
    """The service with a real settings file and a keyring in memory."""

    def __init__(self, folder: Path) -> None:
        self.vault = MemoryVault()
        self.file = SettingsFile(folder / "settings.toml")
        self.book = RobotRegistry(vault=self.vault, channels=CHANNELS, settings=lambda: self.file.current, environ={})
        self.configure = RobotSetup(
            settings=self.file, vault=self.vault, channels=CHANNELS, robots=self.book, changed=lambda: None
        )

    async def save(self, name: str, webhook: str = URL, secret: str = KEY, keywords: tuple[str, ...] = ()) -> None:
        await self.configure.save(name=name, webhook=Secret(webhook), secret=Secret(secret), keywords=keywords)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_the_first_robot_is_stored_becomes_the_default_and_is_ready(house: House) -> None:
    await house.save("team", keywords=("构建",))
    assert house.vault.stored == {"team": Credentials(webhook=Secret(URL), secret=Secret(KEY))}
    assert house.file.load().robots == {"team": robot_settings(keywords=("构建",), default=True)}
    assert [(fact.name, fact.ready) for fact in house.book.facts()] == [("team", True)]
    assert "SEC" not in house.file.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("webhook", "secret"), [(KEY, URL), (f"webhook {URL} key {KEY}", ""), (f"{URL}&timestamp=1&sign=2", f'"{KEY}"')]
)
async def test_a_swapped_or_joined_pair_is_put_right(house: House, webhook: str, secret: str) -> None:
    await house.save("team", webhook, secret)
    assert house.vault.stored["team"] == Credentials(webhook=Secret(URL), secret=Secret(KEY))


async def test_a_second_robot_leaves_the_default_and_editing_keeps_its_own_limits(house: House) -> None:
    await house.save("team")
    house.file.set_value("robots.team.per_minute", 5)
    await house.save("ops", URL.replace(".com", ".io"), "")
    await house.save("team", secret="")
    assert house.file.load().robots == {
        "team": robot_settings(per_minute=5, default=True),
        "ops": robot_settings(host="oapi.dingtalk.io"),
    }
    await house.configure.set_default("ops")
    assert house.book.names() == ["ops", "team"]


@pytest.mark.parametrize(
    ("name", "webhook", "field"),
    [("Team", URL, "name"), ("environment", URL, "name"), ("sandbox", URL, "name"), ("team", "https://x/", "webhook")],
)
async def test_what_cannot_be_right_is_refused_and_nothing_changes(
    house: House, name: str, webhook: str, field: str
) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        await house.save(name, webhook)
    assert caught.value.field == field
    assert house.vault.stored == {}
    assert not house.file.path.exists()


async def test_without_a_keyring_nothing_is_written_to_the_settings(house: House) -> None:
    house.vault.trouble = VaultState.NO_BACKEND
    with pytest.raises(VaultUnavailable):
        await house.save("team")
    assert not house.file.path.exists()


async def test_broken_settings_stop_a_change_before_the_keyring_is_touched(house: House) -> None:
    await house.save("team")
    house.file.path.write_text("language = [", "utf-8")
    for change in (house.save("team", secret=""), house.configure.remove("team")):
        with pytest.raises(InvalidSettings):
            await change
    assert house.vault.stored["team"].secret == Secret(KEY)


async def test_settings_that_cannot_be_written_put_the_old_webhook_back(tmp_path: Path) -> None:
    house = House(tmp_path / "gone")  # the folder is missing: reading gives defaults, writing fails
    before = Credentials(webhook=Secret(URL + "c"), secret=Secret(""))
    house.vault.stored["team"] = before
    with pytest.raises(InvalidSettings):
        await house.save("team")
    assert house.vault.stored == {"team": before}
    with pytest.raises(InvalidSettings):
        await house.save("new")
    assert house.vault.stored == {"team": before}


async def test_a_removed_robot_is_gone_from_both(house: House) -> None:
    await house.save("team")
    await house.save("ops")
    await house.configure.remove("team")
    assert list(house.vault.stored) == list(house.file.load().robots) == list(house.book.names()) == ["ops"]
    with pytest.raises(UnknownRobot):
        await house.configure.remove("team")


async def test_a_robot_is_kept_where_the_keyring_is_locked_and_forgotten_where_there_is_none(house: House) -> None:
    await house.save("team")
    house.vault.trouble = VaultState.LOCKED
    with pytest.raises(VaultUnavailable):
        await house.configure.remove("team")
    assert list(house.file.load().robots) == ["team"]
    house.vault.trouble = VaultState.NO_BACKEND
    await house.configure.remove("team")
    assert house.file.load().robots == {}


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (RobotLimits(per_minute=21), "per_minute"),
        (RobotLimits(per_minute=0), "per_minute"),
        (RobotLimits(monthly_cap=0), "monthly_cap"),
        (RobotLimits(per_minute=3, monthly_cap=100_000_001), "monthly_cap"),
    ],
)
async def test_a_limit_that_cannot_be_is_named_before_anything_is_stored(
    house: House, limits: RobotLimits, field: str
) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        await house.configure.save(name="team", webhook=Secret(URL), secret=Secret(KEY), keywords=(), limits=limits)
    assert caught.value.field == field
    assert house.vault.stored == {}
    assert not house.file.path.exists()


async def test_limits_are_kept_and_what_is_not_said_stays(house: House) -> None:
    limits = RobotLimits(per_minute=20, monthly_cap=500)
    await house.configure.save(name="team", webhook=Secret(URL), secret=Secret(KEY), keywords=(), limits=limits)
    await house.configure.save(
        name="team", webhook=Secret(URL), secret=Secret(KEY), keywords=(), limits=RobotLimits(per_minute=4)
    )
    robot = house.file.load().robots["team"]
    assert (robot.per_minute, robot.monthly_cap) == (4, 500)
