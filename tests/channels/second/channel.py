"""A made-up chat service, Bulletin, that has little in common with DingTalk: boards that take signed posts."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    AttemptReach,
    Credentials,
    Fault,
    HostLimit,
    MessageRules,
    NoReply,
    Outcome,
    Pasted,
    Rejected,
    Reply,
    Request,
    Sent,
    Throttled,
    Trouble,
    TryAgain,
    UsualRobot,
)
from tray_app.core.messages.markdown import split_text
from tray_app.core.messages.message import MarkdownMessage, Message, TextMessage
from tray_app.core.robots.credentials import is_loopback

MOST_BYTES = 300  # of a post's text
_HOST = "bulletin.example"
_ADDRESS = re.compile(r"https?://[^\s/]+/boards/[a-z]+/posts")
_KEY = re.compile(r"key-[0-9a-f]{16}")


def _say(words: str) -> Text:
    """Words that stand in no catalogue: a channel of the app has an area in `assets/texts`."""
    return text("cli.verbatim", words=words)


class Bulletin:
    """Implements `core.messages.channel.Channel`."""

    rules = MessageRules(
        service=_say("Bulletin"),
        kinds=frozenset({"text", "markdown"}),
        link_schemes=frozenset({"https"}),
        most_mentions=0,
        text_bytes=MOST_BYTES,
    )
    usual = UsualRobot(host=_HOST, per_minute=5, monthly_cap=90, cap_hint=_say("A board has room for 90 posts."))
    where = _say("Below the board.")
    tokens: None = None
    recalls: None = None

    def host_limit(self, host: str) -> HostLimit | None:
        if host != _HOST:
            return None
        return HostLimit(per_minute=6, want=_say("at most 6"), hint=_say("A board takes 6 posts a minute."))

    def read_pasted(self, *chunks: str) -> Pasted:
        said = "\n".join(chunks)
        address, key = _ADDRESS.search(said), _KEY.search(said)
        return Pasted(webhook=Secret(address[0] if address else ""), secret=Secret(key[0] if key else ""))

    def check(
        self, *, webhook: str, secret: str = "", keywords: Sequence[str] = (), extra_hosts: Iterable[str] = ()
    ) -> Credentials:
        host = urlsplit(webhook).netloc
        known = host in {_HOST, *extra_hosts} or is_loopback(host.partition(":")[0])
        if not (known and _ADDRESS.fullmatch(webhook)):
            raise InvalidCredentials("webhook", _say("This is no board"), _say("Copy the board's address."))
        if not _KEY.fullmatch(secret):
            raise InvalidCredentials("secret", _say("This is no board's key"), _say("Copy the board's key."))
        return Credentials(webhook=Secret(webhook), secret=Secret(secret), keywords=tuple(keywords))

    def split(self, message: Message, *, keywords: Sequence[str]) -> tuple[Message, ...]:  # noqa: ARG002 - boards have none
        match message:
            case TextMessage(content=content):
                return tuple(TextMessage(content=piece) for piece in _pieces(content, fences=False))
            case MarkdownMessage(title=title, text=body):
                return tuple(MarkdownMessage(title=title, text=piece) for piece in _pieces(body, fences=True))
            case _:
                raise AssertionError("the door lets no other kind in")

    def as_seen(self, message: Message, *, keywords: Sequence[str]) -> Message:  # noqa: ARG002 - boards have none
        return message

    def encode(self, message: Message, credentials: Credentials, *, delivery_id: str, now_ms: int) -> Request:  # noqa: ARG002 - boards sign the body alone
        match message:
            case TextMessage(content=said):
                post = {"post": delivery_id, "format": "plain", "text": said}
            case MarkdownMessage(text=said):
                post = {"post": delivery_id, "format": "markdown", "text": said}
            case _:
                raise AssertionError("the door lets no other kind in")
        body = json.dumps(post).encode()
        signature = hmac.new(credentials.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-board-signature": signature}
        return Request(url=credentials.webhook, headers=headers, body=body)

    def decode(self, reply: Reply | NoReply, *, now_ms: int) -> Outcome:  # noqa: ARG002 - boards give seconds, not dates
        if isinstance(reply, NoReply):
            reach = AttemptReach.NOBODY if reply.trouble is Trouble.UNREACHABLE else AttemptReach.LOST
            return TryAgain(reason=_say("The board is silent"), hint=_say("It is tried again."), reach=reach)
        match reply.status:
            case 201 | 409:  # taken now, or before
                return Sent()
            case 429:
                wait_ms = 1000 * int(reply.headers["retry-after"])
                return Throttled(reason=_say("The board is full"), hint=_say("It waits."), for_ms=wait_ms, errcode=429)
            case 401 | 404 as code:
                hint = _say("Copy its address and key again.")
                return Rejected(fault=Fault.SETUP, reason=_say("The board does not know us"), hint=hint, errcode=code)
            case code:
                hint = _say("Look at the post.")
                return Rejected(fault=Fault.MESSAGE, reason=_say("The board refused it"), hint=hint, errcode=code)


def _pieces(said: str, *, fences: bool) -> Sequence[str]:
    if len(said.encode()) <= MOST_BYTES:
        return (said,)
    return split_text(said, budget=MOST_BYTES, cost=lambda piece: len(piece.encode()), fences=fences)
