"""Pictures that a phone cannot load: on this computer, on its network, or written into the message."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.markdown import fence_after, one_line
from tray_app.core.messages.message import ActionCard, FeedCard, LinkMessage, MarkdownMessage, Message, TextMessage

_IN_MARKDOWN = re.compile(r"!\[[^\]\n]{0,500}\]\(\s*(?:<([^<>\n]{1,4000})>|([^\s()]{1,4000}))")
_BY_NAME = re.compile(r"!\[([^\]\n]{1,200})\](?!\()(?:\[([^\]\n]{0,200})\])?")  # `![a][1]`, `![1]`
_NAMED = re.compile(r"^ {0,3}\[([^\]\n]{1,200})\]:[ \t]{0,8}<?([^\s<>]{1,4000})", re.MULTILINE)
_IN_HTML = re.compile(r"<img\b[^>]{0,500}?\bsrc\s*=\s*[\"']?([^\s\"'>]{1,4000})", re.IGNORECASE)
_CODE = re.compile(r"(?<!`)(`{1,3}+)[^`\n]{1,1000}\1(?!`)")
_MEDIA_ID = re.compile(r"@[A-Za-z0-9_-]{20,}")  # of a picture that was uploaded to DingTalk
_NOT_PUBLIC = (  # RFC 2606, 6761, 6762, 8375, and what companies and routers make up
    ".local", ".lan", ".internal", ".localhost", ".localdomain", ".home", ".home.arpa", ".intranet", ".corp", ".test",
    ".invalid", ".onion",
)  # fmt: skip
_MOST_SHOWN = 60


def picture_hint(message: Message, rules: MessageRules) -> Text | None:
    """Say which pictures nobody will see, and what to do; None where all may be loaded."""
    lost = [source for source in _pictures(message) if not _is_public(source)]
    if not lost:
        return None
    first = one_line(lost[0])
    shown = first if len(first) <= _MOST_SHOWN else first[: _MOST_SHOWN - 1] + "…"
    return text("message.pictures", count=len(lost), first=shown, service=rules.service)


def _pictures(message: Message) -> Iterator[str]:
    match message:
        case MarkdownMessage(text=body) | ActionCard(text=body):
            prose = _CODE.sub(" ", _outside_fences(body))
            yield from (bracketed or plain for bracketed, plain in _IN_MARKDOWN.findall(prose))
            named = {name.casefold(): source for name, source in _NAMED.findall(prose)}
            names = ((name or alt).casefold() for alt, name in _BY_NAME.findall(prose))
            yield from (named[name] for name in names if name in named)
            yield from _IN_HTML.findall(prose)
        case LinkMessage(pic_url=picture):
            yield from (picture,) if picture else ()
        case FeedCard(links=links):
            yield from (link.pic_url for link in links)
        case TextMessage():
            return


def _outside_fences(body: str) -> str:
    lines: list[str] = []
    fence = ""
    for line in body.split("\n"):
        before, fence = fence, fence_after(fence, line)
        if not before and not fence:
            lines.append(line)
    return "\n".join(lines)


def _is_public(source: str) -> bool:
    if _MEDIA_ID.fullmatch(source):
        return True
    try:
        address = urlsplit(source)
        host = address.hostname or ""
    except ValueError:
        return False
    if address.scheme.lower() not in {"http", "https"} or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_NOT_PUBLIC)
