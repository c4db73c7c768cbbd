"""The tools through the official client, in both protocol eras, and what a client may not be told."""

import asyncio
import json
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from tests.support.mcp_client import SENT, RecordingDoor, connected, english, running_endpoint
from tests.support.patience import PATIENCE_S
from tray_app.adapters.mcp.server import INSTRUCTIONS
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.errors import InvalidMessage, TrayAppError, UnknownRobot
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import TextMessage
from tray_app.core.messages.requests import Intent, ReadDelivery, Send
from tray_app.core.redaction.kinds import MaskedCount
from tray_app.tools import TOOLS

pytestmark = pytest.mark.anyio
ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
HELLO = {"content": "hello"}


def shown(result: Any) -> str:
    """All text of a result, as a model reads an error."""
    return "\n".join(block.text for block in result.content)


async def called(reply: Any, *, tool: str = "dingtalk_send_text", mode: str = "auto", **arguments: Any) -> Any:
    async with running_endpoint(RecordingDoor(reply)) as endpoint, connected(endpoint.url, mode=mode) as client:
        return await client.call_tool(tool, arguments or HELLO)


@pytest.mark.parametrize("mode", ["auto", "2026-07-28", "legacy"])
async def test_the_official_client_lists_and_calls(mode: str) -> None:
    async with running_endpoint() as endpoint, connected(endpoint.url, mode=mode) as client:
        listed = await client.list_tools()
        result = await client.call_tool("dingtalk_send_text", HELLO)
        again = await client.list_tools()
    assert [tool.name for tool in listed.tools] == list(TOOLS)
    assert listed.tools == again.tools
    assert not result.is_error
    assert result.structured_content["status"] == "sent"
    intent, origin = endpoint.door.asked[0]
    assert intent == Send(message=TextMessage(content="hello"))
    assert (origin.source, origin.tool) == (Source.MCP, "dingtalk_send_text")


@ERAS
async def test_it_introduces_itself(mode: str) -> None:
    async with running_endpoint() as endpoint, connected(endpoint.url, mode=mode) as client:
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == ("dingtalk", "0.0.0")
        assert client.instructions == INSTRUCTIONS
        listed = await client.list_tools()
    assert all(tool.meta == {"anthropic/alwaysLoad": True} for tool in listed.tools)
    read_only = {tool.name for tool in listed.tools if tool.annotations and tool.annotations.read_only_hint}
    assert read_only == {"dingtalk_status", "dingtalk_delivery"}


async def test_the_door_learns_who_calls_and_by_which_call() -> None:
    async with running_endpoint() as endpoint:
        meta: Any = {"claudecode/toolUseId": "toolu_1"}
        async with connected(endpoint.url) as client:
            await client.call_tool("dingtalk_send_text", HELLO, meta=meta)
            name = client.client_info.name if client.client_info else "mcp"
        async with connected(endpoint.url, mode="legacy", **{"user-agent": "claude-code/2.1.197 (cli)"}) as client:
            await client.call_tool("dingtalk_send_text", HELLO, meta=meta)
    expected = Origin(source=Source.MCP, tool="dingtalk_send_text", client=name, grant="tests", call_id="toolu_1")
    modern, legacy = (origin for _, origin in endpoint.door.asked)
    assert modern == expected
    assert (legacy.client, legacy.grant, legacy.call_id) == ("claude-code", "tests", "toolu_1")


@pytest.mark.parametrize("status", list(Status))
async def test_every_outcome_is_told_in_text_and_in_data(status: Status) -> None:
    receipt = Receipt(
        status=status,
        delivery_id="d-77",
        robot="ops-3",
        reason=text("message.empty", field="why-11"),
        hint=text("message.empty_hint", field="fix-12"),
        retry_after_s=4711,
        errcode=310000,
        until_ms=1_700_000_000_000,
        masked=(MaskedCount(kind="github", count=83),),
        rule="tools.x.limits[0]",
        counter="x_rate",
        used=29,
        most=37,
    )
    result = await called(receipt)
    good = {Status.SENT, Status.QUEUED, Status.HELD, Status.STORED, Status.HELP}
    assert result.is_error is (status not in good)
    data = result.structured_content
    assert data["status"] == status.value
    assert list(data) == [
        *("status", "delivery_id", "robot", "max", "used", "counter", "rule", "masked"),
        *("until", "retry_after_s", "errcode", "hint", "reason"),
    ]
    assert all(str(value) in shown(result) for value in data.values())
    assert "⟨" not in shown(result)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.HELD, Status.PAUSED])
