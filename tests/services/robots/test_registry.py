"""Which robots there are, whose credentials win, and what keeps one from being used."""

import asyncio
import hashlib

import pytest

from tests.support.memory_vault import MemoryVault
from tests.support.patience import PATIENCE_S
from tests.support.settings import robot_settings
from tests.support.words import said
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import UnknownRobot, VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Credentials
from tray_app.core.robots.app_robot import AppRobot, Recipient
from tray_app.core.settings.settings import Settings
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import RobotOrigin, VaultState
from tray_app.services.ports import RobotFacts
from tray_app.services.robots.owner_robot import OwnerRobot
from tray_app.services.robots.registry import RobotRegistry, Sandbox

URL = "https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32
KEY = "SEC" + "b2" * 32
TWO = Settings(robots={"ops": robot_settings(keywords=("告警",)), "team": robot_settings(default=True)})
pytestmark = pytest.mark.anyio


def _book(
    vault: MemoryVault | None = None,
    *,
    settings: Settings | None = None,
    environ: dict[str, str] | None = None,
    sandbox: Sandbox | None = None,
) -> RobotRegistry:
    return RobotRegistry(
        channels=CHANNELS,
        vault=vault or MemoryVault(),
        settings=lambda: settings or Settings(),
        environ=environ or {},
        sandbox=sandbox,
    )


async def test_without_any_robot_the_way_to_set_one_up_is_the_problem() -> None:
    book = _book()
    assert (book.names(), book.facts()) == ([], ())
    (problem,) = book.problems()
    assert (problem.kind, problem.reason.key) == (ProblemKind.NOT_SET_UP, "credentials.no_robot")
    with pytest.raises(UnknownRobot):
        await book.credentials("team")


async def test_a_robot_without_its_webhook_is_set_up_again_by_its_name() -> None:
    book = _book(MemoryVault(), settings=TWO)
    with pytest.raises(UnknownRobot) as told:
        await book.credentials("ops")
    assert told.value.hint == text("credentials.nothing_stored_hint", robot="ops")


async def test_the_default_robot_comes_first_and_its_keywords_come_from_the_settings() -> None:
    vault = MemoryVault()
    await vault.write("ops", webhook=Secret(URL), secret=Secret(KEY))
    book = _book(vault, settings=TWO)
    assert book.names() == ["team", "ops"]
    assert await book.credentials("ops") == Credentials(webhook=Secret(URL), secret=Secret(KEY), keywords=("告警",))
    await book.refresh()
    ready = {fact.name: (fact.default, fact.ready, fact.signed) for fact in book.facts()}
    assert ready == {"team": (True, False, False), "ops": (False, True, True)}
    assert [said(problem.reason) for problem in book.problems()] == [
        'The keyring holds no webhook for the robot "team"'
    ]


async def test_the_environment_wins_and_is_marked_as_such() -> None:
    environ = {"DINGTALK_WEBHOOK": f" {URL}&sign=x ", "DINGTALK_SECRET": KEY, "DINGTALK_KEYWORDS": "构建， build"}
    settings = Settings(robots={**TWO.robots, "environment": robot_settings(per_minute=50, monthly_cap=9)})
    book = _book(settings=settings, environ=environ)
    assert book.names() == ["environment", "team", "ops"]
    assert book.origin("environment") is RobotOrigin.ENVIRONMENT
    expected = Credentials(webhook=Secret(URL), secret=Secret(KEY), keywords=("构建", "build"))
    assert await book.credentials("environment") == expected
    assert book.facts()[0] == RobotFacts(
        name="environment",
        channel="dingtalk",
        host="oapi.dingtalk.com",
        origin=RobotOrigin.ENVIRONMENT,
        default=True,
        ready=True,
        signed=True,
        keywords=("构建", "build"),
        mark=hashlib.sha256(URL.encode()).hexdigest()[:16],
    )
    tuned = book.settings().robots["environment"]
    assert (tuned.per_minute, tuned.monthly_cap) == (20, 9)


