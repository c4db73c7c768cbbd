"""DingTalk's hosts for apps, what they take from one, and what a message of an app robot may be."""

from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import MessageRules, UsualRobot

HOSTS = frozenset({"api.dingtalk.com", "api.dingtalk.io"})  # the second serves tenants outside China
MOST_BYTES = 15_000  # of `msgParam`, the message's fields as JSON

USUAL = UsualRobot(
    host="api.dingtalk.com",
    per_minute=60,  # DingTalk stops an app at 20 in a second; one person does not read more than this
    monthly_cap=10_000,  # the free edition's calls, of all apps of the organisation together
    cap_hint=text("app_robot.cap_hint"),
)
RULES = MessageRules(
    service=text("app_robot.name"),
    kinds=frozenset({"text", "markdown"}),
    link_schemes=frozenset({"http", "https", "dingtalk", "dtmd"}),
    most_mentions=0,
    text_bytes=MOST_BYTES - 1_000,
    remembers_ms=0,  # no field of a request says that it is a second try
    personal=True,
)
