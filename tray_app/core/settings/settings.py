"""The owner's settings as one frozen value. `core.settings_reader` reads it from `settings.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tray_app.core.messages.channel import Channel
from tray_app.core.settings.notices import NoticeSettings
from tray_app.core.settings.routes import Route

DEFAULT_PORT = 8737
ROBOT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
HOST = re.compile(
    r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*|\[[0-9a-f:]{2,39}\])(?::[0-9]{1,5})?"
)
DEFAULT_CHANNEL = "dingtalk"  # of a robot that names none; the environment's robot is always of it
MOST_PER_MINUTE, MOST_PER_MONTH = 100_000, 100_000_000  # where the host sets no limit; large enough to mean none
MAX_KEYWORDS = 10  # DingTalk's own limit
ENVIRONMENT_ROBOT = "environment"  # the robot of DINGTALK_WEBHOOK; `[robots.environment]` may tune it
SANDBOX_ROBOT = "sandbox"  # a robot on this computer, which the app brings itself
RESERVED_ROBOTS = (ENVIRONMENT_ROBOT, SANDBOX_ROBOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSettings:
    """One robot: a group. Its webhook and signing key are in the keyring, never here."""

    channel: str = DEFAULT_CHANNEL
    host: str
    keywords: tuple[str, ...] = ()
    per_minute: int
    monthly_cap: int
    default: bool = False


def usual_robot(name: str, channel: Channel) -> RobotSettings:
    """A robot of this chat service, called `name` in the table of channels, of which nothing else is said."""
    usual = channel.usual
    return RobotSettings(channel=name, host=usual.host, per_minute=usual.per_minute, monthly_cap=usual.monthly_cap)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How messages go out."""

    wait_s: float = 8.0  # how long a tool call waits for the outcome before it answers "queued"
    attempts: int = 3  # DingTalk says three at most
    digest_after_s: int = 120  # what the rate limit held back for longer is merged into one message
    expire_after_h: int = 24
    extra_hosts: tuple[str, ...] = ()


class RedactionMode(StrEnum):
    """What happens to a message with secrets: they are masked, or it is not sent, or it goes out as it is."""

    MASK = "mask"
    REFUSE = "refuse"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionSettings:
    """`allow`: values, or patterns of whole values, that are no secrets."""

    mode: RedactionMode = RedactionMode.MASK
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSettings:
    """What happens on resume to messages that were queued before the pause: `send` or `discard`."""

    on_resume: str = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Where agents connect: 127.0.0.1 at this port."""

    port: int = DEFAULT_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """How long and how much is remembered."""

    days: int = 90
    store_content: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSettings:
    """How long an agent's call waits for the owner's answer (then it is told "held"), and how long the owner has."""

    wait_s: float = 50.0  # Claude Code gives a call 60 s to its first byte
    expire_min: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything of `settings.toml`. `language` is `auto`, `en` or `zh` (`zh-CN` is read as `zh`)."""

    language: str = "auto"
    message_language: str = "zh"  # the templates' language; the team reads it, not the owner alone
    robots: Mapping[str, RobotSettings] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    delivery: DeliverySettings = DeliverySettings()
    redaction: RedactionSettings = RedactionSettings()
    pause: PauseSettings = PauseSettings()
    endpoint: EndpointSettings = EndpointSettings()
    history: HistorySettings = HistorySettings()
    approvals: ApprovalSettings = ApprovalSettings()
    notices: NoticeSettings = field(default_factory=NoticeSettings)

    def default_robot(self) -> str | None:
        """Name of the robot that is used where none is named."""
        chosen = [name for name, robot in self.robots.items() if robot.default]
        return chosen[0] if chosen else next(iter(self.robots), None)
