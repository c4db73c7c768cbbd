"""The robots of the environment variables: one that writes to a group, and one that speaks to its owner alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Channel, Credentials
from tray_app.core.robots.app_robot import CODE, AppRobot
from tray_app.core.robots.credentials import only_one, read_keywords
from tray_app.core.settings.settings import APP_CHANNEL, DEFAULT_CHANNEL, ENVIRONMENT_APP, ENVIRONMENT_ROBOT

_APP_VARIABLES = {"webhook": "CLIENT_ID", "secret": "CLIENT_SECRET"}


def read_environ(
    environ: Mapping[str, str], channels: Mapping[str, Channel], extra_hosts: Sequence[str]
) -> dict[str, Credentials | InvalidCredentials]:
    """Read `DINGTALK_WEBHOOK` and its kin, `DINGTALK_CLIENT_ID` and its: robots, or what is wrong, by name."""

    def found() -> Iterator[tuple[str, Callable[[], Credentials | None]]]:
        yield ENVIRONMENT_ROBOT, lambda: _group_robot(environ, channels[DEFAULT_CHANNEL], extra_hosts)
        if APP_CHANNEL in channels:
            yield ENVIRONMENT_APP, lambda: _app_robot(environ, channels[APP_CHANNEL], extra_hosts)

    robots: dict[str, Credentials | InvalidCredentials] = {}
    for name, read in found():
        try:
            robot = read()
        except InvalidCredentials as error:
            robots[name] = error
        else:
            if robot is not None:
                robots[name] = robot
    return robots


def _group_robot(environ: Mapping[str, str], channel: Channel, extra_hosts: Sequence[str]) -> Credentials | None:
    """None where there is none. Raises InvalidCredentials naming the variable."""
    webhook, secret = environ.get("DINGTALK_WEBHOOK", "").strip(), environ.get("DINGTALK_SECRET", "").strip()
    if not webhook:
        if secret:
            raise InvalidCredentials("webhook", text("credentials.secret_alone"), text("credentials.secret_alone_hint"))
        return None
    try:
        found = only_one(channel.read_pasted(webhook))
        return channel.check(
            webhook=found.webhook.reveal() or webhook,
            secret=channel.read_pasted(secret).secret.reveal() or secret,
            keywords=read_keywords(environ.get("DINGTALK_KEYWORDS", "")),
            extra_hosts=extra_hosts,
        )
    except InvalidCredentials as error:
        raise _named(error, error.field.upper()) from None


def _app_robot(environ: Mapping[str, str], channel: Channel, extra_hosts: Sequence[str]) -> Credentials | None:
    """Likewise. It begins with nobody paired, whatever an address says."""
    client_id, code = environ.get("DINGTALK_CLIENT_ID", "").strip(), environ.get("DINGTALK_ROBOT_CODE", "").strip()
    if not client_id:
        return None
    try:
        secret = environ.get("DINGTALK_CLIENT_SECRET", "").strip()
        checked = channel.check(webhook=client_id, secret=secret, extra_hosts=extra_hosts)
        if code and not CODE.fullmatch(code):
            raise InvalidCredentials("robot_code", text("app_robot.bad_robot_code"), text("app_robot.where_hint"))
    except InvalidCredentials as error:
        raise _named(error, _APP_VARIABLES.get(error.field, error.field.upper())) from None
    robot = AppRobot.of(checked).paired_with(None)
    return replace(checked, webhook=replace(robot, robot_code=code or robot.robot_code).address())


def _named(error: InvalidCredentials, variable: str) -> InvalidCredentials:
    reason = text("credentials.from_environment", variable=f"DINGTALK_{variable}", fault=error.reason)
    hint = text("credentials.from_environment_hint", hint=error.hint)
    return InvalidCredentials(error.field, reason, hint)
