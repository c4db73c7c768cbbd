"""Secrets in an agent's message, from the outside: official client, running app, strict robot, the files it leaves."""

from pathlib import Path
from typing import Any

import pytest

from tests.core.redaction.corpus.made import ALNUM, HEX, chance
from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child

pytestmark = pytest.mark.anyio
MADE = chance(23)
TOKEN = "gh" + "p_" + MADE.of(ALNUM, 36)
PASSWORD = MADE.password()
HOOK = MADE.of(HEX, 64)
BODY = f"CI 令牌 {TOKEN}\n数据库密码：{PASSWORD}\nhttps://oapi.dingtalk.com/robot/send?access_token={HOOK}"


def started(home: Path, robot: SandboxRobot, settings: str) -> Any:
    paths = Paths.under(home)
    paths.settings.parent.mkdir(parents=True)
    paths.settings.write_text(settings, "utf-8")
    return running_app(home, environ=environment(home, **robot_variables(robot), DINGTALK_TRAY_LOG="debug"))


async def send(app: Child, body: str = BODY, title: str = "部署") -> Any:
    async with connected(app.endpoint.url, token=app.endpoint.token.reveal()) as client:
        return await client.call_tool("dingtalk_send_markdown", {"title": title, "text": body})


def left_in(home: Path) -> list[str]:
    """Names of files that hold one of the secrets."""
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files for value in (TOKEN, PASSWORD, HOOK) if value.encode() in path.read_bytes()]


async def test_what_is_masked_reaches_neither_group_nor_file_nor_log_nor_answer(
    tmp_path: Path, robot: SandboxRobot
) -> None:
    with started(tmp_path, robot, "") as app:
        answer = await send(app, title=f"部署 {TOKEN}")
        environ = environment(tmp_path, **robot_variables(robot))
        [row] = command("history", "--json", environ=environ).json()["deliveries"]
        told = command("history", environ=environ).out
    [seen] = robot.received
    for value in (TOKEN, PASSWORD, HOOK):
        assert value not in f"{seen}{answer}{row}{told}"
    assert "CI 令牌 【已隐藏：GitHub 令牌】" in seen.text
    assert "access_token=hidden-dingtalk" in seen.text
    assert row["masked"] == [
        {"kind": "github", "count": 2},
        {"kind": "password", "count": 1},
        {"kind": "dingtalk", "count": 1},
    ]
    assert row["title"] == "部署 【已隐藏：GitHub 令牌】"
    assert answer.structured_content["status"] == "sent"
    assert "GitHub" in answer.structured_content["masked"]
    assert "GitHub" in told
    assert left_in(tmp_path) == []


async def test_what_is_refused_is_kept_masked_and_the_agent_reads_kinds(tmp_path: Path, robot: SandboxRobot) -> None:
    with started(tmp_path, robot, '[redaction]\nmode = "refuse"\n') as app:
        answer = await send(app)
        clean = await send(app, body="全部通过")
        rows = command("history", "--json", environ=environment(tmp_path, **robot_variables(robot))).json()
    assert (answer.is_error, answer.structured_content["status"]) == (True, "refused")
    assert TOKEN not in str(answer)
    assert "GitHub" in answer.structured_content["reason"]
    assert clean.structured_content["status"] == "sent"
    assert [(row["stage"], len(row["masked"])) for row in rows["deliveries"]] == [("sent", 0), ("refused", 3)]
    assert len(robot.received) == 1
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("settings", "through"),
    [
        ('[redaction]\nmode = "off"\n', (TOKEN, PASSWORD, HOOK)),
        ('[redaction]\nallow = ["gh._[A-Za-z0-9]{36}"]\n', (TOKEN,)),
    ],
    ids=["off", "allowed"],
)
async def test_what_the_owner_lets_through_arrives(
    tmp_path: Path, robot: SandboxRobot, settings: str, through: tuple[str, ...]
) -> None:
    with started(tmp_path, robot, settings) as app:
        assert (await send(app)).structured_content["status"] == "sent"
    [seen] = robot.received
    assert tuple(value for value in (TOKEN, PASSWORD, HOOK) if value in seen.text) == through
