"""DingTalk's app robot as a channel: an app of the owner's company that speaks to its owner alone, one to one.

What is known about it lies in the files beside this one; each is read when it is needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tray_app.channels.dingtalk.app import limits
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    Credentials,
    HostLimit,
    MessageRules,
    NoReply,
    Outcome,
    Pasted,
    RecallService,
    Reply,
    Request,
    TokenService,
    UsualRobot,
)
from tray_app.core.messages.message import MarkdownMessage, Message


class DingTalkApp:
    """Message in, request out; reply in, outcome out."""

    rules: MessageRules = limits.RULES
    usual: UsualRobot = limits.USUAL
    where: Text = text("app_robot.where_hint")

    @property
    def tokens(self) -> TokenService:
        """Each request shows a token of the app's."""
        from tray_app.channels.dingtalk.app.token import AppTokens

        return AppTokens()

    @property
    def recalls(self) -> RecallService:
        """What was sent can be taken back by its key."""
        from tray_app.channels.dingtalk.app.recall import AppRecalls

        return AppRecalls()

    def host_limit(self, host: str) -> HostLimit | None:  # noqa: ARG002 - the channel's form
        """None: DingTalk counts an app's calls by the second, of all its programs together, and then asks to wait."""
        return None

    def read_pasted(self, *chunks: str) -> Pasted:
        """Find the Client ID by its `ding`, the Client Secret by its length."""
        from tray_app.channels.dingtalk.app.credentials import read_pasted

        return read_pasted(*chunks)

    def check(
        self,
        *,
        webhook: str,
        secret: str = "",
        keywords: Sequence[str] = (),  # noqa: ARG002 - an app robot has none
        extra_hosts: Iterable[str] = (),
    ) -> Credentials:
        """Refuse what no app can have; `webhook` is a Client ID, or an address as the keyring keeps it."""
        from tray_app.channels.dingtalk.app import credentials

        return credentials.check(webhook=webhook, secret=secret, extra_hosts=extra_hosts)

    def split(self, message: Message, *, keywords: Sequence[str]) -> tuple[Message, ...]:  # noqa: ARG002 - none
        """Cut into parts whose fields have at most 15 000 bytes as JSON."""
        from tray_app.channels.dingtalk.app.send import size
        from tray_app.channels.dingtalk.split import split_within

        return split_within(limits.MOST_BYTES, message, size)

    def as_seen(self, message: Message, *, keywords: Sequence[str]) -> Message:  # noqa: ARG002 - an app robot has none
        """Add the line breaks that phones show."""
        from tray_app.channels.dingtalk.body import phone_breaks

        return replace(message, text=phone_breaks(message.text)) if isinstance(message, MarkdownMessage) else message

    def encode(self, message: Message, credentials: Credentials, *, delivery_id: str, now_ms: int) -> Request:  # noqa: ARG002 - no field holds an id or a time
        """Build one attempt, without its token. Raises UnknownRobot where nobody is paired."""
        from tray_app.channels.dingtalk.app.send import request

        return request(message, credentials)

    def decode(self, reply: Reply | NoReply, *, now_ms: int) -> Outcome:
        """Read the answer; one that was lost is never a failure, and one that names nobody reached never a success."""
        from tray_app.channels.dingtalk.app.send import outcome

        return outcome(reply, now_ms=now_ms)
