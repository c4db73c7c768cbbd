"""The routes on the robots page: the list, the form of a new one, and the question who would get a message."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tray_app.core.policy import Risk
from tray_app.core.routes_reader import ROUTE, read_routes
from tray_app.core.routing import Route, RouteKind, Subject, kind_of
from tray_app.core.texts import Text, text
from tray_app.tools import TOOLS

KINDS = tuple((kind.value, text(f"robots.kind_{kind.value}")) for kind in RouteKind)
TOOL_NAMES = tuple(name for name, tool in TOOLS.items() if tool.risk is Risk.WRITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDraft:
    """What stands in the form of a new route; `errors` by field, `""` the whole."""

    project: str = ""
    tool: str = ""
    kind: str = ""
    robot: str = ""
    errors: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who would get this: `answer` once it was asked."""

    folder: str = ""
    tool: str = ""
    kind: str = ""
    answer: Text | None = None


def read_draft(form: Mapping[str, str], robots: Collection[str]) -> Route | RouteDraft:
    """Read the form as the file is read; a draft with its errors where it is no route."""
    typed = {name: form.get(name, "").strip() for name in ROUTE}
    faults: list[Text] = []
    found = read_routes([{name: value for name, value in typed.items() if value}], faults, robots=robots)
    return found[0] if found else RouteDraft(**typed, errors=dict(_beside(fault) for fault in faults))


def asked(query: Mapping[str, str]) -> Subject | None:
    """What somebody asks about; None: nothing."""
    if "folder" not in query:
        return None
    folder, tool, kind = (query.get(name, "").strip() for name in ("folder", "tool", "kind"))
    name = folder.replace("\\", "/").rstrip("/").rpartition("/")[2]
    about = RouteKind(kind) if kind in set(RouteKind) else kind_of(tool)
    return Subject(folder=folder, project=name, tool=tool, kind=about)


def answered(subject: Subject, found: Route | None, *, routes: Sequence[Route], default: str) -> Question:
    """Say who gets it, and why."""
    if found is None:
        answer = text("robots.goes_to_default", robot=default) if default else text("robots.goes_nowhere")
    else:
        answer = text("robots.goes_to", robot=found.robot, number=routes.index(found) + 1)
    return Question(folder=subject.folder, tool=subject.tool, kind=subject.kind.value, answer=answer)


def _beside(fault: Text) -> tuple[str, Text]:
    """Name the field that a fault of the reader is about, and say it without the file's words."""
    _, _, name = str(fault.args["key"]).partition("routes.1")
    want = fault.args.get("want")
    if isinstance(want, Text):
        return name.removeprefix("."), text("setting_page.must", want=want)
    if fault.key == "settings.route_for_all":
        return "", text("robots.route_for_all")
    return "robot", text("robots.route_robot")
