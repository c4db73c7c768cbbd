"""People are heard over real WebSockets, each message once, whatever the network and the gateway do."""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.hearing import HASTY, Ear, hearing, key_of, seen
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.core.hearing.status import StreamPhase
from tray_app.core.kernel.errors import VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.heard import HeardMessage
from tray_app.sandbox.robot import AnswerWith, Drop, Garbage, Stall

pytestmark = pytest.mark.anyio


@pytest.fixture
def app() -> Iterator[SandboxApp]:
    with SandboxApp() as sandbox:
        yield sandbox


async def connected(app: SandboxApp, ear: Ear) -> None:
    await ear.until_phase(StreamPhase.CONNECTED)
    await seen(app, lambda: len(app.gateway.live) == 1)


async def test_what_is_written_is_heard_in_order_and_acknowledged_and_nothing_is_broken(app: SandboxApp) -> None:
    app.gateway.ping_ms = 50
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        app.change(lambda: app.gateway.say("no frame, " * 10_000))
        app.change(lambda: app.gateway.say("[" * 100_000))
        app.change(lambda: app.gateway.system("KEEPALIVE", {"x": 1}))
        sent = [app.hear(f"允许 {number} 👍", staff_id="manager807") for number in range(20)]
        sent.append(app.hear("from a group", group=True, nick="机主", corp_id="dingother"))
        await seen(app, lambda: app.gateway.acknowledged == sent and len(app.gateway.answers) > len(sent) + 2)

        assert ear.texts == [*(f"允许 {number} 👍" for number in range(20)), "from a group"]
        assert ear.heard[0].sender == (app.app.corp_id, "manager807")
        assert (ear.heard[-1].single, ear.heard[-1].corp_id) == (False, "dingother")
        assert [status.phase for status in ear.statuses] == [StreamPhase.CONNECTING, StreamPhase.CONNECTED]
    await seen(app, lambda: not app.gateway.connections)
    assert app.breaches == []


async def test_a_message_that_is_too_long_is_refused_once_and_ends_no_connection(
    app: SandboxApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="tray_app.services.hearing.listener")
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        app.hear("x" * 1_200_000)
        app.hear("拒绝 " + "字" * 400_000)
        nameless = json.dumps({"type": "CALLBACK", "data": "x" * 1_200_000, "headers": {"messageId": "behind"}})
        for _ in range(2):  # its id is not among what is kept: it comes again, and is borne again
            app.change(lambda: app.gateway.say(nameless))
        after = app.hear("状态")
        await seen(app, lambda: app.gateway.acknowledged == [after])
        await seen(app, lambda: len(app.gateway.answers) == 3)

        assert ear.texts == ["状态"]
        assert sorted(answer["code"] for answer in app.gateway.answers) == [200, 400, 400]
        assert [what for what, _number in app.gateway.story] == ["open"]
        assert [record.message for record in caplog.records if "not for us" in record.message] == [
            "stream: not for us (a frame that is cut)"
        ]
    assert app.breaches == []


async def test_a_message_that_comes_again_is_heard_once_and_acknowledged_again(app: SandboxApp) -> None:
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        for _ in range(3):
            app.hear("允许 A7", msg_id="one")
        app.hear("允许 B8", msg_id="two")
        await seen(app, lambda: sorted(app.gateway.acknowledged) == ["one", "one", "one", "two"])

        assert ear.texts == ["允许 A7", "允许 B8"]
    assert app.breaches == []


@pytest.mark.parametrize("same_message_id", [False, True])
async def test_a_message_that_was_not_taken_is_not_acknowledged_and_comes_again(
    app: SandboxApp, same_message_id: bool
) -> None:
    app.gateway.redeliver_ms, app.gateway.same_message_id = 100, same_message_id
    tries: list[str] = []

    def take(message: HeardMessage) -> None:
        tries.append(message.msg_id)
        if len(tries) < 3:
            raise OSError("the disk is full")

    async with hearing(key_of(app)) as ear:
        ear.take = take
        await connected(app, ear)
        sent = app.hear("允许")
        await seen(app, lambda: app.gateway.acknowledged == [sent])

        assert (ear.texts, tries) == (["允许"], [sent, sent, sent])


