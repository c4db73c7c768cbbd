"""DingTalk's own hosts, how much they take from one robot, and what a message may be."""

from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import HostLimit, MessageRules, UsualRobot

HOSTS = frozenset({"oapi.dingtalk.com", "oapi.dingtalk.io"})  # the second serves tenants outside China
MOST_BYTES = 20_000  # of the HTTP body; over it DingTalk answers 460101
_MOST_PER_MINUTE = 20  # one more, and the robot is silent for ten minutes

USUAL = UsualRobot(
    host="oapi.dingtalk.com",
    per_minute=18,  # below the host's own limit: its minute does not begin with ours
    monthly_cap=3_000,  # the free edition counts per organisation
    cap_hint=text("dingtalk.cap_hint"),
)
RULES = MessageRules(
    service=text("dingtalk.name"),
    kinds=frozenset({"text", "markdown", "link", "actionCard", "feedCard"}),
    link_schemes=frozenset({"http", "https", "dingtalk"}),
    most_mentions=50,
    text_bytes=MOST_BYTES - 2_000,
    remembers_ms=86_400_000,  # nowhere said of `msgUuid`; of the like key of its calendar DingTalk says a day
)
_OF_ITS_HOSTS = HostLimit(
    per_minute=_MOST_PER_MINUTE,
    want=text("settings.want_dingtalk_limit", most=_MOST_PER_MINUTE),
    hint=text("credentials.bad_per_minute_hint"),
)


def host_limit(host: str) -> HostLimit | None:
    """Give the limit of DingTalk's own hosts; a dedicated DingTalk sets its own."""
    return _OF_ITS_HOSTS if host in HOSTS else None
