"""The owner's settings as one frozen value. Each annotation says what the file may hold: reader and form go by it.

A setting is one line here, its words in `assets/texts/setting.toml`, and a row in `docs/seams.md`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated

from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel
from tray_app.core.settings.message_templates import BUILT_IN_WORDS, MessageTemplates
from tray_app.core.settings.notices import NoticeSettings
from tray_app.core.settings.phone import PhoneSettings
from tray_app.core.settings.prices import NO_PRICES, OwnPrices
from tray_app.core.settings.routes import Route
from tray_app.core.settings.spec import APART, AT_CONNECT, AT_START, FOUND, RETIRED, retired_of
from tray_app.core.settings.values import FLAG, choice, number, want_patterns, whole, word, words

DEFAULT_PORT = 8737
HOST = re.compile(
    r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*|\[[0-9a-f:]{2,39}\])(?::[0-9]{1,5})?"
)
DEFAULT_CHANNEL = "dingtalk"  # of a robot that names none; the environment's robot is always of it
APP_CHANNEL = "dingtalk-app"  # of a robot that speaks to its owner alone
MOST_PER_MINUTE, MOST_PER_MONTH = 100_000, 100_000_000  # where the host sets no limit; large enough to mean none
MAX_KEYWORDS = 10  # of a robot; DingTalk's own limit
MAX_ALLOWED = 100
MOST_FOLLOW_UP_H = 24
ENVIRONMENT_ROBOT = "environment"  # the robot of DINGTALK_WEBHOOK; `[robots.environment]` may tune it
ENVIRONMENT_APP = "environment-app"  # the app robot of DINGTALK_CLIENT_ID
SANDBOX_ROBOT = "sandbox"  # a robot on this computer, which the app brings itself
RESERVED_ROBOTS = (ENVIRONMENT_ROBOT, ENVIRONMENT_APP, SANDBOX_ROBOT)
_WANT_KEYWORDS = text("settings.want_keywords", most=MAX_KEYWORDS)
_WANT_ALLOWED = text("redact.want_allow", most=MAX_ALLOWED)
_LANGUAGES = {"en": "en", "zh": "zh", "zh_CN": "zh"}


_ANY = re.compile(r"(?s:.+)")
_HOST = word(HOST, text("settings.want_host"), tidy=str.lower)
_KEYWORDS = words(word(_ANY, _WANT_KEYWORDS, tidy=str.strip), _WANT_KEYWORDS, most=MAX_KEYWORDS)
_VALUES = words(word(_ANY, _WANT_ALLOWED), _WANT_ALLOWED, most=MAX_ALLOWED)


def _read_allowed(value: object) -> tuple[str, ...]:
    """Values, or regular expressions: each must be one."""
    said: tuple[str, ...] = _VALUES.read(value)
    want_patterns(value if isinstance(value, list) else ())
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSettings:
    """One robot: a group. Its webhook and signing key are in the keyring, never here."""

    channel: Annotated[str, APART] = DEFAULT_CHANNEL  # one of the app's channels, which the reader is told
    host: Annotated[str, _HOST]
    keywords: Annotated[tuple[str, ...], _KEYWORDS] = ()
    per_minute: Annotated[int, whole(1, MOST_PER_MINUTE)]
    monthly_cap: Annotated[int, whole(1, MOST_PER_MONTH)]
    default: Annotated[bool, FLAG] = False


def usual_robot(name: str, channel: Channel) -> RobotSettings:
    """A robot of this chat service, called `name` in the table of channels, of which nothing else is said."""
    usual = channel.usual
    return RobotSettings(channel=name, host=usual.host, per_minute=usual.per_minute, monthly_cap=usual.monthly_cap)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How messages go out."""

    wait_s: Annotated[float, number(0, 50)] = 8.0  # how long a call waits for the outcome before it answers "queued"
    attempts: Annotated[int, whole(1, 10)] = 3  # without an answer, until a message counts as perhaps arrived
    digest_after_s: Annotated[int, whole(0, 86_400)] = 120  # what the limit held back for longer is merged into one
    expire_after_h: Annotated[int, whole(1, 720)] = 24
    extra_hosts: Annotated[tuple[str, ...], words(_HOST, text("settings.want_hosts"))] = ()
    long_messages: Annotated[str, choice({"beginning": "beginning", "parts": "parts"})] = "beginning"
    links: Annotated[str, choice({"browser": "browser", "raw": "raw"})] = "browser"  # where a click on a desktop leads


