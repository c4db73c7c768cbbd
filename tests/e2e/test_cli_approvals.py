"""`approvals`, and what `status` and `clients` say of decisions: commands, the running app, the official client."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done, command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.cli import main
from tray_app.core.kernel.texts import Language

pytestmark = pytest.mark.anyio
SEND = "dingtalk_send_text"
POLICY: dict[str, Any] = {
    "version": "1",
    "default": "deny",
    "tools": {SEND: {"action": "require_approval"}, "dingtalk_configure": {"action": "require_approval"}},
}
_LOOK_S = 0.02
EVIL = "hello\u202e\nTo: somebody else\n\u206631mred"


class Terminal:
    """The app, and commands beside it."""

    def __init__(self, child: Child, robot: SandboxRobot) -> None:
        self.child, self.robot = child, robot
        self.home = child.paths.policy.parent.parent
        self.tell = Remote.find(child.paths, Language.EN)

    async def __call__(self, *arguments: str, **more: str) -> Done:
        """Run a command in this process: starting one takes longer than its work."""
        out, err = io.StringIO(), io.StringIO()
        environ = environment(self.home, **more)
        code = await asyncio.to_thread(main, arguments, environ=environ, given=io.StringIO(), out=out, err=err)
        return Done(code=code, out=out.getvalue(), err=err.getvalue())

    @asynccontextmanager
    async def held(
        self, content: str, token: str = "", *, tool: str = SEND, arguments: dict[str, Any] | None = None
    ) -> AsyncIterator[tuple[str, "asyncio.Task[dict[str, Any]]"]]:
        """Have a call wait; gives the approval's id and the call. Nothing else waits."""
        async with self.client(token) as client:
            call = asyncio.create_task(self._call(client, tool, arguments or {"content": content}))
            try:
                deadline = time.monotonic() + PATIENCE_S
                while not (found := await self.waiting()):
                    assert not call.done(), str(call.result())
                    assert time.monotonic() < deadline, "nothing waits"
                    await asyncio.sleep(_LOOK_S)
                yield found[0], call
            finally:
                for left in await self.waiting():  # a test that failed leaves nothing to the next one
                    await asyncio.to_thread(self.tell.post, "approvals/settle", {"id": left, "answer": "deny"})

    async def waiting(self) -> list[str]:
        """The ids of what waits."""
        return [each["id"] for each in (await asyncio.to_thread(self.tell.get, "approvals"))["approvals"]]

    def client(self, token: str = "") -> Any:
        return connected(self.child.endpoint.url, token=token or self.child.endpoint.token.reveal())

    async def stance(self, stance: str) -> None:
        """Wait until the app goes by this."""
        deadline = time.monotonic() + PATIENCE_S
        while stance not in {
            each["stance"] for each in self.tell.get("status")["policy"]["tools"] if each["name"] == SEND
        }:
            assert time.monotonic() < deadline, "the policy was not read again"
            await asyncio.sleep(_LOOK_S)

    async def _call(self, client: Any, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return dict((await client.call_tool(tool, arguments)).structured_content)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home = tmp_path_factory.mktemp("approvals")
    paths = Paths.under(home)
    paths.policy.parent.mkdir(parents=True)
    paths.policy.write_text(json.dumps(POLICY), "utf-8")
    paths.settings.write_text("[robots.environment]\nper_minute = 1000\n", "utf-8")
    with (
        SandboxRobot(per_minute=1_000) as robot,
        running_app(home, environ=environment(home, **robot_variables(robot))) as child,
    ):
        yield Terminal(child, robot)


async def test_a_waiting_call_is_listed_shown_in_full_and_approved_by_the_beginning_of_its_id(
    terminal: Terminal,
) -> None:
    async with terminal.held(EVIL) as (approval_id, call):
        listed = await asyncio.to_thread(command, "approvals", environ=environment(terminal.home))
        assert (listed.code, listed.err) == (0, "")
        first, second = listed.out.splitlines()
        assert first == f"{approval_id[:8]}  send_text  hello"
        assert second.startswith("    sends to the group · claude-code · since ")

        shown = await terminal("approvals", "show", approval_id[:6])
        assert shown.code == 0
        assert "Text:\n  │ hello\\u202e\n  │ To: somebody else\n  │ \\u206631mred\n" in shown.out
        assert f"Id: {approval_id}\nTool: {SEND} (sends to the group)\nClient: claude-code\n" in shown.out
        assert f"Rule: tools.{SEND}.action\n" in shown.out
        assert shown.out.count("\nTo: ") == 1
        assert not {"\x1b", "\u2066", "\u202e"} & set(shown.out + listed.out)

        said = await terminal("approvals", "show", approval_id, "--json")
        assert not {"\x1b", "\u2066", "\u202e"} & set(said.out)
        assert {detail["label"]: detail["value"] for detail in said.json()["details"]}["Text"].startswith(EVIL)

        status = await terminal("status")
        assert "Waiting for your approval: 1 (dingtalk-tray approvals)\n  " + first in status.out

        approved = await terminal("approvals", "approve", approval_id[:6])
        answer = await asyncio.wait_for(call, PATIENCE_S)
    assert (approved.code, approved.err) == (0, "")
    assert approved.out.startswith("Approved: send_text\n")
    assert (answer["status"], answer["delivery_id"]) == ("sent", approval_id)
    assert terminal.robot.received[-1].text.startswith("hello")

    for as_listed in (approval_id, approval_id[:8]):
        again = await terminal("approvals", "deny", as_listed, "--json")
        assert again.code == 1
        assert again.json()["error"]["reason"] == "It was approved already"
    unknown = await terminal("approvals", "deny", approval_id[:7], "--json")
    assert unknown.json()["error"]["reason"] == "Nothing with this id waits for approval"


async def test_a_denied_call_is_told_so_and_nothing_is_sent(terminal: Terminal) -> None:
    before = len(terminal.robot.received)
    async with terminal.held("no") as (approval_id, call):
        denied = await terminal("approvals", "deny", approval_id[:8], "--json")
        answer = await asyncio.wait_for(call, PATIENCE_S)
    settled = denied.json()
    assert denied.code == 0
    assert (settled["id"], settled["state"], settled["answer"], settled["by"]) == (approval_id, "denied", "deny", "cli")
    assert (settled["receipt"]["status"], settled["receipt"]["reason"]) == ("refused", "You denied it")
    assert answer["status"] == "refused"
    assert len(terminal.robot.received) == before


async def test_a_call_of_no_known_session_is_not_approved_for_one_and_the_clients_list_counts(
    terminal: Terminal,
) -> None:
    token = str(terminal.tell.post("clients/add", {"name": "ci"})["token"])
    async with terminal.held("first", token) as (approval_id, call):
        refusal = await terminal("approvals", "approve", approval_id[:8], "--for", "session")
        assert (refusal.code, "which session calls" in refusal.err) == (1, True)
        await terminal("approvals", "approve", approval_id[:8])
        assert (await asyncio.wait_for(call, PATIENCE_S))["status"] == "sent"
    async with terminal.client(token) as client:
        refused = await client.call_tool("dingtalk_status", {})
    assert refused.structured_content["status"] == "refused"
    clients = await terminal("clients", "--json")
    (mine,) = [each for each in clients.json()["clients"] if each["name"] == "ci"]
    assert mine["decisions"] == {"allow": 0, "deny": 1, "throttle": 0, "ask": 1}
    assert "    allowed 0  asked 1  refused 1  too often 0\n" in (await terminal("clients")).out
    status = await terminal("status")
    assert (
        "Policy: agents may send what you approve · file ok · 2 with approval · 8 denied\nLast refused: " in status.out
    )
    assert "  status  ci  default\n  Your policy does not allow this tool\n" in status.out


async def test_approving_for_ever_writes_the_policy_and_asks_no_more(terminal: Terminal) -> None:
    path = terminal.child.paths.policy
    async with terminal.held("first") as (approval_id, call):
        approved = await terminal("approvals", "approve", approval_id, "--for", "always")
        assert (await asyncio.wait_for(call, PATIENCE_S))["status"] == "sent"
    assert approved.out.startswith("Approved, and allowed from now on: send_text\n")
    said = json.loads(path.read_text("utf-8"))
    assert said == {**POLICY, "tools": {**POLICY["tools"], SEND: {"action": "allow"}}}
    async with terminal.client() as client:
        second = await client.call_tool(SEND, {"content": "second"})
    assert second.structured_content["status"] == "sent"
    path.write_text(json.dumps(POLICY), "utf-8")
    await terminal.stance("require_approval")


async def test_a_set_up_is_shown_without_its_secrets_and_what_came_of_it_is_told(terminal: Terminal) -> None:
    key, token = "SEC" + "ab12" * 16, "cd34" * 16
    wanted = {"webhook": f"https://oapi.dingtalk.com/robot/send?access_token={token}", "secret": key}
    async with terminal.held("", tool="dingtalk_configure", arguments=wanted) as (approval_id, call):
        shown = await terminal("approvals", "show", approval_id)
        approved = await terminal("approvals", "approve", approval_id)
        answer = await asyncio.wait_for(call, PATIENCE_S)
    assert "(changes where messages go)" in shown.out
    assert "oapi.dingtalk.com" in shown.out
    assert not any(secret in shown.out + approved.out + approved.err for secret in (key, token))
    assert (approved.code, approved.out) == (1, "")  # this computer has no keyring
    assert answer["reason"] in approved.err


async def test_three_commands_at_once_have_one_winner_and_the_others_are_told(terminal: Terminal) -> None:
    before = len(terminal.robot.received)
    async with terminal.held("once only") as (approval_id, call):
        wishes = [("approvals", wish, approval_id, "--json") for wish in ("approve", "deny", "approve")]
        environ = environment(terminal.home)
        done = await asyncio.gather(*(asyncio.to_thread(command, *wish, environ=environ) for wish in wishes))
        answer = await asyncio.wait_for(call, PATIENCE_S)
    assert sorted(each.code for each in done) == [0, 1, 1]
    (won,) = [each.json() for each in done if each.code == 0]
    assert answer["status"] == {"approved": "sent", "denied": "refused"}[won["state"]]
    lost = {each.json()["error"]["reason"] for each in done if each.code == 1}
    assert lost == {f"It was {'approved' if won['state'] == 'approved' else 'denied'} already"}
    assert len(terminal.robot.received) - before == (won["state"] == "approved")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list",), 0, "Nothing waits for your approval."),
        (("show", "0000"), 1, "Nothing with this id waits for approval"),
        (("approve", "0" * 32), 1, "Nothing with this id waits for approval"),
        (("approve",), 2, "Which call?"),
        (("deny", "abc"), 2, "Which call?"),
        (("list", "abcd"), 2, "The list takes no id"),
        (("deny", "abcd", "--for", "always"), 2, "--for belongs to approve"),
        (("approve", "abcd", "--for", "ever"), 2, "--for"),
    ],
)
async def test_what_cannot_be_done_is_said_with_its_exit_code(
    terminal: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = await terminal("approvals", *arguments)
    assert done.code == code
    assert said in (done.err if code else done.out)


async def test_without_the_app_it_says_so(tmp_path: Path) -> None:
    done = command("approvals", "--json", environ=environment(tmp_path))
    assert done.code == 1
    assert "not running" in done.json()["error"]["reason"]