async def test_what_needs_no_second_call_never_invites_one(status: Status) -> None:
    """A model that reads "wait before trying again" tries again, and the group sees it twice."""
    words = shown(
        await called(Receipt(status=status, robot="ops", retry_after_s=90, until_ms=1_700_000_000_000))
    ).lower()
    assert "90 s" in words
    assert "trying again" not in words


async def test_a_bare_success_says_no_more_than_it_knows() -> None:
    result = await called(SENT)
    assert shown(result) == "Sent to the DingTalk group.\nRobot: ops\ndelivery_id: d1\nstatus: sent"
    assert result.structured_content == {
        "status": "sent",
        "delivery_id": "d1",
        "robot": "ops",
        "max": None,
        "used": None,
        "counter": None,
        "rule": None,
        "masked": None,
        "until": None,
        "retry_after_s": None,
        "errcode": None,
        "hint": None,
        "reason": None,
    }


async def test_a_report_gives_its_data_and_its_words() -> None:
    report = Report(data={"id": "d1", "stage": "sent", "标题": "好"}, words=(text("tools.sent"), text("tools.stored")))
    async with running_endpoint(RecordingDoor(report)) as endpoint, connected(endpoint.url) as client:
        result = await client.call_tool("dingtalk_delivery", {"id": "d1"})
    assert endpoint.door.asked[0][0] == ReadDelivery("d1")
    assert result.structured_content == {"id": "d1", "stage": "sent", "标题": "好"}
    sent, stored, data = shown(result).split("\n")
    assert (sent, stored, json.loads(data)) == ("Sent to the DingTalk group.", "Stored.", result.structured_content)


@ERAS
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidMessage("content", text("message.empty", field="content"), text("message.bad_url_hint")), "invalid"),
        (UnknownRobot(text("message.empty", field="content"), text("message.bad_url_hint")), "failed"),
        (TrayAppError(text("message.empty", field="content"), text("message.bad_url_hint")), "failed"),
    ],
)
async def test_what_a_person_can_mend_is_said_with_reason_and_hint(mode: str, error: TrayAppError, status: str) -> None:
    result = await called(error, mode=mode)
    assert result.is_error
    assert result.structured_content["status"] == status
    assert result.structured_content["reason"] == "content is empty"
    assert "content is empty" in shown(result)
    assert english()("message.bad_url_hint") in shown(result)


@ERAS
@pytest.mark.parametrize("error", [RuntimeError, ValueError, KeyError, RecursionError])
async def test_an_exceptions_words_never_leave(mode: str, error: type[BaseException]) -> None:
    result = await called(error("https://oapi.dingtalk.com/robot/send?access_token=zq9"), mode=mode)
    assert result.is_error
    assert "zq9" not in str(result)
    assert "inside dingtalk-tray" in shown(result)


async def test_work_that_the_app_cancels_is_no_silence() -> None:
    result = await called(asyncio.CancelledError())
    assert result.is_error
    assert "being closed" in shown(result)


