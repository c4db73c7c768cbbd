"""What a person can ask of the app by a click in the tray, a page, or a command."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import Text
from tray_app.core.policy.model import Stance


class Page(StrEnum):
    """A page of the app."""

    OVERVIEW = "overview"
    START = "start"
    APPROVALS = "approvals"
    HISTORY = "history"
    SESSIONS = "sessions"
    USAGE = "usage"
    POLICY = "policy"
    ROBOTS = "robots"
    SETTINGS = "settings"
    SETUP = "setup"  # the address that ROBOTS had before
    CONNECT = "connect"


@dataclass(frozen=True, slots=True)
class PauseSends:
    """Block everything outgoing."""

    length: PauseFor


@dataclass(frozen=True, slots=True)
class ResumeSends:
    """Let messages out again."""


@dataclass(frozen=True, slots=True)
class SendTest:
    """Send a test message to a robot (empty: the default one)."""

    robot: str = ""


@dataclass(frozen=True, slots=True)
class MuteNotices:
    """Tell nothing of a session, or where that is empty of a project, for so long; `name` is what people call it."""

    length: PauseFor
    session: str = ""
    project: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class UnmuteNotices:
    """Tell of it again."""

    mute_id: str


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Open a page in the browser through a one-time link; `item`: what it is to show of many, by its id."""

    page: Page
    item: str = ""


@dataclass(frozen=True, slots=True)
class RetryEndpoint:
    """Bind the endpoint again: on its own port, or on the next free one."""

    next_free_port: bool = False


@dataclass(frozen=True, slots=True)
class RetryKeyring:
    """Ask the OS keyring again."""


@dataclass(frozen=True, slots=True)
class Explain:
    """Say in full what is wrong and what to do; a menu line has room for a few words only."""

    reason: Text
    hint: Text


@dataclass(frozen=True, slots=True)
class ShowDelivery:
    """Show one message of the history: what it was, what became of it, why, and what to do."""

    delivery_id: str


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """Open `settings.toml` in the owner's editor."""


@dataclass(frozen=True, slots=True)
class OpenPolicy:
    """Show the policy: on its page, or as the file where no browser opens (the default is written first if need be)."""


@dataclass(frozen=True, slots=True)
class SettleApproval:
    """Say what the owner decided about a call that waits."""

    approval_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Give an agent's question one of the answers it offers, by its word."""

    question_id: str
    word: str


@dataclass(frozen=True, slots=True)
class ShowApproval:
    """Show in full what waits."""

    approval_id: str


@dataclass(frozen=True, slots=True)
class SetStance:
    """Allow, ask or deny a tool from now on: written to `policy.json`."""

    tool: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class AllowOnce:
    """Let one refused call through after all: its message is sent, or the next such call passes."""

    refusal_id: str


@dataclass(frozen=True, slots=True)
class AllowEverything:
    """Let every call through for ten minutes, or end that (`on` False)."""

    on: bool = True


@dataclass(frozen=True, slots=True)
class SwitchLogin:
    """Start the app at login from now on, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class OpenLogs:
    """Show the log folder."""


@dataclass(frozen=True, slots=True)
class CheckConnection:
    """Have an agent of this kind connect to the app, and say how that went."""

    agent: str


@dataclass(frozen=True, slots=True)
class CopyUrl:
    """Put the MCP address on the clipboard."""


@dataclass(frozen=True, slots=True)
class CopyDiagnostics:
    """Put a report without secrets on the clipboard (or into a file, where there is no clipboard)."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Stop the app and start what lies in its place now."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Stop the app."""


Action: TypeAlias = (
    PauseSends
    | ResumeSends
    | SendTest
    | MuteNotices
    | UnmuteNotices
    | OpenPage
    | RetryEndpoint
    | RetryKeyring
    | Explain
    | ShowDelivery
    | OpenSettings
    | OpenPolicy
    | SettleApproval
    | AnswerQuestion
    | ShowApproval
    | SetStance
    | AllowOnce
    | AllowEverything
    | SwitchLogin
    | OpenLogs
    | CheckConnection
    | CopyUrl
    | CopyDiagnostics
    | Restart
    | Quit
)
