"""What may stand below `[[routes]]` in `settings.toml`."""

from collections.abc import Collection, Mapping

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.routes import Route, RouteKind, is_folder, is_name
from tray_app.core.settings.settings import ROBOT_NAME
from tray_app.core.settings.values import Reader, Wrong, choice, read_table

_MOST_ROUTES = 200
_LONGEST = 500


def _project(value: object) -> str:
    said = value.strip() if isinstance(value, str) else ""
    if not (said and said.isprintable() and len(said) <= _LONGEST and (is_name(said) or is_folder(said))):
        raise Wrong(text("settings.want_project"))
    return said


def _tool(value: object) -> str:
    said = value.strip() if isinstance(value, str) else ""
    if not (said and said.isprintable() and len(said) <= _LONGEST):
        raise Wrong(text("settings.want_tool"))
    return said


def _robot(value: object) -> str:
    if not isinstance(value, str) or not ROBOT_NAME.fullmatch(value):
        raise Wrong(text("settings.want_name"))
    return value


ROUTE: Mapping[str, Reader] = {
    "project": _project,
    "tool": _tool,
    "kind": choice(**{kind.value: kind.value for kind in RouteKind}),
    "robot": _robot,
}


def read_routes(data: object, faults: list[Text], *, robots: Collection[str]) -> tuple[Route, ...]:
    """Read the table in its order; what is wrong goes to `faults`. `robots` are the names a route may lead to."""
    if not isinstance(data, list) or len(data) > _MOST_ROUTES:
        faults.append(text("settings.wrong", key="routes", want=text("settings.want_routes", most=_MOST_ROUTES)))
        return ()
    found = (_read_route(f"routes.{number}", table, faults, robots) for number, table in enumerate(data, start=1))
    return tuple(one for one in found if one is not None)


def _read_route(path: str, table: object, faults: list[Text], robots: Collection[str]) -> Route | None:
    before = len(faults)
    said = read_table(path, table, ROUTE, faults)
    if len(faults) > before:
        return None
    if "robot" not in said:
        faults.append(text("settings.route_nowhere", key=path))
    elif said["robot"] not in robots:
        known = ", ".join(robots)
        faults.append(text("settings.route_unknown", key=f"{path}.robot", robot=said["robot"], known=known))
    elif len(said) == 1:
        faults.append(text("settings.route_for_all", key=path))
    else:
        return Route(**said)
    return None
