"""Changes to a TOML document that keep its owner's comments, order and forms; what `tomlkit` needs a hand with."""

from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.texts import text
from tray_app.core.settings.routes import Route
from tray_app.core.settings.settings import DEFAULT_CHANNEL, RobotSettings
from tray_app.core.settings.text import TomlValue

if TYPE_CHECKING:
    from tomlkit.items import AoT

Document: TypeAlias = "MutableMapping[str, Any]"


def put(document: Document, path: Sequence[str], value: TomlValue | None) -> None:
    """Set a value, or take it out (None). Raises InvalidSettings where something else stands in its way."""
    *tables, last = path
    if value is None:
        inner: Any = document
        for part in tables:
            inner = inner.get(part, {}) if isinstance(inner, MutableMapping) else {}
        if isinstance(inner, MutableMapping):
            inner.pop(last, None)
        return
    inner = document
    for part in tables:
        inner = _table(inner, part)
    if last in inner and inner[last] == value:
        return
    inner[last] = value


def add_robot(document: Document, name: str, robot: RobotSettings, *, usual: RobotSettings) -> None:
    """Add `[robots.NAME]`, or replace its values; what is usual is not written unless it stood there."""
    table = _table(_table(document, "robots", super_table=True), name)
    table["host"] = robot.host
    for key, value, unsaid in (
        ("channel", robot.channel, DEFAULT_CHANNEL),
        ("keywords", list(robot.keywords), []),
        ("per_minute", robot.per_minute, usual.per_minute),
        ("monthly_cap", robot.monthly_cap, usual.monthly_cap),
    ):
        if value != table.get(key, unsaid):
            table[key] = value
    if robot.default:
        mark_default(document, name)
    else:
        table.pop("default", None)


def remove_robot(document: Document, name: str) -> None:
    """Remove a robot and the routes that lead to it; nothing there is fine."""
    document.get("robots", {}).pop(name, None)
    routes = document.get("routes", [])
    for number in reversed([n for n, one in enumerate(routes) if one.get("robot") == name]):
        drop_route(document, number)


def mark_default(document: Document, name: str) -> None:
    """Make one robot the default one."""
    for other, table in document.get("robots", {}).items():
        if other == name:
            table["default"] = True
        else:
            table.pop("default", None)


def add_route(document: Document, route: Route) -> None:
    """Add a route behind the others."""
    import tomlkit
    from tomlkit.items import AoT

    written = (
        tomlkit.table()
        if isinstance(document.get("routes", []), AoT) or "routes" not in document
        else (
            tomlkit.inline_table()  # somebody wrote routes = [{…}]
        )
    )
    _write_route(written, route)
    if "routes" not in document:
        document["routes"] = tomlkit.aot()
    _routes(document).append(written)


def change_route(document: Document, number: int, route: Route) -> None:
    """Let the route of this number say something else, at its place and with its comments."""
    routes = _routes(document)
    if 0 <= number < len(routes):
        _write_route(routes[number], route)


def _write_route(table: Document, route: Route) -> None:
    for key in ("project", "tool", "kind", "robot"):
        if getattr(route, key):
            table[key] = getattr(route, key)
        else:
            table.pop(key, None)


def drop_route(document: Document, number: int) -> None:
    """Remove a route, and the list with its last one."""
    routes = _routes(document)
    if 0 <= number < len(routes):
        del routes[number]
    if not len(routes):
        del document["routes"]


def raise_route(document: Document, number: int) -> None:
    """Move a route before the one above it; its comments go with it."""
    routes = _routes(document)
    if 0 < number < len(routes):
        above = routes[number - 1]
        del routes[number - 1]
        routes.insert(number, above)


def _routes(document: Document) -> "AoT":
    routes: AoT = document["routes"]
    return routes


def _table(parent: Document, name: str, *, super_table: bool = False) -> Document:
    """Give a table, made where there is none; `waiting = false` becomes one that says so."""
    import tomlkit

    found = parent.get(name)
    if found is None:
        parent[name] = tomlkit.table(super_table)
    elif isinstance(found, bool):
        switched = tomlkit.inline_table()
        switched["enabled"] = bool(found)
        parent[name] = switched
    elif not isinstance(found, MutableMapping):
        raise InvalidSettings(text("settings.want_table", key=name), text("settings.mend_hint", path="settings.toml"))
    table: Document = parent[name]
    return table
