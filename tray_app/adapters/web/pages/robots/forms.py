"""The forms of a robot and of a route."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tray_app.core.kernel.errors import InvalidCredentials, TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel
from tray_app.core.policy.model import Risk
from tray_app.core.robots.credentials import only_one, read_keywords
from tray_app.core.sessions.place import by_path
from tray_app.core.settings.reader import read_routes
from tray_app.core.settings.routes import Route, RouteKind, Subject, kind_of
from tray_app.core.settings.settings import DEFAULT_CHANNEL
from tray_app.core.settings.spec import settings_of
from tray_app.core.state.snapshot import RobotOrigin, RobotView
from tray_app.tools import TOOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotDraft:
    """What stands in the form. Secrets are never put back into a page, so they are not here.

    `editing` names the robot that is changed; empty for a new one. `choice` is False where the robot is the default one
    anyway: the first, or the one that is it now. `errors` by field; `""` is the whole form.
    """

    name: str
    keywords: str = ""
    per_minute: str
    monthly_cap: str
    default: bool = False
    choice: bool = True
    editing: str = ""
    errors: Mapping[str, TrayAppError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Credentials as a person gave them, sorted out."""

    webhook: Secret
    secret: Secret
    keywords: tuple[str, ...]


def sort_out(channel: Channel, *, webhook: str, secret: str, keywords: str) -> Typed:
    """Find webhook and key wherever they were pasted; what is neither stays in its field, to be refused.

    Raises InvalidCredentials where the webhooks of several robots were pasted.
    """
    found = only_one(channel.read_pasted(webhook, secret))
    return Typed(
        webhook=found.webhook or Secret("" if channel.read_pasted(webhook).secret else webhook.strip()),
        secret=found.secret or Secret("" if channel.read_pasted(secret).webhook else secret.strip()),
        keywords=read_keywords(keywords) or found.keywords,
    )


def limit(form: Mapping[str, str], name: str) -> int | None:
    """Read a limit; None where nothing was typed. Raises InvalidCredentials."""
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if not (typed.isdecimal() and len(typed) <= 9):  # noqa: PLR2004 - as many digits as the largest limit has
        raise InvalidCredentials(name, text("credentials.bad_limit"), text("credentials.bad_limit_hint"))
    return int(typed)


def blank(robots: Sequence[RobotView], channels: Mapping[str, Channel], *, editing: str) -> RobotDraft:
    """Fill the form for a change where there is such a robot of the keyring, else for a new one."""
    for robot in robots:
        if robot.name == editing and robot.origin is RobotOrigin.KEYRING and robot.paired is None:
            return RobotDraft(
                name=robot.name,
                keywords=", ".join(robot.keywords),
                per_minute=str(robot.minute_max),
                monthly_cap=str(robot.month_cap),
                choice=not robot.default,
                editing=robot.name,
            )
    taken = {robot.name for robot in robots}
    free = next(name for name in ("team", *(f"team{n}" for n in range(2, len(taken) + 3))) if name not in taken)
    usual = channels[DEFAULT_CHANNEL].usual
    return RobotDraft(
        name=free,
        per_minute=str(usual.per_minute),
        monthly_cap=str(usual.monthly_cap),
        choice=any(robot.paired is None for robot in robots),
    )


def again(
    robots: Sequence[RobotView],
    channels: Mapping[str, Channel],
    form: Mapping[str, str],
    errors: Mapping[str, TrayAppError],
) -> RobotDraft:
    """Give back what was typed, without secrets, and what is wrong with it."""
    was = blank(robots, channels, editing=form.get("editing", ""))
    return replace(
        was,
        name=form.get("name", was.name),
        keywords=form.get("keywords", ""),
        per_minute=form.get("per_minute", was.per_minute),
        monthly_cap=form.get("monthly_cap", was.monthly_cap),
        default="default" in form,
        errors=errors,
    )


KINDS = tuple((kind.value, text(f"robots.kind_{kind.value}")) for kind in RouteKind)
TOOL_NAMES = tuple(name for name, tool in TOOLS.items() if tool.risk is Risk.WRITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDraft:
    """What stands in the form of a route; `errors` by field, `""` the whole. `number`: of the one that is changed."""

    project: str = ""
    tool: str = ""
    kind: str = ""
    robot: str = ""
    number: str = ""
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
    typed = {name: form.get(name, "").strip() for name in settings_of(Route)}
    faults: list[Text] = []
    found = read_routes([{name: value for name, value in typed.items() if value}], faults, robots=robots)
    errors = dict(_beside(fault) for fault in faults)
    return found[0] if found else RouteDraft(**typed, number=form.get("number", ""), errors=errors)


def of_route(number: str, routes: Sequence[Route]) -> RouteDraft | None:
    """Fill the form with the route of this number, counted from 0; None where there is none."""
    if not number.isdecimal() or int(number) >= len(routes):
        return None
    one = routes[int(number)]
    return RouteDraft(project=one.project, tool=one.tool, kind=one.kind or "", robot=one.robot, number=number)


def asked(query: Mapping[str, str]) -> Subject | None:
    """What somebody asks about; None: nothing."""
    if "folder" not in query:
        return None
    folder, tool, kind = (query.get(name, "").strip() for name in ("folder", "tool", "kind"))
    place = by_path(folder)
    about = RouteKind(kind) if kind in set(RouteKind) else kind_of(tool)
    return Subject(
        folder=folder,
        project=place.project,
        worktree=place.worktree,
        main_folder=place.main_folder,
        tool=tool,
        kind=about,
    )


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
