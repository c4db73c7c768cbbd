"""Other programs on the bus that ask wrongly: each gets the right D-Bus error, and the tray goes on as before."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's own")
from dbus_fast import Message, MessageFlag, Variant
from PIL import Image

from tests.support.running_tray import running_tray
from tests.support.snapshots import send, snapshot
from tests.support.tray_host import ITEM, MENU, PROPERTIES, DBusRefusal, TrayHost
from tray_app.assets import asset

pytestmark = pytest.mark.anyio

ITEM_PATH, MENU_PATH = "/StatusNotifierItem", "/MenuBar"
NEST = Variant("v", Variant("v", Variant("v", Variant("s", "deep"))))
WRONG: list[tuple[str, str, str, list[Any], str]] = [
    (MENU_PATH, f"{MENU}.GetLayout", "s", ["x"], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.GetLayout", "", [], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.GetLayout", "iias", [-1, -1, []], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.GetLayout", "iias", [999_999, 0, []], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.GetLayout", "uias", [0, -1, []], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.GetProperty", "is", [-2_147_483_648, "label"], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.GetProperty", "is", [1, "no-such-property"], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.Event", "isvu", [-5, "clicked", NEST, 0], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.Event", "iss", [1, "clicked", "x"], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.EventGroup", "a(isvu)", [[[-5, "clicked", NEST, 0]]], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.AboutToShow", "i", [77_777], "InvalidArgs"),
    (MENU_PATH, f"{MENU}.Explode", "", [], "UnknownMethod"),
    (MENU_PATH, f"{ITEM}.Activate", "ii", [0, 0], "UnknownInterface"),
    (ITEM_PATH, f"{ITEM}.Activate", "ss", ["a", "b"], "InvalidArgs"),
    (ITEM_PATH, "com.example.Nope.Run", "", [], "UnknownInterface"),
    ("/no/such/object", f"{MENU}.GetLayout", "iias", [0, -1, []], "UnknownObject"),
    (ITEM_PATH, f"{PROPERTIES}.Get", "ss", [ITEM, "Password"], "UnknownProperty"),
    (ITEM_PATH, f"{PROPERTIES}.Get", "ss", ["com.example.Nope", "Id"], "UnknownInterface"),
    (ITEM_PATH, f"{PROPERTIES}.GetAll", "s", ["com.example.Nope"], "UnknownInterface"),
    (ITEM_PATH, f"{PROPERTIES}.Set", "ssv", [ITEM, "Id", Variant("s", "x")], "PropertyReadOnly"),
    (ITEM_PATH, f"{PROPERTIES}.Set", "ssv", [ITEM, "Nope", Variant("s", "x")], "UnknownProperty"),
]


@pytest.mark.parametrize(("path", "method", "signature", "body", "error"), WRONG)
async def test_a_wrong_call_gets_its_error_and_nothing_else_happens(
    address: str, host: TrayHost, path: str, method: str, signature: str, body: list[Any], error: str
) -> None:
    async with running_tray(address, host) as running:
        before = await host.lines()
        with pytest.raises(DBusRefusal) as refused:
            await host.ask(host.items[0][0], path, method, signature, body)
        assert refused.value.name == f"org.freedesktop.DBus.Error.{error}"
        assert await host.lines() == before
        assert running.performed == []


async def test_odd_but_legal_calls_are_answered(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        root = await host.layout()
        one = root.children[0].number
        _, whole = await host.menu("GetLayout", "iias", [0, 2_147_483_647, []])
        _, also_whole = await host.menu("GetLayout", "iias", [0, -2_147_483_648, []])
        assert len(whole[2]) == len(also_whole[2]) == len(root.children)
        _, bare = await host.menu("GetLayout", "iias", [0, 0, ["label"]])
        assert bare == (0, {}, [])
        (some,) = await host.menu("GetGroupProperties", "aias", [[one, one, -3, 999_999], ["label", "nonsense"]])
        assert [[number, list(said)] for number, said in some] == [[one, ["label"]]]
        (every,) = await host.menu("GetGroupProperties", "aias", [[], []])
        assert len(every) > len(root.children)
        assert await host.menu("EventGroup", "a(isvu)", [[]]) == [[]]
        assert await host.menu("EventGroup", "a(isvu)", [[[one, "hovered", NEST, 0], [-9, "opened", NEST, 0]]]) == [
            [-9]
        ]
        assert await host.menu("AboutToShowGroup", "ai", [[one, -4]]) == [[], [-4]]
        assert await host.menu("Event", "isvu", [one, "an event of tomorrow", NEST, 0]) == []
        assert await host.item("Ping") == []  # a call that names no interface
        assert running.performed == []


async def test_an_enormous_message_is_left_unread_and_the_next_one_answered(address: str, host: TrayHost) -> None:
    async with running_tray(address, host):
        before = await host.lines()
        huge = Message(
            destination=host.items[0][0],
            path=MENU_PATH,
            interface=MENU,
            member="GetProperty",
            signature="is",
            body=[0, "x" * 3_000_000],
            flags=MessageFlag.NO_REPLY_EXPECTED,
        )
        await host.bus.send(huge)
        assert await host.lines() == before


async def test_titles_that_d_bus_forbids_do_not_cost_the_connection(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        nasty = "a\x00b\ud800c\n\x1b[31m\u202ed_e\ufffe <b>&"
        running.show(snapshot(recent=(send(1, nasty),)))
        assert "  11:59 ✓ abc [31md_e <b>& · api" in await host.lines()
        line = await host.find("Recent sends", "11:59")
        assert line.properties["label"] == "11:59 ✓ abc [31md__e <b>& · api"
        assert (await host.properties())["ToolTip"][3] == "Last: ✓ 11:59 abc [31md_e &lt;b&gt;&amp;"


async def test_introspection_lists_what_is_there(address: str, host: TrayHost) -> None:
    async with running_tray(address, host):
        (item,) = await host.item("org.freedesktop.DBus.Introspectable.Introspect")
        (menu,) = await host.ask(host.items[0][0], MENU_PATH, "org.freedesktop.DBus.Introspectable.Introspect")
        found = {each.get("name"): each for text in (item, menu) for each in ET.fromstring(text)}  # noqa: S314 - our own
        assert {ITEM, MENU, PROPERTIES} <= set(found)
        event = next(each for each in found[MENU] if each.get("name") == "Event")
        assert [each.get("type") for each in event] == ["i", "s", "v", "u"]
        said = await host.properties()
        assert {each.get("name") for each in found[ITEM] if each.tag == "property"} == set(said)


async def test_the_pictures_are_argb_in_every_size(address: str, host: TrayHost) -> None:
    async with running_tray(address, host):
        pixmaps = (await host.properties())["IconPixmap"]
        assert [[width, height, len(pixels)] for width, height, pixels in pixmaps] == [
            [size, size, size * size * 4] for size in (16, 22, 24, 32, 48, 64)
        ]
        with Image.open(asset("tray/normal-64.png")) as picture:
            red, green, blue, alpha = picture.convert("RGBA").split()
        assert pixmaps[-1][2] == Image.merge("RGBA", (alpha, red, green, blue)).tobytes()
