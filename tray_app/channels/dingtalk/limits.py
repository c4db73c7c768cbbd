"""DingTalk's own hosts, and how much they take from one robot."""

from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import HostLimit, UsualRobot

HOSTS = frozenset({"oapi.dingtalk.com", "oapi.dingtalk.io"})  # the second serves tenants outside China
_MOST_PER_MINUTE = 20  # one more, and the robot is silent for ten minutes

USUAL = UsualRobot(
    host="oapi.dingtalk.com",
    per_minute=18,  # below the host's own limit: its minute does not begin with ours
    monthly_cap=3_000,  # the free edition counts per organisation
)
_OF_ITS_HOSTS = HostLimit(
    per_minute=_MOST_PER_MINUTE,
    want=text("settings.want_dingtalk_limit", most=_MOST_PER_MINUTE),
    hint=text("credentials.bad_per_minute_hint"),
)


def host_limit(host: str) -> HostLimit | None:
    """Give the limit of DingTalk's own hosts; a dedicated DingTalk sets its own."""
    return _OF_ITS_HOSTS if host in HOSTS else None