async def test_a_slow_taker_hears_nothing_twice_and_keeps_no_ping_waiting(app: SandboxApp) -> None:
    app.gateway.redeliver_ms, app.gateway.ping_ms = 100, 50
    go = asyncio.Event()
    tries: list[str] = []

    async def take(message: HeardMessage) -> None:
        tries.append(message.msg_id)
        await go.wait()

    async with hearing(key_of(app)) as ear:
        ear.take = take
        await connected(app, ear)
        sent = app.hear("允许")
        await seen(app, lambda: len(app.gateway.deliveries) >= 3 and len(app.gateway.answers) >= 3)
        assert app.read(lambda: app.gateway.acknowledged) == []
        go.set()
        await seen(app, lambda: app.gateway.acknowledged == [sent])

        assert (ear.texts, tries) == (["允许"], [sent])
    assert app.breaches == []


@pytest.mark.parametrize("message_id", [True, False])
async def test_a_disconnect_leaves_no_gap_the_next_one_is_there_before_the_old_one_goes(
    app: SandboxApp, message_id: bool
) -> None:
    app.gateway.linger_ms, app.gateway.redeliver_ms = 3_600_000, 300
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        app.disconnect(message_id=message_id)
        app.hear("允许")
        await ear.until(lambda: ear.texts == ["允许"])
        await seen(app, lambda: len(app.gateway.story) == 4)

        assert [what for what, _number in app.gateway.story] == ["open", "leave", "open", "close"]
        assert app.gateway.story[0][1] == app.gateway.story[3][1]
        assert ear.listener.status.phase is StreamPhase.CONNECTED
        assert StreamPhase.RECONNECTING not in [status.phase for status in ear.statuses]
    assert (app.breaches, app.gateway.most_live) == ([], 1)


async def test_a_broken_connection_is_replaced_with_a_fresh_ticket_and_what_waited_is_heard(app: SandboxApp) -> None:
    app.gateway.redeliver_ms = 300  # what is sent into a connection that is just breaking comes again
    async with hearing(key_of(app)) as ear:
        for number in range(3):
            await connected(app, ear)
            app.cut()
            await ear.until_phase(StreamPhase.RECONNECTING)
            app.hear(f"{number}")
            await ear.until(lambda: len(ear.heard) == number + 1)  # noqa: B023 - it is waited for here

        assert ear.texts == ["0", "1", "2"]
    assert (app.breaches, app.gateway.most_live) == ([], 1)


async def test_a_gateway_that_is_away_is_found_again(app: SandboxApp) -> None:
    app.gateway.redeliver_ms = 300
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        app.stop()
        status = await ear.until_phase(StreamPhase.RECONNECTING)
        assert status.reason is not None
        app.start()
        await connected(app, ear)
        app.hear("允许")
        await ear.until(lambda: ear.texts == ["允许"])


async def test_a_connection_that_says_nothing_any_more_is_replaced(app: SandboxApp) -> None:
    app.gateway.ping_ms, app.gateway.redeliver_ms = 20, 300
    async with hearing(key_of(app), pace=replace(HASTY, quiet_ms=1_000)) as ear:
        await connected(app, ear)
        await seen(app, lambda: len(app.gateway.answers) >= 3)
        app.change(lambda: setattr(app.gateway, "zombie", True))
        await seen(app, lambda: app.app.requests.count("/connect") >= 2)
        app.change(lambda: setattr(app.gateway, "zombie", False))
        app.hear("允许")
        await ear.until(lambda: ear.texts == ["允许"])
    assert app.breaches == []


async def test_a_wrong_secret_is_the_owners_to_mend_and_the_right_one_connects_at_once(app: SandboxApp) -> None:
    right = key_of(app)
    async with hearing(
        replace(right, client_secret=Secret("wrong" * 10)), pace=replace(HASTY, owner_ms=300_000)
    ) as ear:
        status = await ear.until_phase(StreamPhase.REFUSED)
        assert status.reason == text("stream.secret_wrong", said="authFailed 鉴权失败")
        assert status.hint == text("stream.secret_wrong_hint")

        ear.key = right
        ear.listener.wake()
        await connected(app, ear)

        ear.key = None
        ear.listener.wake()
        await ear.until_phase(StreamPhase.OFF)
        await seen(app, lambda: not app.gateway.connections)


async def test_where_stream_mode_is_not_chosen_the_owner_is_told(app: SandboxApp) -> None:
    app.gateway.stream_chosen = False
    async with hearing(key_of(app)) as ear:
        status = await ear.until_phase(StreamPhase.REFUSED)
        assert status.reason == text("stream.not_chosen")


async def test_other_credentials_close_the_former_ones_connection_first(app: SandboxApp) -> None:
    with SandboxApp() as other:
        async with hearing(key_of(app)) as ear:
            await connected(app, ear)
            ear.key = key_of(other)
            ear.listener.wake()
            await seen(other, lambda: len(other.gateway.live) == 1)
            await seen(app, lambda: not app.gateway.connections)
            ear.listener.wake()  # the same again changes nothing
            other.hear("允许")
            await ear.until(lambda: ear.texts == ["允许"])
        assert other.read(lambda: other.app.requests.count("/connect")) == 1


