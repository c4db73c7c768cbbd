"""`settings.toml` as a whole: read by its spec, and what no single value can say of robots, routes and projects."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace

from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel
from tray_app.core.settings.notices import NoticeRules, NoticeSettings, callable_only, ends_alone
from tray_app.core.settings.prices import NO_PRICES, ModelPrice, OwnPrices
from tray_app.core.settings.routes import Route
from tray_app.core.settings.settings import (
    APP_CHANNEL,
    DEFAULT_CHANNEL,
    ENVIRONMENT_APP,
    ENVIRONMENT_ROBOT,
    SANDBOX_ROBOT,
    RobotSettings,
    Settings,
    usual_robot,
)
from tray_app.core.settings.spec import read_keys, read_table, shown
from tray_app.core.settings.values import ROBOT_NAME, choice

_MOST_ROUTES = _MOST_PROJECTS = _MOST_PRICES = 200
_USUAL = Settings()


def read(data: Mapping[str, object], *, channels: Mapping[str, Channel], usual: Settings = _USUAL) -> Settings:
    """Check parsed TOML; robots may be of these `channels`.

    Raises InvalidSettings naming every fault at once, each with its key and the nearest name.
    """
    faults: list[Text] = []
    plain = read_table("", data, usual, faults)
    robots = _read_robots(data.get("robots", {}), faults, channels)
    personal = [name for name, robot in robots.items() if channels[robot.channel].rules.personal]
    routes = read_routes(data.get("routes", []), faults, robots=_targets(data, robots), personal=personal)
    faults += [text("settings.default_personal", robot=name) for name in personal if robots[name].default]
    left_out: list[Text] = []
    notices = _read_notices(data.get("notices", {}), usual.notices, faults, left_out)
    prices = _read_prices(data.get("prices", {}), faults)
    templates = read_table("templates", data.get("templates", {}), usual.templates, faults)
    if faults:
        raise InvalidSettings(joined(faults), text("settings.mend_hint", path="settings.toml"), tuple(faults))
    return replace(
        plain,
        robots=robots,
        routes=routes,
        notices=notices,
        prices=prices,
        templates=templates,
        left_out=tuple(left_out),
    )


def _read_robots(data: object, faults: list[Text], channels: Mapping[str, Channel]) -> dict[str, RobotSettings]:
    if not isinstance(data, Mapping):
        faults.append(text("settings.wrong", key="robots", want=text("settings.want_robots")))
        return {}
    robots: dict[str, RobotSettings] = {}
    channel_of = choice({name: name for name in channels})
    for name, table in data.items():
        if not ROBOT_NAME.fullmatch(name):
            faults.append(text("settings.wrong", key=shown("robots", name), want=text("settings.want_name")))
            continue
        said = read_keys(f"robots.{name}", table, RobotSettings, faults, more={"channel": channel_of})
        usual = APP_CHANNEL if name == ENVIRONMENT_APP and APP_CHANNEL in channels else DEFAULT_CHANNEL
        channel = said.get("channel", usual)
        robot = robots[name] = replace(usual_robot(channel, channels[channel]), **said)
        limit = channels[channel].host_limit(robot.host)
        if limit is not None and robot.per_minute > limit.per_minute and name != ENVIRONMENT_ROBOT:
            faults.append(text("settings.wrong", key=f"robots.{name}.per_minute", want=limit.want))
    if sum(robot.default for robot in robots.values()) > 1:
        faults.append(text("settings.two_defaults"))
    return robots


def _targets(data: Mapping[str, object], robots: Mapping[str, RobotSettings]) -> tuple[str, ...]:
    """Where routes may lead: robots that are faulty are there all the same, and two need no table."""
    written = data.get("robots")
    return tuple(
        dict.fromkeys([*robots, *(written if isinstance(written, Mapping) else ()), ENVIRONMENT_ROBOT, SANDBOX_ROBOT])
    )


def read_routes(
    data: object, faults: list[Text], *, robots: Collection[str], personal: Collection[str] = ()
) -> tuple[Route, ...]:
    """Read the table in its order; what is wrong goes to `faults`.

    `robots` are the names there are; to those of them that are `personal` no route may lead.
    """
    if not isinstance(data, list) or len(data) > _MOST_ROUTES:
        faults.append(text("settings.wrong", key="routes", want=text("settings.want_routes", most=_MOST_ROUTES)))
        return ()
    found = (
        _read_route(f"routes.{number}", table, faults, robots, personal) for number, table in enumerate(data, start=1)
    )
    return tuple(one for one in found if one is not None)


def _read_route(
    path: str, table: object, faults: list[Text], robots: Collection[str], personal: Collection[str]
) -> Route | None:
    before = len(faults)
    said = read_keys(path, table, Route, faults)
    if len(faults) > before:
        return None
    if "robot" not in said:
        faults.append(text("settings.route_nowhere", key=path))
    elif said["robot"] not in robots:
        known = ", ".join(robots)
        faults.append(text("settings.route_unknown", key=f"{path}.robot", robot=said["robot"], known=known))
    elif said["robot"] in personal:
        faults.append(text("settings.route_personal", key=f"{path}.robot", robot=said["robot"]))
    elif len(said) == 1:
        faults.append(text("settings.route_for_all", key=path))
    else:
        return Route(**said)
    return None


def _read_notices(data: object, usual: NoticeSettings, faults: list[Text], left_out: list[Text]) -> NoticeSettings:
    """Read the general rules, and on top of them `[notices.projects.NAME]`."""

    def rules_of(path: str, table: object) -> object:
        return callable_only(path, _each_said(table), left_out)

    general = read_table("notices", rules_of("notices", data), usual, faults)
    named = data.get("projects", {}) if isinstance(data, Mapping) else {}
    if not isinstance(named, Mapping) or len(named) > _MOST_PROJECTS:
        faults.append(text("settings.wrong", key="notices.projects", want=text("settings.want_projects")))
        return general
    rules = NoticeRules(**{key.name: getattr(general, key.name) for key in fields(NoticeRules)})
    projects = {
        name: read_table(path := f"notices.projects.{name[:40]}", rules_of(path, table), rules, faults)
        for name, table in named.items()
    }
    return replace(general, projects=projects)


def _each_said(rules: object) -> object:
    """The table with `session_end.each` where what is written means it."""
    written = rules.get("session_end") if isinstance(rules, Mapping) else None
    if not isinstance(rules, Mapping) or not ends_alone(written):
        return rules
    table = written if isinstance(written, Mapping) else {"enabled": True}
    return {**rules, "session_end": {**table, "each": True}}


def _read_prices(data: object, faults: list[Text]) -> OwnPrices:
    if not isinstance(data, Mapping) or len(data) > _MOST_PRICES:
        faults.append(text("settings.wrong", key="prices", want=text("settings.want_prices")))
        return NO_PRICES
    named: dict[str, ModelPrice] = {}
    for name, table in data.items():
        path = f"prices.{name[:40]}"
        before = len(faults)
        said = read_keys(path, table, ModelPrice, faults)
        if len(faults) == before and not {"input", "output"} <= said.keys():
            faults.append(text("settings.price_lacks", key=path))
        elif len(faults) == before:
            named[name] = ModelPrice(**said)
    return OwnPrices(named)


def joined(faults: Sequence[Text]) -> Text:
    """Say all faults in one sentence."""
    said = faults[0]
    for fault in faults[1:]:
        said = text("settings.and", first=said, then=fault)
    return said
