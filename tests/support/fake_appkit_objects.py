"""AppKit's menus, lines and pictures for `fake_appkit`: what is looked at is kept, the rest is only recorded."""

# ruff: noqa: N802 - the methods carry AppKit's names

from collections.abc import Callable
from typing import Any, Protocol, Self


class Recorder(Protocol):
    """Who keeps the record of calls."""

    def called(self, what: str) -> None:
        """Record a call, and keep the rule."""
        ...


class Made:
    """An AppKit object made by `alloc().init…()`; what it is not asked to keep is only recorded."""

    mac: Recorder

    @classmethod
    def alloc(cls) -> Self:
        cls.mac.called(f"{cls.__name__}.alloc")
        return cls()

    def init(self) -> Self:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def method(*_args: Any) -> Any:
            self.mac.called(f"{type(self).__name__}.{name}")
            return self

        return method


class NSMenu(Made):
    """A menu with its lines."""

    def __init__(self) -> None:
        self.items: list[NSMenuItem] = []
        self.delegate: Any = None

    def addItem_(self, item: "NSMenuItem") -> None:
        self.mac.called("addItem_")
        self.items.append(item)

    def removeAllItems(self) -> None:
        self.mac.called("removeAllItems")
        self.items.clear()

    def setDelegate_(self, delegate: Any) -> None:
        self.mac.called("setDelegate_")
        self.delegate = delegate

    def words(self) -> list[str]:
        """The lines as text, submenus indented."""
        drawn: list[str] = []
        for item in self.items:
            drawn.append(item.text())
            drawn += [f"  {line}" for line in item.below.words()] if item.below else []
        return drawn

    def find(self, words: str) -> "NSMenuItem":
        """The line with these words, at any depth."""
        for item in self.items:
            if item.title == words:
                return item
            if item.below and words in "\n".join(item.below.words()):
                return item.below.find(words)
        raise LookupError(words)


class NSMenuItem(Made):
    """A line."""

    def __init__(self) -> None:
        self.title = "---"
        self.below: NSMenu | None = None
        self.state: int | None = None
        self.enabled = True
        self.number = -1
        self.target: Any = None

    @classmethod
    def separatorItem(cls) -> Self:
        cls.mac.called("separatorItem")
        return cls()

    def initWithTitle_action_keyEquivalent_(self, title: str, _action: object, _key: str) -> Self:
        self.title = title
        return self

    def text(self) -> str:
        """The line as text, as a desktop's reader sees it."""
        drawn = self.title if self.state is None else f"[{'x' if self.state else ' '}] {self.title}"
        return drawn if self.enabled else "{" + drawn + "}"

    def setSubmenu_(self, menu: NSMenu) -> None:
        self.below = menu

    def setState_(self, state: int) -> None:
        self.state = state

    def setEnabled_(self, enabled: bool) -> None:
        self.enabled = enabled

    def setTag_(self, number: int) -> None:
        self.number = number

    def tag(self) -> int:
        return self.number

    def setTarget_(self, target: Any) -> None:
        self.target = target


class NSImage(Made):
    """A picture with its representations and whether it is a template."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.template = False

    def initWithSize_(self, _size: object) -> Self:
        return self

    def addRepresentation_(self, representation: Any) -> None:
        self.files.append(representation.path)

    def setTemplate_(self, template: bool) -> None:
        self.mac.called("setTemplate_")
        self.template = template


class NSImageRep(Made):
    """One picture file."""

    path = ""

    @classmethod
    def imageRepWithContentsOfFile_(cls, path: str) -> Self:
        made = cls()
        made.path = path
        return made