async def test_a_loopback_robot_of_the_environment_may_be_as_fast_as_its_settings_say() -> None:
    settings = Settings(robots={"environment": robot_settings(per_minute=5000)})
    book = _book(settings=settings, environ={"DINGTALK_WEBHOOK": "http://127.0.0.1:9/robot/send?access_token=x"})
    assert book.settings().robots["environment"].per_minute == 5000
    assert book.facts()[0].host == "127.0.0.1:9"


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        (
            {"DINGTALK_WEBHOOK": "https://evil.example/robot/send?access_token=x"},
            "DINGTALK_WEBHOOK: evil.example is not a DingTalk host this app may send to",
        ),
        ({"DINGTALK_WEBHOOK": URL, "DINGTALK_SECRET": KEY[:-1]}, "DINGTALK_SECRET: The signing key has 66 characters"),
        ({"DINGTALK_WEBHOOK": KEY}, "DINGTALK_WEBHOOK: Webhook and signing key are swapped"),
        ({"DINGTALK_WEBHOOK": URL, "DINGTALK_KEYWORDS": "k" * 101}, "DINGTALK_KEYWORDS: Keywords must be"),
        ({"DINGTALK_SECRET": KEY}, "DINGTALK_SECRET is set, but DINGTALK_WEBHOOK is not"),
    ],
)
async def test_a_wrong_variable_is_a_problem_and_never_lets_messages_go_to_another_group(
    environ: dict[str, str], reason: str
) -> None:
    vault = MemoryVault()
    await vault.write("team", webhook=Secret(URL), secret=Secret(""))
    book = _book(vault, settings=TWO, environ=environ)
    assert book.names()[0] == "environment"
    assert said(book.problems()[0].reason).startswith(reason)
    with pytest.raises(UnknownRobot) as caught:
        await book.credentials("environment")
    assert said(caught.value.reason).startswith(reason)
    assert not book.facts()[0].ready


async def test_a_locked_keyring_is_one_problem_for_all_its_robots() -> None:
    vault = MemoryVault()
    vault.trouble = VaultState.LOCKED
    book = _book(vault, settings=TWO)
    await book.refresh()
    assert [problem.kind for problem in book.problems()] == [ProblemKind.KEYRING]
    with pytest.raises(VaultUnavailable):
        await book.credentials("team")


async def test_the_keyring_is_not_asked_about_the_environments_robot() -> None:
    vault = MemoryVault()
    vault.trouble = VaultState.NO_BACKEND
    book = _book(vault, environ={"DINGTALK_WEBHOOK": URL})
    await book.refresh()
    assert book.problems() == ()
    assert (await book.credentials("environment")).webhook == Secret(URL)


async def test_a_stored_webhook_whose_host_is_not_allowed_any_more_is_not_used() -> None:
    vault = MemoryVault()
    await vault.write("team", webhook=Secret(URL.replace("oapi.dingtalk.com", "ding.corp.cn")), secret=Secret(""))
    book = _book(vault, settings=TWO)
    with pytest.raises(UnknownRobot) as caught:
        await book.credentials("team")
    assert "ding.corp.cn is not a DingTalk host" in said(caught.value.reason)


async def test_the_sandbox_comes_last_and_needs_nothing() -> None:
    credentials = Credentials(webhook=Secret("http://127.0.0.1:9/robot/send"), secret=Secret("k"))
    sandbox = Sandbox(credentials=credentials, settings=robot_settings(host="127.0.0.1:9"))
    book = _book(settings=TWO, sandbox=sandbox)
    assert book.names() == ["team", "ops", "sandbox"]
    assert await book.credentials("sandbox") == credentials
    assert book.facts()[2].origin is RobotOrigin.SANDBOX
    assert book.facts()[2].ready