class RedactionMode(StrEnum):
    """What happens to a message with secrets: they are masked, or it is not sent, or it goes out as it is."""

    MASK = "mask"
    REFUSE = "refuse"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionSettings:
    """`allow`: values, or patterns of whole values, that are no secrets."""

    mode: Annotated[RedactionMode, choice({mode.value: mode for mode in RedactionMode})] = RedactionMode.MASK
    allow: Annotated[tuple[str, ...], replace(_VALUES, read=_read_allowed)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSettings:
    """What happens on resume to messages that were queued before the pause."""

    on_resume: Annotated[str, choice({"send": "send", "discard": "discard"})] = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Where agents connect: 127.0.0.1 at this port, and by which other names, in a container for instance."""

    port: Annotated[int, whole(0, 65_535), AT_START] = DEFAULT_PORT
    extra_hosts: Annotated[tuple[str, ...], words(_HOST, text("settings.want_hosts"))] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSettings:
    """How long an agent's call waits for the owner's answer (then it is told "held"), and how long the owner has."""

    wait_s: Annotated[float, number(0, 50)] = 50.0  # clients give a call 60 s to its first byte
    expire_min: Annotated[int, whole(1, 1_440)] = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSettings:
    """What agents ask in the terminal: whether it can be answered elsewhere, and for how long.

    `follow_ups`: sessions that are done wait for words of the owner from here, for `follow_up_h` hours at most.
    """

    ask: Annotated[bool, FLAG, AT_CONNECT] = True
    wait_min: Annotated[int, whole(1, 55)] = 55  # the client is told to wait for an hour
    follow_ups: Annotated[bool, FLAG, AT_CONNECT] = False
    follow_up_h: Annotated[int, whole(1, MOST_FOLLOW_UP_H)] = 8
    phone: PhoneSettings = field(default_factory=PhoneSettings)


class Sound(StrEnum):
    """Whether a desktop notification that asks something makes a sound; SYSTEM leaves it to the desktop."""

    SYSTEM = "system"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesktopSettings:
    """Desktop notifications. `after_s`: who answers in the terminal within that needs none."""

    after_s: Annotated[int, whole(0, 3_600)] = 15
    sound: Annotated[Sound, choice({sound.value: sound for sound in Sound})] = Sound.SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """How long and how much is remembered."""

    days: Annotated[int, whole(1, 36_500)] = 90
    store_content: Annotated[bool, FLAG] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """What agents may cost before the owner is told, in US dollars; 0: no such budget. Nothing is stopped by it."""

    day_usd: Annotated[float, number(0, 100_000)] = 0.0
    week_usd: Annotated[float, number(0, 100_000)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything of `settings.toml`. `message_language`: of the templates; the team reads it, not the owner alone."""

    language: Annotated[str, choice({"auto": "auto", **_LANGUAGES}), AT_START] = "auto"
    message_language: Annotated[str, choice(_LANGUAGES)] = "zh"
    delivery: DeliverySettings = DeliverySettings()
    redaction: RedactionSettings = RedactionSettings()
    pause: PauseSettings = PauseSettings()
    endpoint: EndpointSettings = EndpointSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    questions: QuestionSettings = QuestionSettings()
    desktop: DesktopSettings = DesktopSettings()
    history: HistorySettings = HistorySettings()
    budget: BudgetSettings = BudgetSettings()
    robots: Annotated[Mapping[str, RobotSettings], APART] = field(default_factory=dict)
    routes: Annotated[tuple[Route, ...], APART] = ()
    notices: Annotated[NoticeSettings, APART] = field(default_factory=NoticeSettings)
    prices: Annotated[OwnPrices, APART] = NO_PRICES
    templates: Annotated[MessageTemplates, APART] = BUILT_IN_WORDS
    left_out: Annotated[tuple[Text, ...], APART] = field(default=(), metadata=FOUND)  # calls nobody; was taken once
    allow_configure_tool: Annotated[object, RETIRED] = None  # of the first day; the policy decides since

    @property
    def without_effect(self) -> tuple[Text, ...]:
        """What the file still says in the words of an older version, each with what holds now."""
        written = [name for name in retired_of(type(self)) if getattr(self, name) is not None]
        return tuple(text(f"settings.retired_{name}", key=name) for name in written)

    def default_robot(self) -> str | None:
        """Name of the robot that is used where none is named."""
        chosen = [name for name, robot in self.robots.items() if robot.default]
        return chosen[0] if chosen else next(iter(self.robots), None)
