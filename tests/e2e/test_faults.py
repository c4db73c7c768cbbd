"""DingTalk in trouble, seen through the doors of the real app: what agents, the owner and scripts are told of it."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command import Done, command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.robot import AnswerWith, Drop

pytestmark = pytest.mark.anyio
BUSY = AnswerWith(body='{"errcode":500100,"errmsg":"description:系统异常，请稍后再试;"}'.encode())


@dataclass
class App:
    """A running app with its group, the command line, and the owner's browser."""

    home: Path
    group: SandboxRobot
    url: str
    token: str
    remote: Remote

    def __call__(self, *arguments: str) -> Done:
        return command(*arguments, environ=environment(self.home))

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("history", "--json").out)["deliveries"]
        return found

    def page(self, delivery_id: str) -> str:
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=20) as browser:
            link = self.remote.post("link", {"page": "history"})["url"]
            browser.get(link)
            return browser.get(f"{self.url.removesuffix('/mcp')}/ui/history/{delivery_id}").text


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    Paths.under(tmp_path).create().settings.write_text("[delivery]\nwait_s = 8\n")
    with (
        SandboxRobot(per_minute=0) as group,
        running_app(tmp_path, environ=environment(tmp_path, **robot_variables(group))) as child,
    ):
        remote = Remote(running=child.endpoint, language=Language.EN)
        yield App(tmp_path, group, child.endpoint.url, child.endpoint.token.reveal(), remote)


@pytest.mark.slow
async def test_a_service_in_trouble_is_told_while_it_lasts_and_costs_nothing(app: App) -> None:
    app.group.robot.script(*[AnswerWith(status=502), BUSY] * 400)
    for number in range(3):
        app.remote.post("send", {"message": _text(f"m{number}"), "robot": "", "client": "test"})
    app.group.wait_for_requests(4)
    async with connected(app.url, token=app.token) as client:
        ids = [row["id"] for row in app.rows()]
        told = await client.call_tool("dingtalk_delivery", {"id": ids[0]})
        state = await client.call_tool("dingtalk_status", {})
    assert told.structured_content is not None
    assert told.structured_content["status"] == "queued"
    assert "tried for up to 24 h" in str(told.content)
    assert state.structured_content is not None
    assert state.structured_content["robots"][0]["waits_until_ms"] > 0
    status, doctor = app("status"), app("doctor")
    assert "waits until" in status.out
    assert doctor.code == 1
    assert "✖ DingTalk: DingTalk" in doctor.out  # is busy, or has a fault
    assert app("robots", "--test", "environment").code == 1
    (problem,) = json.loads(app("status", "--json").out)["problems"]
    assert problem["kind"] == "service"
    while app.group.robot.next_fault():
        pass
    seen = app.group.wait_for(4, timeout_s=30)
    assert [each.text for each in seen[:3]] == ["m0", "m1", "m2"]


@pytest.mark.slow
async def test_lost_answers_are_perhaps_arrived_and_a_resend_shows_the_message_once(app: App) -> None:
    app.group.robot.script(*[Drop(take=True)] * 3)
    async with connected(app.url, token=app.token) as client:
        told = await client.call_tool("dingtalk_send_text", {"content": "there already"})
    assert told.is_error
    assert told.structured_content is not None
    assert told.structured_content["status"] == "perhaps_arrived"
    assert "Do not send it again" in str(told.content)
    (row,) = app.rows()
    assert (row["stage"], row["attempts"], row["sent_as"]) == ("perhaps_arrived", 3, row["id"])
    assert "≈ perhaps arrived" in app("history").out
    assert "DingTalk shows it once" in app.page(row["id"])
    assert [
        each["id"] for each in json.loads(app("history", "--json", "--status", "perhaps_arrived").out)["deliveries"]
    ]

    resent = json.loads(app("history", "--resend", row["id"], "--json").out)
    assert resent["status"] == "sent"
    assert [each.text.splitlines()[0] for each in app.group.received] == ["there already"]
    again, first = app.rows()
    assert (again["stage"], again["sent_as"]) == ("sent", first["id"])
    assert again["id"] != first["id"]


async def test_dingtalks_own_words_stand_wherever_the_message_is_looked_at(app: App) -> None:
    secret = app.group.secret
    said = f"msgtype is null, access_token={app.group.robot.token}, secret {secret}"
    app.group.robot.script(AnswerWith(body=json.dumps({"errcode": 300001, "errmsg": said}).encode()))
    sent = app("send", "text", "words", "--json")
    assert sent.code == 1
    (row,) = app.rows()
    assert (row["stage"], row["errcode"]) == ("failed", 300001)
    assert row["said"].startswith("msgtype is null")
    page, table = app.page(row["id"]), app("history", "--export", "csv").out
    assert "DingTalk said: msgtype is null" in page
    assert next(csv.DictReader(io.StringIO(table)))["said"] == row["said"]
    for shown in (sent.out, page, table, app("history", "--json").out, app("status", "--json").out):
        assert app.group.robot.token not in shown
        assert secret not in shown


def _text(content: str) -> dict[str, Any]:
    return {"kind": "text", "content": content, "mentions": {"mobiles": [], "user_ids": [], "everyone": False}}
