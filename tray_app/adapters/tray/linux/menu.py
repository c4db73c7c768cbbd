"""The menu over D-Bus (com.canonical.dbusmenu): stable numbers, the smallest signal for each change, clicks back.

Traps this closes: a menu whose numbers change closes under the reader's hand and loses the click, so a line keeps its
number as long as it exists, a changed text is `ItemsPropertiesUpdated` only, and `LayoutUpdated` is for changed shape.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from tray_app.adapters.tray.linux.objects import DBusFault, Interface, Method, Value
from tray_app.core.menu.item import Item, Mark

NAME = "com.canonical.dbusmenu"
PATH = "/MenuBar"
ROOT = 0
_LAYOUT = "(ia{sv}av)"

Properties: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class _Node:
    """A line as the desktop knows it: its properties, and its children's numbers."""

    item: Item | None
    properties: Properties
    children: tuple[int, ...]


def properties_of(item: Item) -> Properties:
    """Say how a line looks; what equals the protocol's default is left out."""
    if item.separator:
        return {"type": ("s", "separator")}
    said: Properties = {"label": ("s", item.label.replace("_", "__"))}  # one underscore marks a keyboard mnemonic
    if not item.enabled:
        said["enabled"] = ("b", False)
    if item.mark is not Mark.NONE:
        said["toggle-type"] = ("s", "checkmark" if item.mark is Mark.CHECK else "radio")
        said["toggle-state"] = ("i", int(item.checked))
    if item.children:
        said["children-display"] = ("s", "submenu")
    return said


class MenuExport:
    """Serves one menu. `emit(signal, signature, body)` sends a signal; `clicked` gets the line; `opening` redraws."""

    def __init__(
        self,
        *,
        emit: Callable[[str, str, tuple[Any, ...]], None],
        clicked: Callable[[Item], None],
        opening: Callable[[], None],
    ) -> None:
        self._emit, self._clicked, self._opening = emit, clicked, opening
        self._numbers: dict[str, int] = {}
        self._fresh = count(1)
        self._nodes: dict[int, _Node] = {ROOT: _Node(None, {"children-display": ("s", "submenu")}, ())}
        self.revision = 1

    def update(self, items: tuple[Item, ...]) -> None:
        """Show these lines from now on, and tell the desktop what differs."""
        before = self._nodes
        numbers: dict[str, int] = {}
        nodes: dict[int, _Node] = {}
        children = tuple(self._place(item, nodes, numbers) for item in items)
        nodes[ROOT] = _Node(None, before[ROOT].properties, children)
        self._nodes, self._numbers = nodes, numbers
        self._tell_properties(before)
        self._tell_shape(before)

    def _place(self, item: Item, nodes: dict[int, _Node], numbers: dict[str, int]) -> int:
        number = self._numbers.get(item.id) or next(self._fresh)
        numbers[item.id] = number
        children = tuple(self._place(child, nodes, numbers) for child in item.children)
        nodes[number] = _Node(item, properties_of(item), children)
        return number

    def _tell_properties(self, before: dict[int, _Node]) -> None:
        changed: list[tuple[int, Properties]] = []
        removed: list[tuple[int, list[str]]] = []
        for number, node in self._nodes.items():
            old = before.get(number)
            if old is None or old.properties == node.properties:
                continue
            new = {name: value for name, value in node.properties.items() if old.properties.get(name) != value}
            gone = [name for name in old.properties if name not in node.properties]
            changed += [(number, new)] if new else []
            removed += [(number, gone)] if gone else []
        if changed or removed:
            self._emit("ItemsPropertiesUpdated", "a(ia{sv})a(ias)", (changed, removed))

    def _tell_shape(self, before: dict[int, _Node]) -> None:
        reshaped = [
            number
            for number, node in self._nodes.items()
            if number in before and before[number].children != node.children
        ]
        if reshaped:
            self.revision += 1
            parent = reshaped[0] if len(reshaped) == 1 else ROOT
            self._emit("LayoutUpdated", "ui", (self.revision, parent))

    def interface(self) -> Interface:
        """Describe the menu's D-Bus face."""
        methods = {
            "GetLayout": Method("iias", "u" + _LAYOUT, self._get_layout),
            "GetGroupProperties": Method("aias", "a(ia{sv})", self._get_group_properties),
            "GetProperty": Method("is", "v", self._get_property),
            "Event": Method("isvu", "", self._event),
            "EventGroup": Method("a(isvu)", "ai", self._event_group),
            "AboutToShow": Method("i", "b", self._about_to_show),
            "AboutToShowGroup": Method("ai", "aiai", self._about_to_show_group),
        }
        values: dict[str, Value] = {
            "Version": ("u", 3),
            "TextDirection": ("s", "ltr"),
            "Status": ("s", "normal"),
            "IconThemePath": ("as", []),
        }
        signals = {
            "ItemsPropertiesUpdated": "a(ia{sv})a(ias)",
            "LayoutUpdated": "ui",
            "ItemActivationRequested": "iu",
        }
        return Interface(name=NAME, methods=methods, properties=lambda: values, signals=signals)

    def _node(self, number: int) -> _Node:
        if number not in self._nodes:
            raise DBusFault("InvalidArgs", "no such menu item")
        return self._nodes[number]

    def _get_layout(self, parent: int, depth: int, names: list[str]) -> tuple[int, Any]:
        self._node(parent)
        return self.revision, self._layout(parent, depth, frozenset(names))

    def _layout(self, number: int, depth: int, names: frozenset[str]) -> tuple[int, Properties, list[Value]]:
        node = self._nodes[number]
        below = [] if depth == 0 else [(_LAYOUT, self._layout(child, depth - 1, names)) for child in node.children]
        return number, _chosen(node.properties, names), below

    def _get_group_properties(self, numbers: list[int], names: list[str]) -> tuple[list[tuple[int, Properties]]]:
        wanted = [number for number in dict.fromkeys(numbers) if number in self._nodes] if numbers else self._nodes
        return ([(number, _chosen(self._nodes[number].properties, frozenset(names))) for number in wanted],)

    def _get_property(self, number: int, name: str) -> tuple[Value]:
        properties = self._node(number).properties
        if name not in properties:
            raise DBusFault("InvalidArgs", "the item has no such property")
        return (properties[name],)

    def _event(self, number: int, kind: str, _data: Value, _time: int) -> tuple[()]:
        item = self._node(number).item
        if kind == "clicked" and item is not None and item.enabled:
            self._clicked(item)
        return ()

    def _event_group(self, events: list[tuple[int, str, Value, int]]) -> tuple[list[int]]:
        unknown = [number for number, *_ in events if number not in self._nodes]
        if events and len(unknown) == len(events):
            raise DBusFault("InvalidArgs", "no such menu items")
        for number, kind, data, time in events:
            if number in self._nodes:  # asked again: the click before may have changed the menu
                self._event(number, kind, data, time)
        return (unknown,)

    def _about_to_show(self, number: int) -> tuple[bool]:
        self._node(number)
        revision = self.revision
        self._opening()
        return (self.revision != revision,)

    def _about_to_show_group(self, numbers: list[int]) -> tuple[list[int], list[int]]:
        revision = self.revision
        self._opening()
        unknown = [number for number in numbers if number not in self._nodes]
        known = [number for number in numbers if number in self._nodes]
        return (known if self.revision != revision else [], unknown)


def _chosen(properties: Properties, names: Iterable[str]) -> Properties:
    wanted = frozenset(names)
    return {name: value for name, value in properties.items() if name in wanted} if wanted else dict(properties)
