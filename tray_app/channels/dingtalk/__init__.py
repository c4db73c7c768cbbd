"""DingTalk's custom group robot as a channel: what is known about it lies in the files beside this one.

Each is read when it is needed: a command that only asks the app for its state knows the channels by name alone.
"""

from collections.abc import Iterable, Sequence

from tray_app.channels.dingtalk import limits
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    Credentials,
    HostLimit,
    MessageRules,
    NoReply,
    Outcome,
    Pasted,
    Reply,
    Request,
    UsualRobot,
)
from tray_app.core.messages.message import Message


class DingTalk:
    """Message in, request out; reply in, outcome out."""

    rules: MessageRules = limits.RULES
    usual: UsualRobot = limits.USUAL
    where: Text = text("credentials.where_hint")
    tokens: None = None  # the address holds all there is
    recalls: None = None

    def host_limit(self, host: str) -> HostLimit | None:
        """20 a minute for DingTalk's own hosts."""
        return limits.host_limit(host)

    def read_pasted(self, *chunks: str) -> Pasted:
        """Find the webhook by its `access_token`, the key by its `SEC`."""
        from tray_app.channels.dingtalk.pasted import read_pasted

        return read_pasted(*chunks)

    def check(
        self, *, webhook: str, secret: str = "", keywords: Sequence[str] = (), extra_hosts: Iterable[str] = ()
    ) -> Credentials:
        """Refuse what DingTalk cannot accept; a signed address loses its `timestamp` and `sign`."""
        from tray_app.channels.dingtalk import credentials

        return credentials.check(webhook=webhook, secret=secret, keywords=keywords, extra_hosts=extra_hosts)

    def split(self, message: Message, *, keywords: Sequence[str]) -> tuple[Message, ...]:
        """Cut into parts of at most 20 000 bytes as sent, delivery id (36 characters at most) and keyword included."""
        from tray_app.channels.dingtalk.split import split

        return split(message, keywords=keywords)

    def as_seen(self, message: Message, *, keywords: Sequence[str]) -> Message:
        """Add what goes out with a part: line breaks that phones show, whom it calls, a keyword in the signature."""
        from tray_app.channels.dingtalk.body import as_seen

        return as_seen(message, keywords=keywords)

    def encode(self, message: Message, credentials: Credentials, *, delivery_id: str, now_ms: int) -> Request:
        """Build one attempt: signed anew with `now_ms`, the same `msgUuid` each time so that nothing arrives twice."""
        from tray_app.channels.dingtalk import sign
        from tray_app.channels.dingtalk.body import body_within

        url = sign.signed_url(credentials.webhook.reveal(), credentials.secret.reveal(), now_ms=now_ms)
        return Request(
            url=Secret(url),
            headers={"content-type": "application/json; charset=utf-8"},
            body=body_within(limits.MOST_BYTES, message, credentials, delivery_id=delivery_id),
        )

    def decode(self, reply: Reply | NoReply, *, now_ms: int) -> Outcome:
        """Read the answer; `now_ms` is when it came, to tell a wrong clock and a `Retry-After` date by."""
        from tray_app.channels.dingtalk.reply import outcome

        return outcome(reply, now_ms=now_ms)