async def test_a_locked_keyring_is_named_and_asked_again(app: SandboxApp) -> None:
    locked = VaultUnavailable(text("keyring.locked"), text("keyring.locked_hint"))
    async with hearing(locked) as ear:
        status = await ear.until_phase(StreamPhase.RECONNECTING)
        assert (status.reason, status.hint) == (locked.reason, locked.hint)
        ear.key = key_of(app)
        await connected(app, ear)


async def test_each_trouble_at_the_door_passes(app: SandboxApp) -> None:
    door, socket = "/v1.0/gateway/connections/open", "/connect"
    throttled = b'{"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "message": "x"}'
    app.app.script(
        AnswerWith(status=503, body=b"busy"),
        AnswerWith(status=200, headers={"content-type": "text/html"}, body=b"<html>sign in</html>"),
        AnswerWith(status=403, headers={"content-type": "application/json"}, body=throttled),
        Drop(),
        Garbage(),
        path=door,
    )
    app.app.script(AnswerWith(status=502, body=b"bad gateway"), Drop(), Garbage(), AnswerWith(status=101), path=socket)
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        app.hear("允许")
        await ear.until(lambda: ear.texts == ["允许"])
        reasons = {status.reason.key for status in ear.statuses if status.reason is not None}
    assert {"stream.trouble", "stream.between", "stream.limited", "stream.no_answer"} <= reasons
    assert app.breaches == []


async def test_it_stops_at_once_whatever_it_waits_for(app: SandboxApp) -> None:
    app.app.script(Stall(), path="/v1.0/gateway/connections/open")
    async with hearing(key_of(app)) as ear:
        await seen(app, lambda: len(app.app.requests) == 1)
        await ear.listener.stop()
        assert ear.listener.status.phase is StreamPhase.OFF
        ear.listener.start()
        await connected(app, ear)


async def test_two_computers_with_one_app_share_the_messages(app: SandboxApp) -> None:
    async with hearing(key_of(app)) as one, hearing(key_of(app)) as other:
        await seen(app, lambda: len(app.gateway.live) == 2)
        for number in range(4):
            app.hear(f"{number}")
        await seen(app, lambda: len(app.gateway.acknowledged) == 4)
        assert sorted(one.texts + other.texts) == ["0", "1", "2", "3"]
        assert (len(one.texts), len(other.texts)) == (2, 2)


async def test_neither_secret_nor_ticket_nor_words_are_in_the_log(
    app: SandboxApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app.app.script(AnswerWith(status=503, body=b"busy"), path="/connect")
    async with hearing(key_of(app)) as ear:
        await connected(app, ear)
        app.hear("rm -rf /precious")
        app.hear("1", over={"msgId": ""})
        await ear.until(lambda: ear.heard)
        app.cut()
        await ear.until_phase(StreamPhase.RECONNECTING)
        await connected(app, ear)
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("tray_app"))
    assert "stream.lost" in said
    for secret in (app.client_secret, "ticket=", "f7a2-11f0", "precious", "manager807"):
        assert secret not in caplog.text


async def test_in_a_storm_every_message_is_taken_once_and_one_connection_is_live(app: SandboxApp) -> None:
    chance = random.Random(20261129)
    app.gateway.redeliver_ms, app.gateway.ping_ms, app.gateway.linger_ms = 150, 20, 50
    tries: Counter[str] = Counter()

    def take(message: HeardMessage) -> None:
        tries[message.msg_id] += 1
        if tries[message.msg_id] == 1 and chance.random() < 0.3:
            raise OSError("the disk is full")

    async with hearing(key_of(app), pace=replace(HASTY, first_ms=4, most_ms=20)) as ear:
        ear.take = take
        sent: list[str] = []
        for number in range(60):
            sent.append(app.hear(f"{number}"))
            match chance.randrange(6):
                case 0:
                    app.cut()
                case 1:
                    app.disconnect(message_id=chance.random() < 0.5)
                case 2:
                    app.hear(f"{number}", msg_id=sent[-1])
                case 3:
                    app.change(lambda: app.gateway.say("{" * 2_000))
            await asyncio.sleep(chance.random() / 50)
        await ear.until(lambda: len(ear.heard) >= len(sent))
        await seen(app, lambda: set(app.gateway.acknowledged) == set(sent))

        assert sorted(message.msg_id for message in ear.heard) == sorted(sent)
    assert (app.breaches, app.gateway.most_live) == ([], 1)
