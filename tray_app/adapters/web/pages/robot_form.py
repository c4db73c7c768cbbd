"""The form of one robot: what stands in it, what was typed into it, and what of that is credentials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tray_app.core.credentials import read_keywords, read_pasted
from tray_app.core.errors import InvalidCredentials, TrayAppError
from tray_app.core.secret import Secret
from tray_app.core.settings import RobotSettings
from tray_app.core.snapshot import RobotOrigin, RobotView
from tray_app.core.texts import text

_USUAL = RobotSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form. Secrets are never put back into a page, so they are not here.

    `editing` names the robot that is changed; empty for a new one. `choice` is False where the robot is the default one
    anyway: the first, or the one that is it now. `errors` by field; `""` is the whole form.
    """

    name: str
    keywords: str = ""
    per_minute: str = str(_USUAL.per_minute)
    monthly_cap: str = str(_USUAL.monthly_cap)
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


def sort_out(*, webhook: str, secret: str, keywords: str) -> Typed:
    """Find webhook and key wherever they were pasted; what is neither stays in its field, to be refused."""
    found = read_pasted(webhook, secret)
    return Typed(
        webhook=found.webhook or Secret("" if read_pasted(webhook).secret else webhook.strip()),
        secret=found.secret or Secret("" if read_pasted(secret).webhook else secret.strip()),
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


def blank(robots: Sequence[RobotView], *, editing: str) -> Draft:
    """Fill the form for a change where there is such a robot of the keyring, else for a new one."""
    for robot in robots:
        if robot.name == editing and robot.origin is RobotOrigin.KEYRING:
            return Draft(
                name=robot.name,
                keywords=", ".join(robot.keywords),
                per_minute=str(robot.minute_max),
                monthly_cap=str(robot.month_cap),
                choice=not robot.default,
                editing=robot.name,
            )
    taken = {robot.name for robot in robots}
    free = next(name for name in ("team", *(f"team{n}" for n in range(2, len(taken) + 3))) if name not in taken)
    return Draft(name=free, choice=bool(robots))


def again(robots: Sequence[RobotView], form: Mapping[str, str], errors: Mapping[str, TrayAppError]) -> Draft:
    """Give back what was typed, without secrets, and what is wrong with it."""
    was = blank(robots, editing=form.get("editing", ""))
    return replace(
        was,
        name=form.get("name", was.name),
        keywords=form.get("keywords", ""),
        per_minute=form.get("per_minute", was.per_minute),
        monthly_cap=form.get("monthly_cap", was.monthly_cap),
        default="default" in form,
        errors=errors,
    )
