"""What conditions compare: arguments as they are sent, however an agent writes them."""

from collections.abc import Callable, Sequence

from tray_app.core.kernel.mobiles import mobile_of
from tray_app.core.kernel.user_ids import user_id_of

ADDRESSES = frozenset({"messageUrl", "picUrl", "url"})
TITLES = frozenset({"title", "taskName"})
BODIES = frozenset({"content", "text", "details", "summary"})


def comparable(path: Sequence[str], value: object) -> object:
    """Give phone numbers and ids as they are called, addresses, titles and line ends as they go out."""
    form = _form_of(path)
    return value if form is None else _formed(value, form)


def _form_of(path: Sequence[str]) -> Callable[[str], str] | None:
    first, last = (path[0], path[-1]) if path else ("", "")
    if first == "atMobiles":
        return _as_called
    if first == "atUserIds":
        return user_id_of
    if last in ADDRESSES:
        return str.strip
    if last in TITLES:
        return _on_one_line
    return _with_line_feeds if last in BODIES else None


def _formed(value: object, form: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return form(value)
    return type(value)(_formed(each, form) for each in value) if isinstance(value, list | tuple) else value


def _as_called(written: str) -> str:
    return mobile_of(written) or written


def _on_one_line(written: str) -> str:
    return " ".join(written.split())


def _with_line_feeds(written: str) -> str:
    return written.replace("\r\n", "\n").replace("\r", "\n") if "\r" in written else written
