"""An agent that tries to get past the policy with nothing but its token, and what a trial of the policy says of it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tests.support.raw_http import post, talk
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

pytestmark = pytest.mark.anyio
TEXT, MARKDOWN, LINK = "dingtalk_send_text", "dingtalk_send_markdown", "dingtalk_send_link"
CONFIGURE, STATUS = "dingtalk_configure", "dingtalk_status"
EVERYBODY = {"path": "args.atAll", "op": "eq", "value": True}
POLICY: dict[str, object] = {
    "version": "1",
    "default": "deny",
    "tools": {
        TEXT: {
            "require_approval_if": [EVERYBODY],
            "deny_if": [
                {"path": "args.content", "op": "regex", "value": "(a|aa)+!$"},
                {"path": "args.atMobiles.0", "op": "exists"},
            ],
        },
        MARKDOWN: {"require": [{"path": "args.title", "op": "in", "value": ["Report", "报告"]}]},
        CONFIGURE: {"action": "require_approval"},
        STATUS: {"action": "require_approval"},
    },
}
CALLS: list[tuple[str, dict[str, Any], str]] = [
    (TEXT, {"content": "plain"}, "sent"),
    (TEXT, {"content": "all", "atAll": True}, "held"),
    (TEXT, {"content": "a" * 30_000 + "!"}, "refused"),
    (TEXT, {"content": "Eve", "atMobiles": ["13800000000"]}, "refused"),
    (MARKDOWN, {"title": "Report", "text": "x"}, "sent"),
    (MARKDOWN, {"title": "Report\u200b", "text": "x"}, "refused"),
    (MARKDOWN, {"title": "报告", "text": "x"}, "sent"),
    (LINK, {"title": "x", "text": "x", "messageUrl": "https://example.com"}, "refused"),
    (STATUS, {}, "held"),
]
OK = 200
VERDICTS = {"sent": "allow", "held": "ask", "refused": "deny"}


@pytest.fixture(scope="module")
def robot() -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=1_000) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, robot: SandboxRobot) -> Iterator[Child]:
    home = tmp_path_factory.mktemp("attacks") / "home"
    paths = Paths.under(home).create()
    paths.settings.write_text("[robots.environment]\nper_minute = 1000\n[approvals]\nwait_s = 0.1\n", "utf-8")
    paths.policy.write_text(json.dumps(POLICY), "utf-8")
    with running_app(home, environ=environment(home, **robot_variables(robot))) as child:
        yield child


def client(app: Child) -> Any:
    return connected(app.endpoint.url, token=app.endpoint.token.reveal())


def posted(app: Child, arguments: bytes) -> str:
    """Call with these very bytes as arguments. Returns the answer's status, or the HTTP status that refused it."""
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "%b", "arguments": %b}}'
    host = urlsplit(app.endpoint.url)
    own = ("authorization", f"Bearer {app.endpoint.token.reveal()}"), ("mcp-protocol-version", "2025-06-18")
    answer = talk(host.port or 0, post(host.port or 0, body % (TEXT.encode(), arguments), *own))
    return str(answer.json()["result"]["structuredContent"]["status"]) if answer.status == OK else str(answer.status)


async def listed(user: Any, tool: str, *, there: bool) -> None:
    """Wait until the list of tools says so."""
    async with asyncio.timeout(5):
        while (tool in {each.name for each in (await user.list_tools()).tools}) is not there:
            pass  # the question itself takes its turn on the network


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (b'{"content": "1", "atAll": false, "atAll": true}', "400"),
        (b'{"content": "2", "atAll": false, "at\\u0041ll": true}', "400"),
        (b'{"content": "3", "atAll": false, "atAll\\ud800": true}', "400"),
        (b'{"content": "4", "atAll": 1}', "invalid"),
        (b'{"content": "5", "atAll": 1e999}', "invalid"),
        (b'{"content": "6", "atAll": "true"}', "invalid"),
        (b'{"content": "7", "ATALL": true}', "invalid"),
        (b'{"content": "8", "at\xe2\x80\x8bAll": true}', "invalid"),
        (b'{"content": "9", "at": {"isAtAll": true}}', "invalid"),
        (b'{"content": "10", "atAll": NaN}', "400"),
        (b'{"content": "11", "atAll": %b}' % (b"[" * 5_000 + b"]" * 5_000), "400"),
        (b'{"content": "12", "atAll": %b}' % (b"9" * 5_000), "400"),
    ],
)
def test_no_spelling_of_an_argument_gets_past_its_rule(
    app: Child, robot: SandboxRobot, arguments: bytes, status: str
) -> None:
    before = len(robot.received)
    assert posted(app, arguments) == status
    assert len(robot.received) == before


async def test_telling_how_a_robot_is_set_up_is_let_through_or_refused_but_nobody_is_asked_about_it(app: Child) -> None:
    tell = Remote.find(app.paths, Language.EN)
    waiting = len(tell.get("approvals")["approvals"])
    async with client(app) as user:
        told = await user.call_tool(CONFIGURE, {})
        assert told.structured_content["status"] == "help"
        assert len(tell.get("approvals")["approvals"]) == waiting
        source = app.paths.policy.read_text("utf-8")
        try:
            app.paths.policy.write_text(json.dumps({"version": "1", "hide": [CONFIGURE]}), "utf-8")
            await listed(user, CONFIGURE, there=False)
            hidden = await user.call_tool(CONFIGURE, {})
        finally:
            app.paths.policy.write_text(source, "utf-8")
            await listed(user, CONFIGURE, there=True)
    assert (hidden.structured_content["status"], hidden.structured_content["rule"]) == ("refused", "hide")


async def test_a_trial_of_the_policy_says_what_the_app_does(app: Child) -> None:
    environ = environment(app.paths.policy.parent.parent)
    async with client(app) as user:
        for tool, arguments, status in CALLS:
            answer = (await user.call_tool(tool, arguments)).structured_content
            assert answer["status"] == status, (tool, answer)
            if len(str(arguments)) < 1_000:
                trial = await asyncio.to_thread(
                    command, "policy", "test", tool, "--args", json.dumps(arguments), "--json", environ=environ
                )
                said = trial.json()
                assert (said["verdict"], said["rule"]) == (VERDICTS[status], answer["rule"] or said["rule"])