async def test_changed_settings_hold_at_once_and_with_the_environments_robot() -> None:
    current = TWO
    environ = {"DINGTALK_WEBHOOK": URL}
    book = RobotRegistry(channels=CHANNELS, vault=MemoryVault(), settings=lambda: current, environ=environ)
    assert set(book.settings().robots) == {"ops", "team", "environment"}
    current = Settings(robots={"new": robot_settings(per_minute=3)})
    assert set(book.settings().robots) == {"new", "environment"}
    assert book.settings().robots["new"].per_minute == 3


async def test_a_keyring_that_comes_after_the_app_is_noticed() -> None:
    vault = MemoryVault()
    await vault.write("team", webhook=Secret(URL), secret=Secret(""))
    vault.trouble = VaultState.NO_BACKEND
    settings = Settings(robots={"team": robot_settings()})
    changed = asyncio.Event()
    book = RobotRegistry(channels=CHANNELS, vault=vault, settings=lambda: settings, environ={}, on_change=changed.set)
    await book.refresh()
    assert not book.facts()[0].ready
    changed.clear()
    watching = asyncio.create_task(book.watch(every_s=0.01))
    vault.trouble = VaultState.OK
    await asyncio.wait_for(changed.wait(), PATIENCE_S)
    watching.cancel()
    assert book.facts()[0].ready
    assert book.problems() == ()


async def test_a_change_of_what_is_at_hand_is_told_once() -> None:
    vault = MemoryVault()
    changes: list[str] = []
    settings = Settings(robots={"team": robot_settings()})
    book = RobotRegistry(
        channels=CHANNELS,
        vault=vault,
        settings=lambda: settings,
        environ={},
        on_change=lambda: changes.append("changed"),
    )
    await book.refresh()
    await book.refresh()
    assert len(changes) == 1
    await vault.write("team", webhook=Secret(URL), secret=Secret(""))
    await book.refresh()
    await book.refresh()
    assert len(changes) == 2


async def test_an_app_robot_of_the_environment_comes_last_and_its_person_is_forgotten_with_the_app() -> None:
    address = "https://api.dingtalk.com/v1.0/robot/oToMessages/batchSend?clientId=dingstandin0123456789"
    paired = f"{address}&robotCode=dingstandin0123456789&staffId=x&corpId=y"  # from where any program may have put it
    environ = {"DINGTALK_CLIENT_ID": paired, "DINGTALK_CLIENT_SECRET": "s" * 64}
    book = _book(settings=TWO, environ=environ)
    assert book.names() == ["team", "ops", "environment-app"]
    assert book.origin("environment-app") is RobotOrigin.ENVIRONMENT
    owner = OwnerRobot(robots=book, vault=MemoryVault(), changed=lambda: None)
    assert (owner.name, owner.is_paired, await owner.person()) == ("environment-app", False, None)
    person = Recipient(staff_id="manager1", corp_id="ding1")
    await owner.pair(person)
    assert (owner.is_paired, await owner.person()) == (True, person)
    assert not OwnerRobot(robots=_book(environ=environ), vault=MemoryVault(), changed=lambda: None).is_paired


async def test_the_app_robot_of_the_environment_has_the_code_that_is_said_or_its_client_id() -> None:
    environ = {"DINGTALK_CLIENT_ID": "dingstandin0123456789", "DINGTALK_CLIENT_SECRET": "s" * 64}
    for code, has in (("", "dingstandin0123456789"), (" dingrobot0001 ", "dingrobot0001")):
        book = _book(environ=environ | {"DINGTALK_ROBOT_CODE": code})
        assert AppRobot.of(await book.credentials("environment-app")).robot_code == has
    [problem] = _book(environ=environ | {"DINGTALK_ROBOT_CODE": "two words"}).problems()
    assert "DINGTALK_ROBOT_CODE" in said(problem.reason)


async def test_a_wrong_app_robot_of_the_environment_is_a_problem_that_names_the_variable() -> None:
    book = _book(environ={"DINGTALK_CLIENT_ID": "dingstandin0123456789"})
    [problem] = book.problems()
    assert "DINGTALK_CLIENT_SECRET" in said(problem.reason)
    with pytest.raises(UnknownRobot):
        await book.credentials("environment-app")
