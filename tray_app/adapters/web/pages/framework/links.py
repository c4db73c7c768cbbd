"""Addresses in messages: where they really go, which may be followed, and whose pictures may be loaded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup, escape

SCHEMES = frozenset({"http", "https", "dingtalk"})
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?")
_URL = re.compile(r"https?://[^\s<>\"'，。；：！？、）》”]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link with its words. `host` is where it really goes; `url` is empty where it may go nowhere."""

    title: str
    url: str
    host: str


def link_of(title: str, url: str) -> Link:
    """Look at an address: only web pages and DingTalk's own links may be followed."""
    parts = _split(url)
    if parts is None or parts[0] not in SCHEMES:
        return Link(title=title, url="", host=url)
    return Link(title=title, url=url, host=parts[1])


def loadable(url: str) -> bool:
    """Whether a picture may be asked for: over https, and by a name that fits into a security policy as it is."""
    return _source(url) is not None


def sources(urls: Sequence[str]) -> str:
    """The hosts of pictures as `img-src` of a Content-Security-Policy reads them."""
    return " ".join(dict.fromkeys(source for url in urls if (source := _source(url)) is not None))


def _source(url: str) -> str | None:
    parts = _split(url)
    if parts is None or parts[0] != "https":
        return None
    return f"https://{parts[1]}" if _HOST.fullmatch(parts[1]) else None


def _split(url: str) -> tuple[str, str] | None:
    """Scheme and host (with its port), the host as the network spells it; None for what is no address."""
    try:
        parts = urlsplit(url.strip())
        name = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return None
    if parts.scheme == "dingtalk":
        return "dingtalk", f"dingtalk://{name}"
    return (parts.scheme, name + port) if name and parts.scheme in SCHEMES else None


def plain(text: str) -> Markup:
    """Render a plain text: every character as it is (the style sheet keeps line breaks), addresses as links."""
    shown, at = Markup(), 0
    for found in _URL.finditer(text):
        link = link_of(found[0], found[0])
        shown += escape(text[at : found.start()]) + (_written(link) if link.url else escape(found[0]))
        at = found.end()
    return shown + escape(text[at:])


def _written(link: Link) -> Markup:
    return Markup(
        '<a href="{}" target="_blank" rel="noopener noreferrer nofollow"><bdi>{}</bdi></a> <span class="host">{}</span>'
    ).format(link.url, link.title, link.host)


def may_follow(url: str) -> bool:
    """Whether a link may go there."""
    parts = _split(url)
    return parts is not None and parts[0] in SCHEMES
