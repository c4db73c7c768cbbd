"""The form of the app robot: what stands in it, and what is made of what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tray_app.adapters.web.pages.robots.forms import sort_out
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel
from tray_app.core.state.snapshot import RobotView
from tray_app.services.owner.robot_admin import RobotAdmin

CHANNEL = "dingtalk-app"
STEPS: tuple[Text, ...] = tuple(text(f"app_robot.step_{number}") for number in range(1, 8))
_FIELD = {"webhook": "client_id", "secret": "client_secret"}  # as this form calls what every robot has


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDraft:
    """What stands in the form. `known`: there is such a robot, and what is left empty stays. `errors` by field."""

    name: str
    known: bool = False
    client_id: str = ""
    robot_code: str = ""
    errors: Mapping[str, TrayAppError] = field(default_factory=dict)


def blank(robots: Sequence[RobotView]) -> AppDraft:
    """Fill the form: for the app robot there is, or a new one."""
    name = next((robot.name for robot in robots if robot.paired is not None), "")
    taken = {robot.name for robot in robots}
    free = next(each for each in ("phone", *(f"phone{n}" for n in range(2, len(taken) + 3))) if each not in taken)
    return AppDraft(name=name or free, known=bool(name))


def again(robots: Sequence[RobotView], form: Mapping[str, str], error: TrayAppError, where: str) -> AppDraft:
    """Give back what was typed, without the secret, and what is wrong with it; `where` is the field, "" the whole."""
    client_id, code = form.get("client_id", "").strip(), form.get("robot_code", "").strip()
    errors = {_FIELD.get(where, where): error}
    return replace(blank(robots), client_id=client_id, robot_code=code, errors=errors)


async def save(robots: RobotAdmin, channel: Channel, form: Mapping[str, str], *, name: str) -> Text | None:
    """Store what was typed. Returns why DingTalk could not be asked about it, if so. Raises TrayAppError."""
    typed = sort_out(channel, webhook=form.get("client_id", ""), secret=form.get("client_secret", ""), keywords="")
    return await robots.save(
        name=name,
        webhook=typed.webhook,
        secret=typed.secret,
        keywords=(),
        default=False,
        channel=CHANNEL,
        robot_code=form.get("robot_code", "").strip(),
    )
