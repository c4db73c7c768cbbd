"""Our menu as pystray's, for Windows and macOS, and the texts' limits on each."""

from collections.abc import Callable, Iterable

from pystray import Menu as PystrayMenu
from pystray import MenuItem

from tray_app.core.menu.item import Item, Mark


def pystray_menu(
    items: Iterable[Item], clicked: Callable[[Item], None], *, words: Callable[[str], str] = str
) -> PystrayMenu:
    """Build the menu; `words` escapes a label for the system. Every value is fixed: nothing is asked again later."""
    return PystrayMenu(*(_entry(item, clicked, words) for item in items))


def _entry(item: Item, clicked: Callable[[Item], None], words: Callable[[str], str]) -> MenuItem:
    if item.separator:
        return PystrayMenu.SEPARATOR
    below = pystray_menu(item.children, clicked, words=words) if item.children else None

    def act(_icon: object, _entry: object) -> None:
        clicked(item)

    return MenuItem(
        words(item.label),
        below or act,
        checked=None if item.mark is Mark.NONE else lambda _entry: item.checked,
        radio=item.mark is Mark.RADIO,
        default=item.default,
        enabled=item.enabled,
    )


def utf16(words: str, units: int) -> str:
    """Cut to `units` UTF-16 code units, as Windows counts them; never through a character, and a cut shows as "…"."""
    if len(words.encode("utf-16-le", "replace")) <= 2 * units:
        return words
    cut = words.encode("utf-16-le", "replace")[: 2 * (units - 1)]
    return cut.decode("utf-16-le", "ignore") + "…"
