"""Desktop notifications over the tray's own connection."""

import logging

import pytest

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's own")
from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from tests.support.running_tray import running_tray
from tests.support.tray_host import NOTES, TrayHost
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import OpenLogs, OpenPage, Page, SendTest
from tray_app.core.settings.settings import Sound

pytestmark = pytest.mark.anyio


async def test_a_notification_shows_our_words_and_its_buttons_act(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        buttons = ((text("menu.test"), SendTest()), ("Set up…", OpenPage(Page.SETUP)))
        running.tray.notify(text("menu.not_set_up"), "1 < 2 & 3", buttons)
        await host.until(lambda: len(host.notes) == 1)
        name, replaces, _icon, title, body, actions, hints, _timeout = host.notes[0]
        assert [name, replaces, title, body] == ["dingtalk-tray", 0, "⚠ Not set up", "1 &lt; 2 &amp; 3"]
        assert actions == ["0", "Send test message", "1", "Set up…"]
        assert hints["image-data"].signature == "(iiibiiay)"
        host.press(1, "1")
        await host.until(lambda: bool(running.performed))
        assert running.performed == [OpenPage(Page.SETUP)]


async def test_what_asks_makes_a_sound_or_none_as_the_owner_wants(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        for sound in Sound:
            running.sound = sound
            running.tray.notify(sound.value, "", key=sound.value)
        await host.until(lambda: len(host.notes) == len(Sound))
        hints = {note[3]: note[6] for note in host.notes}
        assert hints["on"]["sound-name"].value == "message-new-instant"
        assert hints["off"]["suppress-sound"].value is True
        assert {"sound-name", "suppress-sound"}.isdisjoint(hints["system"])


async def test_a_button_acts_once_and_unknown_or_closed_ones_never(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.tray.notify("one", "", (("Go", SendTest()),))
        running.tray.notify("two", "", (("Logs", OpenLogs()),))
        await host.until(lambda: len(host.notes) == 2)
        host.close_note(2)
        for note, key in ((1, "7"), (9, "0"), (2, "0"), (1, "0"), (1, "0")):
            host.press(note, key)
        await host.until(lambda: bool(running.performed))
        await host.lines()
        assert running.performed == [SendTest()]


async def test_only_the_server_that_showed_a_note_can_press_its_buttons(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.tray.notify("one", "", (("Go", SendTest()),))
        await host.until(lambda: len(host.notes) == 1)
        stranger = await MessageBus(address).connect()
        forged = Message.new_signal("/org/freedesktop/Notifications", NOTES, "ActionInvoked", "us", [1, "0"])
        forged.destination = host.items[0][0]
        await stranger.send(forged)
        await stranger.call(Message(destination=host.items[0][0], path="/MenuBar", member="Ping"))
        stranger.disconnect()
        assert running.performed == []
        host.press(1, "0")
        await host.until(lambda: running.performed == [SendTest()])


async def test_a_server_without_buttons_or_markup_gets_plain_words(address: str, host: TrayHost) -> None:
    host.capabilities = ["body"]
    async with running_tray(address, host) as running:
        running.tray.notify("one", "1 < 2", (("Go", SendTest()),), elsewhere="Answer in the menu")
        await host.until(lambda: len(host.notes) == 1)
        assert host.notes[0][4:6] == ["1 < 2\nAnswer in the menu", []]


async def test_without_a_notification_server_it_is_only_logged(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="tray_app")
    host = await TrayHost.connect(address, notes=False)
    async with running_tray(address, host) as running:
        running.tray.notify("one", "two")
        await host.lines()
        assert (await host.lines())[-1] == "Quit"
        assert running.performed == []
    host.leave()
    assert "D-Bus call failed: org.freedesktop.DBus.Error.ServiceUnknown" in caplog.text


@pytest.mark.parametrize(("key", "most"), [("", 20), ("a1", 6)])
async def test_more_than_a_few_notifications_a_minute_are_left_out(
    address: str, host: TrayHost, key: str, most: int
) -> None:
    async with running_tray(address, host) as running:
        shown = [running.tray.notify(f"note {number}", "", key=key) for number in range(30)]
        running.now_s += 61
        assert running.tray.notify("a minute later", "", key=key)
        await host.until(lambda: len(host.notes) == most + 1)
        assert [note[3] for note in host.notes] == [*(f"note {number}" for number in range(most)), "a minute later"]
        assert shown == [True] * most + [False] * (30 - most)


async def test_questions_and_answers_do_not_crowd_each_other_out(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        for number in range(30):
            running.tray.notify("question", "", key=f"a{number}")
        assert running.tray.notify("answer", "")


async def test_a_question_stays_until_it_is_withdrawn_and_its_buttons_go_with_it(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.tray.notify("one", "", (("Go", SendTest()),), key="a1", elsewhere="in the menu")
        running.tray.notify("two", "", (("Logs", OpenLogs()),), key="a2")
        await host.until(lambda: len(host.notes) == 2)
        assert [(note[4], note[7]) for note in host.notes] == [("", 0), ("", 0)]
        running.tray.withdraw("a1")
        running.tray.withdraw("a1")
        running.tray.withdraw("no such")
        await host.until(lambda: host.closed == [1])
        host.press(1, "0")
        host.press(2, "0")
        await host.until(lambda: bool(running.performed))
        assert running.performed == [OpenLogs()]
        await host.lines()
        assert host.closed == [1]


async def test_a_question_that_is_answered_before_it_is_shown_is_not_shown_or_closed_at_once(
    address: str, host: TrayHost
) -> None:
    async with running_tray(address, host) as running:
        running.tray.notify("one", "", (("Go", SendTest()),), key="a1")
        running.tray.withdraw("a1")
        running.tray.notify("two", "")
        await host.until(lambda: any(note[3] == "two" for note in host.notes))
        await host.lines()
        assert len(host.closed) == len(host.notes) - 1


async def test_a_question_whose_reader_closed_it_is_not_closed_again(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.tray.notify("one", "", (("Go", SendTest()),), key="a1")
        await host.until(lambda: len(host.notes) == 1)
        host.close_note(1)
        await host.lines()
        running.tray.withdraw("a1")
        await host.lines()
        assert host.closed == []


async def test_words_that_d_bus_forbids_do_not_cost_the_connection(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.tray.notify("a\x00b\ud800c", "one\x00\x1b\ntwo\u202e\ud83d" + "x" * 5_000, (("G\x00o", SendTest()),))
        await host.until(lambda: len(host.notes) == 1)
        title, body, actions = host.notes[0][3:6]
        assert (title, actions) == ("abc", ["0", "Go"])
        assert body == "one\ntwo" + "x" * 396 + "…"
        assert (await host.lines())[-1] == "Quit"


@pytest.mark.parametrize(("signature", "body"), [("i", [7]), ("", []), ("v", [Variant("s", "x")])])
async def test_a_notification_server_that_answers_nonsense_is_left_alone(
    address: str, host: TrayHost, signature: str, body: list[object]
) -> None:
    host.nonsense = (signature, body)
    async with running_tray(address, host) as running:
        running.tray.notify("one", "two", (("Go", SendTest()),))
        await host.lines()
        host.nonsense = None
        running.tray.notify("three", "four")
        await host.until(lambda: bool(host.notes) and host.notes[-1][3] == "three")
        assert (await host.lines())[-1] == "Quit"
