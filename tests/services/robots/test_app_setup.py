"""Setting an app robot up: checked with DingTalk, never the default one, and paired by nothing that is typed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.memory_vault import MemoryVault
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.sandbox_robot import wall_ms
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text
from tray_app.core.robots.app_robot import AppRobot, Recipient
from tray_app.sandbox.robot import AnswerWith, Drop
from tray_app.sandbox.sending import TOKEN_PATH
from tray_app.services.robots.owner_robot import OwnerRobot
from tray_app.services.robots.registry import RobotRegistry
from tray_app.services.robots.setup import RobotSetup
from tray_app.services.robots.token_check import token_check

pytestmark = pytest.mark.anyio
GROUP = "https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32
OWNER = Recipient(staff_id="manager807", corp_id="ding0000standin")
STRANGER = Recipient(staff_id="manager593", corp_id="ding0000standin")


@pytest.fixture
def app() -> Iterator[SandboxApp]:
    with SandboxApp() as sandbox:
        yield sandbox


class House:
    """The services with a real settings file, real HTTP, and a keyring in memory."""

    def __init__(self, folder: Path, app: SandboxApp, poster: HttpPoster) -> None:
        self.app = app
        self.vault = MemoryVault()
        self.file = SettingsFile(folder / "settings.toml")
        self.book = RobotRegistry(vault=self.vault, channels=CHANNELS, settings=lambda: self.file.current, environ={})
        self.owner = OwnerRobot(robots=self.book, vault=self.vault, changed=lambda: None)
        self.configure = RobotSetup(
            settings=self.file,
            vault=self.vault,
            channels=CHANNELS,
            robots=self.book,
            changed=lambda: None,
            check_token=token_check(poster, wall_ms),
        )

    def address(self, *, client_id: str = "", person: Recipient | None = None) -> str:
        client_id = client_id or self.app.client_id
        robot = AppRobot(base=self.app.api, client_id=client_id, robot_code=client_id, recipient=person)
        return robot.address().reveal()

    async def save(self, address: str, secret: str = "", *, default: bool = False, robot_code: str = "") -> Text | None:
        return await self.configure.save(
            name="phone",
            webhook=Secret(address),
            secret=Secret(secret or self.app.client_secret),
            keywords=(),
            channel="dingtalk-app",
            default=default,
            robot_code=robot_code,
        )

    async def code(self) -> str:
        return AppRobot.of(await self.owner.credentials()).robot_code


@pytest.fixture
async def house(tmp_path: Path, app: SandboxApp) -> AsyncIterator[House]:
    poster = HttpPoster()
    try:
        yield House(tmp_path, app, poster)
    finally:
        await poster.aclose()


async def test_what_dingtalk_does_not_know_is_not_stored(house: House) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        await house.save(house.address(), "0" * 64)
    assert (caught.value.field, caught.value.reason.key) == ("secret", "app_robot.secret_wrong")
    assert (house.vault.stored, house.file.load().robots) == ({}, {})


@pytest.mark.parametrize("fault", [Drop(), AnswerWith(status=500), AnswerWith(status=403, body=b"<html>")])
async def test_what_cannot_be_checked_now_is_stored_and_that_is_said(
    house: House, app: SandboxApp, fault: Drop | AnswerWith
) -> None:
    app.app.script(fault, path=TOKEN_PATH)
    assert await house.save(house.address()) is not None
    assert [(one.name, one.ready, one.paired) for one in house.book.facts()] == [("phone", True, False)]


async def test_pairing_is_kept_for_the_same_app_alone_and_comes_with_no_address(house: House, app: SandboxApp) -> None:
    assert await house.save(house.address(person=STRANGER)) is None
    assert await house.owner.person() is None
    await house.owner.pair(OWNER)
    await house.save(house.address(person=STRANGER))
    assert await house.owner.person() == OWNER
    app.change(lambda: setattr(app.app, "client_id", "ding0000000000other"))
    await house.save(house.address(client_id="ding0000000000other"))
    assert await house.owner.person() is None
    assert "manager" not in house.file.path.read_text("utf-8")


async def test_it_is_never_the_default_one_and_never_an_agents_to_set_up(house: House) -> None:
    await house.save(house.address(), default=True)
    assert not house.file.load().robots["phone"].default
    await house.configure.save(name="team", webhook=Secret(GROUP), secret=Secret(""), keywords=())
    assert house.file.load().robots["team"].default
    assert house.book.names() == ["team", "phone"]
    with pytest.raises(InvalidCredentials):
        await house.configure.set_default("phone")
    with pytest.raises(InvalidCredentials):
        await house.configure.checked(
            name="phone", webhook=Secret(house.address()), secret=Secret("0" * 64), keywords=()
        )


async def test_a_robot_code_stays_until_another_is_said(house: House, app: SandboxApp) -> None:
    await house.save(house.address())
    assert await house.code() == app.client_id
    for said, is_now in (("dingrobot0001", "dingrobot0001"), ("", "dingrobot0001"), (app.client_id, app.client_id)):
        await house.save(house.address(), robot_code=said)
        assert await house.code() == is_now
    with pytest.raises(InvalidCredentials) as caught:
        await house.save(house.address(), robot_code="two words")
    assert caught.value.field == "robot_code"
    with pytest.raises(InvalidCredentials) as caught:
        await house.configure.save(
            name="team", webhook=Secret(GROUP), secret=Secret(""), keywords=(), robot_code="dingrobot0001"
        )
    assert (caught.value.field, house.book.names()) == ("robot_code", ["phone"])
