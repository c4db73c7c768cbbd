"""What an agent asks for, after its arguments were found right: values between the tools and the services."""

from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.message import NOBODY, Mentions, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send this message. `signed_off` adds the operator's line (the seed's footer) where the kind has a body for it."""

    message: Message
    robot: str = ""
    signed_off: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """A session ended. Empty and zero fields were not given by the agent."""

    session_type: str = ""
    duration: str = ""
    main_tasks: tuple[str, ...] = ()
    summary: str = ""
    files_count: int = 0
    tools_used: int = 0
    robot: str = ""
    mentions: Mentions = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """A task ended: `status` is `success`, `failed` or `warning`."""

    task_name: str
    status: str
    details: str = ""
    duration: str = ""
    robot: str = ""
    mentions: Mentions = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureRobot:
    """Store a robot's credentials. Without a webhook: ask how to set one up."""

    webhook: Secret
    secret: Secret
    keywords: tuple[str, ...] = ()
    robot: str = ""


@dataclass(frozen=True, slots=True)
class ReadStatus:
    """How is the app: robots, pause, limits, queue."""


@dataclass(frozen=True, slots=True)
class ReadDelivery:
    """What became of a message."""

    delivery_id: str


Intent: TypeAlias = Send | SessionReport | TaskReport | ConfigureRobot | ReadStatus | ReadDelivery