@ERAS
async def test_an_unknown_tool_is_a_protocol_error_that_echoes_nothing(mode: str) -> None:
    async with running_endpoint() as endpoint, connected(endpoint.url, mode=mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("zq9_marker", {})
    assert caught.value.code == -32602
    assert "zq9" not in caught.value.message
    assert "dingtalk_send_text" in caught.value.message
    assert endpoint.door.asked == []


@ERAS
@pytest.mark.parametrize("arguments", [{}, {"content": "x"}, {"content": 7, "atall": True}])
async def test_a_hidden_tool_is_refused_before_its_arguments_and_named_nowhere(
    mode: str, arguments: dict[str, object]
) -> None:
    door = RecordingDoor(hidden=frozenset({"dingtalk_send_text"}))
    async with running_endpoint(door) as endpoint, connected(endpoint.url, mode=mode) as client:
        answer = await client.call_tool("dingtalk_send_text", arguments)
        with pytest.raises(MCPError) as unknown:
            await client.call_tool("zq9_marker", arguments)
    assert answer.is_error
    assert (answer.structured_content or {})["rule"] == "hide"
    assert "dingtalk_send_text" not in unknown.value.message
    assert "dingtalk_send_markdown" in unknown.value.message
    assert door.asked == []


@ERAS
async def test_wrong_arguments_are_refused_before_the_door(mode: str) -> None:
    async with running_endpoint() as endpoint, connected(endpoint.url, mode=mode) as client:
        result = await client.call_tool("dingtalk_send_text", {"content": 7, "atall": True, "atMobiles": "zq9"})
    assert result.is_error
    assert result.structured_content["status"] == "invalid"
    assert "zq9" not in str(result)
    for said in ("content must be a string", "did you mean atAll?", "atMobiles must be a list"):
        assert said in shown(result)
    assert endpoint.door.asked == []


@ERAS
async def test_eight_calls_with_one_id_are_all_answered(mode: str) -> None:
    async with (
        running_endpoint() as endpoint,
        connected(endpoint.url, mode=mode) as one,
        connected(endpoint.url, mode=mode) as two,  # numbers its requests as the first one does
    ):
        calls = [client.call_tool("dingtalk_send_text", {"content": str(n)}) for n in range(4) for client in (one, two)]
        results = await asyncio.gather(*calls)
    assert [result.structured_content["status"] for result in results] == ["sent"] * 8
    assert len(endpoint.door.asked) == 8


@ERAS
async def test_a_client_that_goes_away_does_not_stop_its_message(mode: str) -> None:
    arrived, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_intent: Intent) -> Receipt:
        arrived.set()
        await go_on.wait()
        done.set()
        return SENT

    async with running_endpoint(RecordingDoor(slow)) as endpoint:
        async with connected(endpoint.url, mode=mode) as client:
            calling = asyncio.create_task(client.call_tool("dingtalk_send_text", HELLO))
            await arrived.wait()
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
        go_on.set()
        async with asyncio.timeout(5):
            await done.wait()


@ERAS
async def test_a_stop_waits_for_a_call_that_is_nearly_done(mode: str) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def short(_intent: Intent) -> Receipt:
        arrived.set()
        await go_on.wait()
        return SENT

    async with running_endpoint(RecordingDoor(short)) as endpoint, connected(endpoint.url, mode=mode) as client:
        await client.list_tools()  # else the client fetches the schema after the answer, when nobody is there any more
        calling = asyncio.create_task(client.call_tool("dingtalk_send_text", HELLO))
        await arrived.wait()
        stopping = asyncio.create_task(endpoint.server.stop(5))
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        result = await calling
        await stopping
    assert result.structured_content["status"] == "sent"


@ERAS
async def test_a_stop_answers_a_call_that_would_take_too_long(mode: str) -> None:
    arrived, for_ever = asyncio.Event(), asyncio.Event()

    async def long(_intent: Intent) -> Receipt:
        arrived.set()
        await for_ever.wait()
        return SENT

    async with running_endpoint(RecordingDoor(long)) as endpoint, connected(endpoint.url, mode=mode) as client:
        calling = asyncio.create_task(client.call_tool("dingtalk_send_text", HELLO))
        await arrived.wait()
        async with asyncio.timeout(PATIENCE_S):
            await endpoint.server.stop(0.1)
        result = await calling
        for_ever.set()
    assert result.is_error
    assert "Do not send it again" in shown(result)
